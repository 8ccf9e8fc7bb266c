package dev.mapsovereign.auditlog;

import dev.mapsovereign.base.identity.TenantId;
import org.jspecify.annotations.Nullable;

/** One tenant's chain as far as it is durable, and what the batch being made does to it. */
final class TenantChain {
    /** Of a tenant that is being created, the number that the committer tries to give it. */
    private int number;

    private final TenantId tenant;
    private final int epoch;

    private volatile LogHead head;

    /** Bytes of all its records, pruned or not. */
    private volatile long bytes;

    /** Bytes of its records that were pruned since. */
    private volatile long prunedBytes;

    /** What the batch being made adds; changed by whoever makes it, under the committer's lock. */
    @Nullable Growth growth;

    // Up to where batches are made, durable or not; under the committer's lock as well.
    private long madeSize;
    private byte[] madeHash;
    private long madeBytes;

    TenantChain(int number, TenantId tenant, int epoch, LogHead head, long bytes) {
        this.number = number;
        this.tenant = tenant;
        this.epoch = epoch;
        this.head = head;
        this.bytes = bytes;
        this.madeSize = head.size();
        this.madeHash = head.hash();
        this.madeBytes = bytes;
    }

    /** A tenant that is to be created. */
    static TenantChain toBe(TenantId tenant, int epoch) {
        return new TenantChain(-1, tenant, epoch, LogHead.BEGINNING, 0);
    }

    /** What one batch adds to a chain; changed until the batch is whole, then never. */
    static final class Growth {
        final TenantChain chain;
        final long first;
        final byte[] before;
        int count;
        long bytes;
        byte[] after;

        /** Continues where the newest batch ends, which may not be durable yet. */
        Growth(TenantChain chain) {
            this.chain = chain;
            this.first = chain.madeSize;
            this.before = chain.madeHash;
            this.after = before;
        }

        long next() {
            return first + count;
        }

        /** One more record of that length. */
        void add(byte[] hash, int length) {
            after = hash;
            count++;
            bytes += length;
            chain.madeSize++;
            chain.madeHash = hash;
            chain.madeBytes += length;
        }
    }

    int number() {
        return number;
    }

    /** Gives a tenant that is to be created its number; called by the committer alone. */
    void number(int given) {
        number = given;
    }

    TenantId tenant() {
        return tenant;
    }

    int epoch() {
        return epoch;
    }

    LogHead head() {
        return head;
    }

    long bytes() {
        return bytes;
    }

    /** Bytes of its records that were pruned: they count in no quota. */
    long prunedBytes() {
        return prunedBytes;
    }

    void prunedBytes(long sum) {
        prunedBytes = sum;
    }

    /** As {@link #bytes}, with those of batches that are not durable yet. */
    long madeBytes() {
        return madeBytes;
    }

    /** Batches that were made will never be durable: the next one continues what is. */
    void forgetMade() {
        growth = null;
        madeSize = head.size();
        madeHash = head.hash();
        madeBytes = bytes;
    }

    /** The growth is durable; called by the committer alone. */
    void accept(Growth durable) {
        head = new LogHead(durable.next(), durable.after);
        bytes = bytes() + durable.bytes;
    }
}
