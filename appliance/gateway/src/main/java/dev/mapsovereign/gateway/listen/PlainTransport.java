package dev.mapsovereign.gateway.listen;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** Bytes as they are on the wire; for loopback and for Unix sockets. */
public final class PlainTransport implements Transport {
    /** The JDK copies through a native buffer of the write's size and keeps it: bound that. */
    private static final int WRITE_BYTES_MAX = 64 * 1024;

    private final SocketChannel channel;

    /** Keeps the bytes of one write together. */
    private final ReentrantLock writing = new ReentrantLock();

    /** Takes over a connected channel in blocking mode. */
    public PlainTransport(SocketChannel channel) {
        this.channel = channel;
    }

    @Override
    public void open() {}

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        return channel.read(ByteBuffer.wrap(into, offset, length));
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        writing.lock();
        try {
            int at = offset;
            int end = offset + length;
            while (at < end) {
                at += channel.write(ByteBuffer.wrap(from, at, Math.min(end - at, WRITE_BYTES_MAX)));
            }
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void closeOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void discardInput(long bytesMax) throws IOException {
        discard(channel, bytesMax);
    }

    @Override
    public void rest() {}

    @Override
    public Optional<String> applicationProtocol() {
        return Optional.empty();
    }

    @Override
    public boolean secure() {
        return false;
    }

    @Override
    public List<X509Certificate> clientCertificates() {
        return List.of();
    }

    /** Takes and drops what a channel still delivers. */
    public static void discard(SocketChannel channel, long bytesMax) throws IOException {
        ByteBuffer waste = ByteBuffer.allocate(16 * 1024);
        long left = bytesMax;
        while (left > 0) {
            waste.clear();
            int got = channel.read(waste);
            if (got < 0) {
                return;
            }
            left -= got;
        }
    }
}
