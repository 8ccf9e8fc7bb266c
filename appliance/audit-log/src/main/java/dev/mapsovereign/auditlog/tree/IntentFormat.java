package dev.mapsovereign.auditlog.tree;

import dev.mapsovereign.auditlog.record.PreparedRecord;
import java.nio.ByteBuffer;

/** How an intent's record to be stands in the journal: both gaps (u32), then the text. */
public final class IntentFormat {
    private static final int HEAD_BYTES = 2 * Integer.BYTES;

    private IntentFormat() {}

    /** The bytes of an intent entry. */
    public static byte[] encode(PreparedRecord record) {
        byte[] text = record.text();
        return ByteBuffer.allocate(HEAD_BYTES + text.length)
                .putInt(record.indexAt())
                .putInt(record.timeAt())
                .put(text)
                .array();
    }

    /**
     * The record to be.
     *
     * @throws IllegalArgumentException if the bytes are no intent
     */
    public static PreparedRecord decode(byte[] bytes) {
        if (bytes.length < HEAD_BYTES) {
            throw new IllegalArgumentException("an intent of " + bytes.length + " bytes");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int indexAt = in.getInt();
        int timeAt = in.getInt();
        byte[] text = new byte[in.remaining()];
        in.get(text);
        return PreparedRecord.of(text, indexAt, timeAt);
    }
}
