package dev.mapsovereign.auditlog.journal;

import java.nio.ByteBuffer;

/**
 * What one batch does to one tenant's chain.
 *
 * @param tenant the tenant's number in this journal
 * @param count its records in the batch, at least 1
 * @param first index of the first of them
 * @param before record hash of the record before the first; zeros for index 0
 * @param after record hash of the last of them
 */
public record ChainHead(int tenant, int count, long first, byte[] before, byte[] after) {
    static final int BYTES = 80;
    private static final int HASH_BYTES = 32;

    void put(ByteBuffer out) {
        out.putInt(tenant).putInt(count).putLong(first).put(before).put(after);
    }

    static ChainHead get(ByteBuffer in) {
        int tenant = in.getInt();
        int count = in.getInt();
        long first = in.getLong();
        byte[] before = new byte[HASH_BYTES];
        byte[] after = new byte[HASH_BYTES];
        in.get(before).get(after);
        return new ChainHead(tenant, count, first, before, after);
    }
}
