package dev.mapsovereign.gateway.tls;

import dev.mapsovereign.gateway.listen.PlainTransport;
import dev.mapsovereign.gateway.listen.Transport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * TLS over a blocking channel, by the JDK's engine.
 *
 * <p>Received ciphertext waits in a buffer of 4 KiB, in which most requests fit; a longer record
 * gets a buffer of a full record's size for as long as it is there. Records are opened straight
 * into the reader's array where it has room. Written records go through pooled buffers. So an idle
 * connection holds little more than the engine itself.
 */
final class TlsTransport implements Transport {
    private static final int RESTING_BYTES = 4 * 1024;
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    /**
     * A client may ask for new keys as often as it likes (TLS 1.3 KeyUpdate), each costing us more
     * than it costs it. Honest ones ask after gigabytes.
     */
    private static final int CONTROL_RECORDS_IN_A_ROW_MAX = 64;

    private final SocketChannel channel;
    private final SSLEngine engine;
    private final BufferPool pool;
    private final Semaphore handshakes;

    /** Covers {@code engine.wrap} and the channel's output: records must leave in order. */
    private final ReentrantLock writing = new ReentrantLock();

    /** Ciphertext not yet opened, from position to limit. Reading thread only. */
    private ByteBuffer received = ByteBuffer.allocate(RESTING_BYTES).flip();

    /** Opened bytes for which the reader had no room. Reading thread only. */
    private ByteBuffer opened = EMPTY;

    private boolean inputEnded;
    private List<X509Certificate> clientCertificates = List.of();

    TlsTransport(SocketChannel channel, SSLEngine engine, BufferPool pool, Semaphore handshakes) {
        this.channel = channel;
        this.engine = engine;
        this.pool = pool;
        this.handshakes = handshakes;
    }

    @Override
    public void open() throws IOException {
        engine.beginHandshake();
        try {
            handshake(engine.getHandshakeStatus());
        } catch (SSLException e) {
            sendAlert();
            throw e;
        }
        clientCertificates = verifiedCertificates();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (!opened.hasRemaining()) {
            int got = openRecords(ByteBuffer.wrap(into, offset, length));
            if (got != 0) {
                return got;
            }
        }
        int count = Math.min(length, opened.remaining());
        opened.get(into, offset, count);
        if (!opened.hasRemaining()) {
            pool.give(opened);
            opened = EMPTY;
        }
        return count;
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        ByteBuffer plain = ByteBuffer.wrap(from, offset, length);
        ByteBuffer sealed = pool.take();
        writing.lock();
        try {
            while (plain.hasRemaining()) {
                SSLEngineResult result = engine.wrap(plain, sealed);
                switch (result.getStatus()) {
                    case OK -> {}
                    case BUFFER_OVERFLOW -> flush(sealed);
                    default -> throw new SSLException("TLS output is closed");
                }
            }
            flush(sealed);
        } finally {
            writing.unlock();
            pool.give(sealed);
        }
    }

    @Override
    public void closeOutput() throws IOException {
        engine.closeOutbound();
        wrapControl();
        channel.shutdownOutput();
    }

    @Override
    public void discardInput(long bytesMax) throws IOException {
        PlainTransport.discard(channel, bytesMax);
    }

    @Override
    public void rest() {
        if (!received.hasRemaining() && received.capacity() > RESTING_BYTES) {
            received = ByteBuffer.allocate(RESTING_BYTES).flip();
        }
    }

    @Override
    public Optional<String> applicationProtocol() {
        String protocol = engine.getApplicationProtocol();
        return protocol == null || protocol.isEmpty() ? Optional.empty() : Optional.of(protocol);
    }

    @Override
    public boolean secure() {
        return true;
    }

    @Override
    public List<X509Certificate> clientCertificates() {
        return clientCertificates;
    }

    /**
     * Opens records until some bytes are there.
     *
     * @return how many bytes went straight into {@code target}; 0 when they are in {@link #opened};
     *     −1 at the end
     */
    private int openRecords(ByteBuffer target) throws IOException {
        int before = target.position();
        int controlRecords = 0;
        while (!inputEnded) {
            SSLEngineResult result = unwrap(target);
            if (target.position() > before) {
                return target.position() - before;
            }
            if (opened.hasRemaining()) {
                return 0;
            }
            if (result.getStatus() == SSLEngineResult.Status.OK && result.bytesConsumed() > 0) {
                if (++controlRecords > CONTROL_RECORDS_IN_A_ROW_MAX) {
                    throw new SSLException("too many TLS records without data");
                }
                afterControlRecord(result.getHandshakeStatus());
            }
        }
        return -1;
    }

