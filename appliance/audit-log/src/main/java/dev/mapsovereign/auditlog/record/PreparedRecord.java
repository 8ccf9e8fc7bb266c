package dev.mapsovereign.auditlog.record;

import java.util.Arrays;

/**
 * A record in canonical form but for two gaps: its index and its time, which the journal's
 * committer alone can give. So the committer copies bytes and never formats JSON.
 *
 * <p>Made by {@link RecordFormat}; immutable by agreement within this module.
 */
public final class PreparedRecord {
    private final byte[] text;
    private final int indexAt;
    private final int timeAt;

    PreparedRecord(byte[] text, int indexAt, int timeAt) {
        if (indexAt < 0 || timeAt < indexAt || text.length < timeAt) {
            throw new IllegalArgumentException("the gaps do not lie within the text");
        }
        this.text = text;
        this.indexAt = indexAt;
        this.timeAt = timeAt;
    }

    /** Bytes of the whole record, were its index the longest. */
    public int lengthMax() {
        return text.length + Limits.INDEX_DIGITS_MAX + RecordTime.LENGTH;
    }

    /**
     * Writes the whole record.
     *
     * @param time as {@link RecordTime#ascii} gives it
     * @return where the record ends in {@code out}
     */
    public int writeTo(byte[] out, int from, long index, byte[] time) {
        System.arraycopy(text, 0, out, from, indexAt);
        int at = digits(out, from + indexAt, index);
        System.arraycopy(text, indexAt, out, at, timeAt - indexAt);
        at += timeAt - indexAt;
        System.arraycopy(time, 0, out, at, time.length);
        at += time.length;
        System.arraycopy(text, timeAt, out, at, text.length - timeAt);
        return at + text.length - timeAt;
    }

    /** The whole record. */
    public byte[] toBytes(long index, byte[] time) {
        byte[] out = new byte[lengthMax()];
        return Arrays.copyOf(out, writeTo(out, 0, index, time));
    }

    /** Where the index goes, for keeping this outside memory. */
    public int indexAt() {
        return indexAt;
    }

    /** Where the time goes, counted in the text without the index. */
    public int timeAt() {
        return timeAt;
    }

    /** A copy of the text without index and time. */
    public byte[] text() {
        return text.clone();
    }

    /**
     * One that was kept outside memory.
     *
     * @throws IllegalArgumentException if the gaps do not lie within the text
     */
    public static PreparedRecord of(byte[] text, int indexAt, int timeAt) {
        return new PreparedRecord(text.clone(), indexAt, timeAt);
    }

    private static int digits(byte[] out, int from, long value) {
        int count = 1;
        for (long rest = value / 10; rest > 0; rest /= 10) {
            count++;
        }
        long rest = value;
        for (int i = from + count - 1; i >= from; i--) {
            out[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return from + count;
    }
}
