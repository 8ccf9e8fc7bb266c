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

    /** Bytes of its records in the journal. */
    private volatile long bytes;

    /** The committer's alone: what the batch being made adds. */
    @Nullable Growth growth;

    TenantChain(int number, TenantId tenant, int epoch, LogHead head, long bytes) {
        this.number = number;
        this.tenant = tenant;
        this.epoch = epoch;
        this.head = head;
        this.bytes = bytes;
    }

    /** A tenant that is to be created. */
    static TenantChain toBe(TenantId tenant, int epoch) {
        return new TenantChain(-1, tenant, epoch, LogHead.BEGINNING, 0);
    }

    /** What one batch adds to a chain; changed by the committer until the batch is durable. */
    static final class Growth {
        final TenantChain chain;
        final long first;
        final byte[] before;
        int count;
        long bytes;
        byte[] after;

        Growth(TenantChain chain) {
            this.chain = chain;
            this.first = chain.head.size();
            this.before = chain.head.hash();
            this.after = before;
        }

        long next() {
            return first + count;
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

    /** The growth is durable; called by the committer alone. */
    void accept(Growth durable) {
        head = new LogHead(durable.next(), durable.after);
        bytes = bytes() + durable.bytes;
    }
}
