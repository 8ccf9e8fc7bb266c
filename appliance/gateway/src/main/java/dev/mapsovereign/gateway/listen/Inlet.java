package dev.mapsovereign.gateway.listen;

import java.io.IOException;

/**
 * The received bytes of one connection that nobody has used yet. One thread.
 *
 * <p>The buffer starts small, grows only as far as a parser asks, and is given back while the
 * connection idles: ten thousand waiting connections must not cost ten thousand large buffers.
 */
public final class Inlet {
    private static final int FIRST_BYTES = 4 * 1024;
    private static final byte[] NOTHING = {};

    private final Transport transport;
    private byte[] buffer = NOTHING;
    private int start;
    private int end;

    /** Reads from that transport. */
    public Inlet(Transport transport) {
        this.transport = transport;
    }

    /** The buffer; the unused bytes are those from {@link #start} to {@link #end}. */
    public byte[] buffer() {
        return buffer;
    }

    /** Index of the first unused byte. */
    public int start() {
        return start;
    }

    /** Index after the last unused byte. */
    public int end() {
        return end;
    }

    /** How many unused bytes are here. */
    public int available() {
        return end - start;
    }

    /** Marks bytes as used. */
    public void use(int count) {
        if (count < 0 || count > available()) {
            throw new IllegalArgumentException("cannot use " + count + " of " + available());
        }
        start += count;
        if (start == end) {
            start = 0;
            end = 0;
        }
    }

    /**
     * Waits for more bytes behind those that are here.
     *
     * @return false when the peer sends no more
     */
    public boolean more() throws IOException {
        if (end == buffer.length) {
            makeRoom();
        }
        int got = transport.read(buffer, end, buffer.length - end);
        if (got < 0) {
            return false;
        }
        end += got;
        return true;
    }

    /**
     * Reads at least one byte: first those that are here, then straight from the transport.
     *
     * @return how many, or −1 when the peer sends no more
     */
    public int read(byte[] into, int offset, int length) throws IOException {
        if (available() > 0) {
            int count = Math.min(available(), length);
            System.arraycopy(buffer, start, into, offset, count);
            use(count);
            return count;
        }
        return transport.read(into, offset, length);
    }

    /** Gives the memory back when nothing is here. */
    public void rest() {
        if (available() == 0 && buffer.length > FIRST_BYTES) {
            buffer = NOTHING;
            start = 0;
            end = 0;
        }
        transport.rest();
    }

    private void makeRoom() {
        if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, end - start);
        } else {
            byte[] larger = new byte[Math.max(FIRST_BYTES, buffer.length * 2)];
            System.arraycopy(buffer, 0, larger, 0, end);
            buffer = larger;
        }
        end -= start;
        start = 0;
    }
}
