package dev.mapsovereign.gateway.listen;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.gateway.http.RequestException;
import java.util.Arrays;

/**
 * Grows with the bytes that really arrive, never with the length that a client merely announces.
 * One thread.
 */
public final class BodyBuffer {
    private final BodyBudget.Share share;
    private final int max;
    private byte[] bytes;
    private int length;

    /**
     * An empty buffer.
     *
     * @param max the longest body that is accepted
     * @param announced the length that the client announced, or −1
     */
    public BodyBuffer(BodyBudget.Share share, int max, long announced) {
        this.share = share;
        this.max = max;
        int first = (int) Math.min(announced < 0 ? Limits.BODY_BYTES_FREE : announced, max);
        this.bytes = new byte[Math.min(first, Limits.BODY_BYTES_FREE)];
    }

    /**
     * Makes room for more.
     *
     * @return how many bytes may be written at {@link #length} now: at least 1, at most {@code
     *     wanted}
     * @throws RequestException when the body would get longer than accepted
     */
    public int room(long wanted) throws RequestException {
        if (wanted > max - length) {
            throw tooLarge(max);
        }
        if (length == bytes.length) {
            long size = Math.min(max, Math.max(length + Math.min(wanted, 4096), length * 2L));
            share.take(size - Math.min(bytes.length, size));
            bytes = Arrays.copyOf(bytes, (int) size);
        }
        return (int) Math.min(wanted, bytes.length - length);
    }

    /** The array to write into; changes with each {@link #room}. */
    public byte[] array() {
        return bytes;
    }

    /** How many bytes have arrived. */
    public int length() {
        return length;
    }

    /** Counts bytes that were written at {@link #length}. */
    public void added(int count) {
        length += count;
    }

    /** The body. */
    public byte[] toByteArray() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }

    /** The refusal of a longer body than is accepted. */
    public static RequestException tooLarge(int max) {
        return new RequestException(
                ErrorCode.MESSAGE_TOO_LARGE, "the request body is longer than " + max + " bytes");
    }
}
