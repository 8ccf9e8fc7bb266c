package dev.mapsovereign.auditlog.journal;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reads for callers' threads, which may be interrupted: Java closes the channel of an interrupted
 * thread, so each read has a channel of its own, and an interrupt is put off until it is done.
 */
public final class WholeReads {
    /** No file that is read whole is longer. */
    private static final long BYTES_MAX = 64L << 20;

    private WholeReads() {}

    /** The whole content of a file. */
    public static byte[] all(Path file) throws IOException {
        return read(file, 0, -1);
    }

    /** A part of a file, which must be there. */
    public static byte[] part(Path file, long offset, int length) throws IOException {
        return read(file, offset, length);
    }

    private static byte[] read(Path file, long offset, int length) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return readOnce(file, offset, length);
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static byte[] readOnce(Path file, long offset, int length) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            long wanted = length < 0 ? channel.size() : length;
            if (wanted > BYTES_MAX) {
                throw new IOException(file + " has " + wanted + " bytes, more than any such file");
            }
            ByteBuffer into = ByteBuffer.allocate((int) wanted);
            while (into.hasRemaining()) {
                if (channel.read(into, offset + into.position()) < 0) {
                    throw new EOFException(file + " ends within what was to be read");
                }
            }
            return into.array();
        }
    }
}
