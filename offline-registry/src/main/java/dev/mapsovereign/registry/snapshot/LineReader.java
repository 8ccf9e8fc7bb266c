package dev.mapsovereign.registry.snapshot;

import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/** Lines of bounded length, each ended by one line feed, the last one too. For one thread. */
public final class LineReader implements Closeable {
    private final InputStream in;
    private final byte[] buffer = new byte[64 * 1024];
    private final byte[] line;
    private int start;
    private int end;

    /** Reads from {@code in}, which is closed with this. */
    public LineReader(InputStream in, int lengthMax) {
        this.in = in;
        this.line = new byte[lengthMax];
    }

    /**
     * The next line without its end; empty at the end of the input.
     *
     * @throws RegistryException {@code OVERSIZE} for a line too long, {@code MALFORMED} for an
     *     empty or an unfinished one
     */
    public Optional<byte[]> next() throws IOException {
        int length = 0;
        while (true) {
            if (start == end) {
                start = 0;
                end = in.read(buffer);
                if (end <= 0) {
                    end = 0;
                    return atEnd(length);
                }
            }
            int feed = find();
            int part = feed - start;
            if (length + part > line.length) {
                throw new RegistryException(
                        RegistryFault.OVERSIZE, "a line of more than " + line.length + " bytes");
            }
            System.arraycopy(buffer, start, line, length, part);
            length += part;
            start = feed;
            if (feed < end) {
                start++;
                return finished(length);
            }
        }
    }

    private int find() {
        int position = start;
        while (position < end && buffer[position] != '\n') {
            position++;
        }
        return position;
    }

    private Optional<byte[]> finished(int length) {
        if (length == 0) {
            throw new RegistryException(RegistryFault.MALFORMED, "an empty line");
        }
        return Optional.of(Arrays.copyOf(line, length));
    }

    private static Optional<byte[]> atEnd(int length) {
        if (length > 0) {
            throw new RegistryException(RegistryFault.MALFORMED, "a last line without its end");
        }
        return Optional.empty();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
