package dev.mapsovereign.auditlog.journal;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One entry of a batch that was read.
 *
 * @param tenant the tenant's number
 * @param intent number of the intent that it announces or settles; 0 for none
 * @param source the array in which its bytes stand
 * @param from where in {@code source}
 * @param offset where in the segment
 */
public record Entry(
        EntryType type, int tenant, long intent, byte[] source, int from, int length, long offset) {
    /** Bytes before an entry's own. */
    public static final int HEAD_BYTES = 20;

    /** A copy of its bytes. */
    public byte[] bytes() {
        return Arrays.copyOfRange(source, from, from + length);
    }

    /** Writes the head of an entry. */
    public static void putHead(
            ByteBuffer out, int at, EntryType type, int tenant, int length, long intent) {
        out.putInt(at, type.code() << 24)
                .putInt(at + 4, tenant)
                .putInt(at + 8, length)
                .putLong(at + 12, intent);
    }
}
