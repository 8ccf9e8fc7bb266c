package dev.mapsovereign.verifier;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Memory for one file after the other; for one thread. */
final class ReadBuffer {
    private byte[] bytes = new byte[Limits.ENTRY_BUNDLE_BYTES_USUAL];
    private int length;

    /** Valid up to {@link #length}; the same array until the next reading. */
    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** Holds these bytes, and keeps the array. */
    void take(byte[] content) {
        bytes = content;
        length = content.length;
    }

    /** Reads to the end; false if there is more than {@code bytesMax}. */
    boolean readAll(InputStream in, int bytesMax) throws IOException {
        length = 0;
        while (true) {
            if (length == bytes.length) {
                bytes =
                        Arrays.copyOf(
                                bytes, Math.max(Limits.ENTRY_BUNDLE_BYTES_USUAL, 2 * bytes.length));
            }
            int read = in.read(bytes, length, bytes.length - length);
            if (read < 0) {
                return true;
            }
            length += read;
            if (length > bytesMax) {
                return false;
            }
        }
    }
}
