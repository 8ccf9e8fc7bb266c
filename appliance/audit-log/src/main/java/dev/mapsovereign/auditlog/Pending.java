package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.Entry;
import dev.mapsovereign.auditlog.record.PreparedRecord;
import dev.mapsovereign.auditlog.record.RecordTime;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.RecordReference;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Something on its way into the journal, from a caller's hand to the committer's and back. The
 * state is the only field that both change; results are written before it and read after it.
 */
final class Pending {
    /** What is to be written. */
    enum Kind {
        /** A record. */
        RECORD,
        /** The record that settles an intent: never given up, since its effect has begun. */
        COMPLETION,
        /** An intent. */
        INTENT,
        /** A tenant and the record in {@code _node} that introduces it. */
        TENANT
    }

    private static final int WAITING = 0;
    private static final int TAKEN = 1;
    private static final int ABANDONED = 2;
    private static final int LEFT = 3;
    private static final int DONE = 4;
    private static final int FAILED = 5;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Pending.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Kind kind;

    /** Whose chain the record goes to; for an intent, whose it will. */
    final TenantChain chain;

    final PreparedRecord record;

    /** The tenant to be, for {@link Kind#TENANT}. */
    final @Nullable TenantChain created;

    private final @Nullable Thread waiter;

    /** Neighbour in the hand-over, whose business it is. */
    @Nullable Pending next;

    /** Settled by a completion, or given to an intent by the committer. */
    long intent;

    /** When its caller goes, {@link System#nanoTime}; set before it is handed over. */
    private long deadlineNanos;

    @SuppressWarnings("unused") // through STATE
    private volatile int state;

    private long index;
    private long micros;
    private TenantChain.@Nullable Growth growth;
    private byte @Nullable [] hash;
    private @Nullable AuditUnavailableException failure;

    private Pending(
            Kind kind,
            TenantChain chain,
            PreparedRecord record,
            long intent,
            @Nullable TenantChain created,
            @Nullable Thread waiter) {
        this.kind = kind;
        this.chain = chain;
        this.record = record;
        this.intent = intent;
        this.created = created;
        this.waiter = waiter;
    }

    /** A caller's record. */
    static Pending record(TenantChain chain, PreparedRecord record) {
        return new Pending(Kind.RECORD, chain, record, 0, null, Thread.currentThread());
    }

    /** A record of the log's own that nobody waits for. */
    static Pending own(TenantChain chain, PreparedRecord record) {
        return new Pending(Kind.RECORD, chain, record, 0, null, null);
    }

    /** A caller's intent. */
    static Pending intent(TenantChain chain, PreparedRecord record) {
        return new Pending(Kind.INTENT, chain, record, 0, null, Thread.currentThread());
    }

    /** A caller's end of its intent. */
    static Pending completion(TenantChain chain, PreparedRecord record, long intent) {
        return new Pending(Kind.COMPLETION, chain, record, intent, null, Thread.currentThread());
    }

    /** The end of an intent that nobody waits for. */
    static Pending interruption(TenantChain chain, PreparedRecord record, long intent) {
        return new Pending(Kind.COMPLETION, chain, record, intent, null, null);
    }

    /** A new tenant, introduced by a record of {@code _node}. */
    static Pending tenant(TenantChain node, PreparedRecord record, TenantChain created) {
        return new Pending(Kind.TENANT, node, record, 0, created, Thread.currentThread());
    }

    /** Bytes in a batch's body, at most. */
    int bytesMax() {
        return 3 * Entry.HEAD_BYTES + record.lengthMax() + 64;
    }

    /** Must be written sooner or later, whatever becomes of its caller. */
    boolean isOwed() {
        return kind == Kind.COMPLETION || waiter == null;
    }

    /** The committer takes it into a batch; false if its caller has gone. */
    boolean take() {
        return STATE.compareAndSet(this, WAITING, TAKEN) || isOwed();
    }

    /** The committer could not write it and will try again. */
    void putBack() {
        var _ = STATE.compareAndSet(this, TAKEN, WAITING);
    }

    /** Where the record stands in the batch. */
    void placed(TenantChain.Growth inGrowth, long atIndex, byte[] withHash, long atMicros) {
        growth = inGrowth;
        index = atIndex;
        hash = withHash;
        micros = atMicros;
    }

    /**
     * It is durable; the waiter is still to be woken.
     *
     * @return false if its caller had gone meanwhile and does not know
     */
    boolean done() {
        return (int) STATE.getAndSet(this, DONE) != LEFT;
    }

    /** It will not be written; does nothing if it was. */
    void fail(AuditUnavailableException reason) {
        if (isSettled()) {
            return;
        }
        failure = reason;
        STATE.setVolatile(this, FAILED);
        if (waiter != null) {
            LockSupport.unpark(waiter);
        }
    }

    /** Whether its caller has gone though a batch holds it. */
    boolean isLeft() {
        return (int) STATE.getVolatile(this) == LEFT;
    }

    /** Whether it is durable. */
    boolean isDone() {
        return (int) STATE.getVolatile(this) == DONE;
    }

    /** Who waits for it, if anybody. */
    @Nullable Thread waiter() {
        return waiter;
    }

    /** Its caller will wait until then; to be said before it is handed over. */
    void until(long nanos) {
        deadlineNanos = nanos;
    }

    /** Wakes a caller whose time is up, so that it goes. */
    void wakeIfLate(long nowNanos) {
        if (waiter != null && nowNanos - deadlineNanos >= 0) {
            LockSupport.unpark(waiter);
        }
    }

    /**
     * The caller waits until it is settled. It sleeps without an alarm of its own, since setting
     * and cancelling one costs a virtual thread more than all else here: {@link Committer} wakes
     * those whose time is up.
     *
     * @throws AuditUnavailableException if it failed or the time ran out; then it may still become
     *     durable if it was in a batch already
     */
    void await() {
        boolean interrupted = false;
        try {
            while (!isSettled()) {
                if (deadlineNanos - System.nanoTime() <= 0 && leave()) {
                    throw Availability.unavailable("the journal did not become durable in time");
                }
                LockSupport.park(this);
                // Whoever was promised a record or a refusal gets one; the interrupt comes after.
                interrupted |= Thread.interrupted();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        requireNotFailed();
    }

    private void requireNotFailed() {
        if ((int) STATE.getVolatile(this) == FAILED) {
            throw Objects.requireNonNull(failure);
        }
    }

    /**
     * The reference of a record that is durable.
     *
     * @throws AuditUnavailableException if it failed
     */
    RecordReference reference() {
        requireNotFailed();
        TenantChain.Growth durable = Objects.requireNonNull(growth);
        return new RecordReference(
                chain.tenant(),
                index,
                Objects.requireNonNull(hash),
                durable.after,
                RecordTime.instant(micros));
    }

    /** Whether it is durable or never will be. */
    boolean isSettled() {
        int now = (int) STATE.getVolatile(this);
        return now == DONE || now == FAILED;
    }

    /**
     * The caller goes without knowing; from then on it must not look at the state again, since an
     * intent whose caller left is settled for it.
     *
     * @return false if it was settled at that moment
     */
    private boolean leave() {
        boolean abandoned = !isOwed() && STATE.compareAndSet(this, WAITING, ABANDONED);
        return abandoned || STATE.compareAndSet(this, TAKEN, LEFT) || !isSettled();
    }
}