    private void afterControlRecord(HandshakeStatus status) throws IOException {
        if (status == HandshakeStatus.NEED_TASK) {
            runTasks();
            afterControlRecord(engine.getHandshakeStatus());
        } else if (status == HandshakeStatus.NEED_WRAP) {
            wrapControl();
        }
    }

    /** One call of {@code engine.unwrap}, with whatever its status asks for. */
    private SSLEngineResult unwrap(ByteBuffer target) throws IOException {
        SSLEngineResult result;
        try {
            result = engine.unwrap(received, target);
        } catch (SSLException e) {
            sendAlert();
            throw e;
        }
        switch (result.getStatus()) {
            case OK -> {}
            case BUFFER_UNDERFLOW -> receive();
            case BUFFER_OVERFLOW -> openAside();
            case CLOSED -> inputEnded = true;
        }
        return result;
    }

    /**
     * The reader's array is shorter than the record: open it into a pooled buffer. The engine says
     * so from the record's header alone, so the rest of the record may still have to be received.
     */
    private void openAside() throws IOException {
        ByteBuffer aside = pool.take();
        SSLEngineResult result = engine.unwrap(received, aside);
        aside.flip();
        if (aside.hasRemaining()) {
            opened = aside;
        } else {
            pool.give(aside);
        }
        switch (result.getStatus()) {
            case OK -> {}
            case BUFFER_UNDERFLOW -> receive();
            case CLOSED -> inputEnded = true;
            case BUFFER_OVERFLOW -> throw new SSLException("a TLS record is too long");
        }
    }

    /** Reads more ciphertext behind what is there. */
    private void receive() throws IOException {
        if (received.remaining() == received.capacity()) {
            ByteBuffer larger =
                    ByteBuffer.allocate(
                            Math.max(
                                    received.capacity() * 2,
                                    engine.getSession().getPacketBufferSize()));
            received = larger.put(received).flip();
        }
        received.compact();
        try {
            if (channel.read(received) < 0) {
                inputEnded = true;
            }
        } finally {
            received.flip();
        }
    }

    private void handshake(HandshakeStatus first) throws IOException {
        HandshakeStatus status = first;
        while (status != HandshakeStatus.FINISHED && status != HandshakeStatus.NOT_HANDSHAKING) {
            status =
                    switch (status) {
                        case NEED_TASK -> {
                            runTasks();
                            yield engine.getHandshakeStatus();
                        }
                        case NEED_WRAP -> wrapControl();
                        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                            SSLEngineResult result = unwrap(EMPTY);
                            if (inputEnded) {
                                throw new SSLException("the peer left during the handshake");
                            }
                            yield result.getHandshakeStatus();
                        }
                        default -> throw new SSLException("unexpected handshake status " + status);
                    };
        }
    }

    /**
     * The dear part of a handshake. At most half of the processors work on handshakes together, so
     * that a flood of new connections leaves the other half to those who are connected.
     */
    private void runTasks() throws IOException {
        try {
            handshakes.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SSLException("interrupted", e);
        }
        try {
            for (Runnable task = engine.getDelegatedTask();
                    task != null;
                    task = engine.getDelegatedTask()) {
                task.run();
            }
        } finally {
            handshakes.release();
        }
    }

    /** Sends what the engine itself has to say: handshake, alert, key update. */
    private HandshakeStatus wrapControl() throws IOException {
        ByteBuffer sealed = pool.take();
        writing.lock();
        try {
            SSLEngineResult result;
            do {
                result = engine.wrap(EMPTY.duplicate(), sealed);
                flush(sealed);
            } while (result.getStatus() == SSLEngineResult.Status.OK
                    && result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
                    && result.bytesProduced() > 0);
            return result.getHandshakeStatus();
        } finally {
            writing.unlock();
            pool.give(sealed);
        }
    }

    private void sendAlert() {
        try {
            wrapControl();
        } catch (IOException e) {
            // The alert is a courtesy; what went wrong is thrown by the caller.
        }
    }

    private void flush(ByteBuffer sealed) throws IOException {
        sealed.flip();
        while (sealed.hasRemaining()) {
            channel.write(sealed);
        }
        sealed.clear();
    }

    private List<X509Certificate> verifiedCertificates() {
        try {
            return Arrays.stream(engine.getSession().getPeerCertificates())
                    .filter(X509Certificate.class::isInstance)
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (SSLPeerUnverifiedException e) {
            return List.of();
        }
    }
}
