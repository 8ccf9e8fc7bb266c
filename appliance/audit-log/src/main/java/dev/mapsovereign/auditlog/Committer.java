package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.JournalFormat;
import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.auditlog.record.PreparedRecord;
import dev.mapsovereign.auditlog.tree.LogState;
import dev.mapsovereign.base.durable.AppendFile;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that writes the journal. It takes whatever was handed over since the last batch,
 * gives each record its index, time and hash, writes all with one call, syncs once, and has those
 * woken who wait. Batches grow with the load, a single caller waits for one sync only, and nothing
 * ever waits for a timer.
 *
 * <p>On a busy log the disk is never left waiting: while one batch is synced, callers who hand
 * something over make the next one themselves, under {@link #making}, and whoever does not get that
 * lock goes to sleep. So when the sync returns, the next batch is there, hashed and in its bytes,
 * and at no time more than one is on its way to the disk. What needs a decision (an intent, a new
 * tenant, a quota or the reserve within reach) is left to this thread, which makes nothing while
 * anything is unsynced.
 *
 * <p>What it must never do: write over bytes that were synced, answer before the sync, go on in a
 * file whose write or sync has failed. After such a failure what the disk holds of the batch is
 * unknown; the batch goes to a new segment whose header declares the old one's rest void. If that
 * fails too, the batch that grew meanwhile is dissolved, since its chains continued one that never
 * came to be.
 *
 * <p>A second thread looks ten times a second for callers whose time is up: it wakes them whatever
 * the disk does.
 */
final class Committer {
    private static final System.Logger LOG = System.getLogger(Committer.class.getName());

    private final AuditLogConfig config;
    private final JournalWriter journal;
    private final SegmentKeeper keeper;
    private final Tenants tenants;
    private final DurableMark mark;
    private final Availability availability;
    private final BuilderLag lag;
    private final Handover handover = new Handover();
    private final Wakeups wakeups = new Wakeups();
    private final Thread thread;
    private final Thread watch;
    private volatile boolean closing;

    /** Nothing that is handed over from now on is taken. */
    private volatile boolean ended;

    /** What was written last is sealed, so that damage to it cannot look like a torn end. */
    private boolean sealed;

    private long repairedNanos;

    /** Intents that no durable record has settled. */
    private volatile int openIntents;

    /** A batch is being written and synced: callers may make the next one. */
    private volatile boolean writing;

    /** Covers everything below, and of each chain what batches being made add to it. */
    private final ReentrantLock making = new ReentrantLock();

    private final ClockWatch clock;
    private final Deque<Pending> backlog = new ArrayDeque<>();
    private GrowingBatch growing = new GrowingBatch();

    /** The batch that is written; empty while none is. */
    private GrowingBatch written = new GrowingBatch();

    private long lastIntent;

    /** Body bytes that the growing batch may have without drawing on the reserve. */
    private long bodySpace;

    /**
     * @param state where the journal ends; read now, never kept
     * @param file the last segment, to go on where it ends
     */
    Committer(
            AuditLogConfig config,
            SegmentFolder segments,
            SegmentKeeper keeper,
            Tenants tenants,
            DurableMark mark,
            Availability availability,
            BuilderLag lag,
            LogState state,
            AppendFile file) {
        this.config = config;
        this.journal = new JournalWriter(config, segments, keeper, state, file);
        this.keeper = keeper;
        this.tenants = tenants;
        this.mark = mark;
        this.availability = availability;
        this.lag = lag;
        this.clock = new ClockWatch(config.clock(), state.lastBatch() == 0, state.lastMicros());
        this.lastIntent = state.lastIntent();
        this.openIntents = state.intents().size();
        // Not known to be so; one more sealed batch costs nothing.
        this.sealed = state.lastBatch() == 0;
        this.thread = Thread.ofPlatform().name("audit-committer").daemon().unstarted(this::run);
        this.watch = Thread.ofPlatform().name("audit-deadlines").daemon().unstarted(this::watch);
        handover.takenBy(thread);
    }

    void start() {
        wakeups.start();
        thread.start();
        watch.start();
    }

    /** How many effects have begun whose records are not written. */
    int openIntents() {
        return openIntents;
    }

    /**
     * Hands over and waits until it is durable.
     *
     * @throws dev.mapsovereign.base.audit.AuditUnavailableException if that cannot be, or not in
     *     time
     */
    void commit(Pending pending) {
        Optional<String> refusal = availability.refusal();
        if (refusal.isPresent() && !pending.isOwed()) {
            throw Availability.unavailable(refusal.get());
        }
        pending.until(System.nanoTime() + config.appendDeadline().toNanos());
        submit(pending);
        pending.await();
    }

    /** Hands over what nobody waits for. */
    void submit(Pending pending) {
        if (!handover.offer(pending)) {
            throw Availability.unavailable("too many records wait to be written");
        }
        help();
        if (ended) {
            // Handed over when the last look had been taken.
            refuseRest();
        }
    }

    /** A caller makes the next batch, as far as nothing has to be decided. */
    private void help() {
        while (writing && handover.holdsAny() && making.tryLock()) {
            try {
                boolean _ = fill(Maker.CALLER);
            } catch (RuntimeException | Error e) {
                halt("a batch could not be made", e);
            } finally {
                making.unlock();
            }
            wakeIfIdle();
        }
    }

    /** Whoever took something over while nothing was written sees to it that it will be. */
    private void wakeIfIdle() {
        if (!writing) {
            handover.wake();
        }
    }

    /** Whether nothing is written any more. */
    boolean ended() {
        return !thread.isAlive();
    }

    /** Writes what was handed over, seals the journal and ends. */
    void close() throws InterruptedException, IOException {
        closing = true;
        handover.wake();
        if (!thread.join(Limits.CLOSE_WAIT)) {
            throw new IOException("the journal's disk does not answer");
        }
        journal.close();
    }

    private void run() {
        try {
            while (!closing || (canWrite() && holdsAny())) {
                step();
            }
            if (canWrite() && !sealed) {
                seal();
            }
        } catch (RuntimeException | Error e) {
            halt("the committer failed", e);
        }
        ended = true;
        refuseRest();
        wakeups.end();
    }

    private void step() {
        if (availability.halted().isPresent()) {
            refuseAll(availability.halted().get());
            handover.sleep(Limits.REPAIR_PAUSE.toNanos());
        } else if (!journal.isOpen()) {
            refuseAll("the journal cannot be written");
            repair();
        } else if (!holdsAny()) {
            idle();
        } else {
            lag.await();
            nextBatch().ifPresent(this::write);
        }
    }

    private boolean canWrite() {
        return journal.isOpen() && availability.halted().isEmpty();
    }

    /** Takes over what was handed over; whether anything is to be written. */
    private boolean holdsAny() {
        making.lock();
        try {
            gather();
            return !backlog.isEmpty() || !growing.isEmpty();
        } finally {
            making.unlock();
        }
    }

    /** With {@link #making} held. */
    private void gather() {
        Pending next = handover.takeAll();
        while (next != null) {
            Pending following = next.next;
            next.next = null;
            backlog.add(next);
            next = following;
        }
    }

    private void idle() {
        if (sealed) {
            handover.sleep(Limits.CLOCK_STEP.toNanos());
            return;
        }
        long until = System.nanoTime() + Limits.SEAL_DELAY.toNanos();
        for (long left = Limits.SEAL_DELAY.toNanos(); left > 0; left = until - System.nanoTime()) {
            handover.sleep(left);
            if (holdsAny() || closing) {
                return;
            }
        }
        seal();
    }

    // ---- making a batch

    /** The batch that is to be written next; empty if all callers have gone or were refused. */
    private Optional<GrowingBatch> nextBatch() {
        if (!tryFill(Maker.COMMITTER)) {
            boolean _ = keeper.awaitStandby(Limits.STANDBY_WAIT);
            boolean _ = tryFill(Maker.COMMITTER_AFTER_WAIT);
        }
        making.lock();
        try {
            if (growing.isEmpty()) {
                return Optional.empty();
            }
            GrowingBatch next = growing;
            for (TenantChain.Growth growth : next.growths()) {
                growth.chain.growth = null;
            }
            growing = written;
            written = next;
            // If this batch does not fit into its segment's rest, as much of it stays unused.
            bodySpace = freeSpace() - 2L * next.extent() - JournalFormat.PAGE;
            writing = true;
            return Optional.of(next);
        } finally {
            making.unlock();
        }
    }

    private boolean tryFill(Maker maker) {
        making.lock();
        try {
            bodySpace = freeSpace();
            for (Pending pending : growing.members()) {
                if (pending.isLeft()) {
                    // After a long sync: those whose callers have gone are not written any more.
                    dissolve(growing);
                    break;
                }
            }
            return fill(maker);
        } finally {
            making.unlock();
        }
    }

    /** Who puts something into the growing batch. */
    private enum Maker {
        /** A caller, who stops where something has to be decided. */
        CALLER,
        /** The committer, who stops where it should first wait for the next segment. */
        COMMITTER,
        /** The committer, who has waited for the next segment and now refuses what must be. */
        COMMITTER_AFTER_WAIT
    }

    /**
     * Puts into the growing batch what is there and fits. With {@link #making} held.
     *
     * @return false if nothing could be put there before the next segment has been waited for
     */
    private boolean fill(Maker maker) {
        gather();
        while (!backlog.isEmpty() && growing.fits(backlog.getFirst())) {
            Pending pending = backlog.getFirst();
            if (maker == Maker.CALLER && !isPlain(pending)) {
                return true;
            }
            if (maker == Maker.COMMITTER && !pending.isOwed() && isShort()) {
                return !growing.isEmpty();
            }
            if (growing.isEmpty()) {
                begin();
            }
            backlog.removeFirst();
            if (pending.take()) {
                place(pending, maker);
            } else {
                handover.settled(pending);
            }
        }
        return true;
    }

    private void place(Pending pending, Maker maker) {
        Optional<String> refusal =
                maker == Maker.CALLER || pending.isOwed() ? Optional.empty() : refusal(pending);
        if (refusal.isPresent()) {
            handover.settled(pending);
            pending.fail(Availability.unavailable(refusal.get()));
        } else {
            add(pending);
        }
    }

    private void begin() {
        long now = clock.micros();
        growing.at(now);
        Optional<PreparedRecord> stepped = clock.stepped(now);
        if (stepped.isPresent() && tenants.count() > 0) {
            add(taken(Pending.own(tenants.byNumber(0), stepped.get())));
        }
    }

    private Pending taken(Pending own) {
        // Not through the queue, but counted as if.
        var _ = handover.count(own);
        var _ = own.take();
        return own;
    }

    private void add(Pending pending) {
        switch (pending.kind) {
            case RECORD -> growing.addRecord(pending, 0);
            case COMPLETION -> growing.addRecord(pending, pending.intent);
            case INTENT -> growing.addIntent(pending, ++lastIntent);
            case TENANT -> growing.addTenant(pending, tenants.count() + growing.creations());
        }
    }

    /** Whether a record can go into the growing batch with nothing to be decided. */
    private boolean isPlain(Pending pending) {
        int length = pending.record.lengthMax();
        return pending.kind == Pending.Kind.RECORD
                && pending.chain.madeBytes() + length <= quota(pending.chain)
                && growing.bodyLength() + length <= bodySpace;
    }

    private long quota(TenantChain chain) {
        return chain.tenant().isNode()
                ? Long.MAX_VALUE
                : config.tenantQuotaBytes() + chain.prunedBytes();
    }

    /** Why this one cannot be written, if so: its tenant's quota, the reserve. */
    private Optional<String> refusal(Pending pending) {
        TenantChain created = pending.created;
        if (created != null
                && (growing.creations() > 0 || tenants.find(created.tenant()).isPresent())) {
            // Whoever tried before did not wait for the end of it.
            return Optional.of("tenant " + created.tenant() + " is being created already");
        }
        TenantChain chain = pending.chain;
        if (chain.madeBytes() + pending.record.lengthMax() > quota(chain)) {
            return Optional.of(
                    "tenant "
                            + chain.tenant()
                            + " has used its journal quota of "
                            + config.tenantQuotaBytes()
                            + " bytes");
        }
        if (pending.kind == Pending.Kind.INTENT
                && (openIntents + growing.intents() + 1L) * Limits.INTENT_BYTES
                        > config.reserveBytes()) {
            return Optional.of(openIntents + " effects are under way, no more can be recorded");
        }
        if (isShort()) {
            String reason =
                    "the journal is nearly full: "
                            + keeper.obstacle().orElse("the next segment is not ready");
            availability.shortage(reason);
            return Optional.of(reason);
        }
        return Optional.empty();
    }

    private boolean isShort() {
        return bodySpace < growing.bodyLength();
    }

    /**
     * Bytes that can be written into filled segments before the reserve is reached; asked while
     * nothing is written. The rest of a segment into which a batch does not fit is lost, at most
     * one extent.
     */
    private long freeSpace() {
        return journal.segmentRest()
                + keeper.filledBytes()
                - config.reserveBytes()
                - JournalFormat.EXTENT_MAX;
    }

    // ---- writing it

    private void write(GrowingBatch batch) {
        try {
            try {
                journal.append(batch);
            } catch (IOException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the journal goes on in a new segment, a batch could not be written: {0}",
                        e.toString());
                journal.abandonSegment();
                journal.append(batch);
            }
        } catch (IOException e) {
            giveUp(batch, e);
            return;
        } finally {
            writing = false;
        }
        sealed = false;
        lag.wrote(batch.extent());
        settle(batch);
    }

    private void settle(GrowingBatch batch) {
        for (TenantChain.Growth growth : batch.growths()) {
            growth.chain.accept(growth);
        }
        List<Pending> members = batch.members();
        int open = openIntents;
        for (Pending pending : members) {
            switch (pending.kind) {
                case COMPLETION -> open--;
                case INTENT -> open++;
                case TENANT -> tenants.add(Objects.requireNonNull(pending.created));
                case RECORD -> {}
            }
        }
        openIntents = open;
        // Only now, for a follower looks up the tenants that it reads of.
        mark.advance(journal.end());
        handover.settled(members);
        @Nullable Thread[] waiters = new @Nullable Thread[members.size()];
        List<Pending> left = new ArrayList<>(0);
        for (int i = 0; i < waiters.length; i++) {
            Pending pending = members.get(i);
            waiters[i] = pending.waiter();
            if (!pending.done() && pending.kind == Pending.Kind.INTENT) {
                left.add(pending);
            }
        }
        wakeups.wake(waiters);
        making.lock();
        try {
            for (Pending pending : left) {
                // Its caller was refused meanwhile: no effect, and nobody else will settle it.
                backlog.add(
                        taken(Pending.interruption(pending.chain, pending.record, pending.intent)));
            }
            batch.clear();
        } finally {
            making.unlock();
        }
    }

    /**
     * Neither this segment nor a new one could be written: the callers are told, debts are kept.
     */
    private void giveUp(GrowingBatch batch, IOException reason) {
        LOG.log(
                System.Logger.Level.ERROR,
                "audit log unavailable: the journal cannot be written: {0}",
                reason.toString());
        String text = "the journal cannot be written: " + reason.getMessage();
        availability.unwritable(text);
        journal.fail();
        making.lock();
        try {
            dissolve(growing);
            dissolve(batch);
            refuse(text, reason);
        } finally {
            making.unlock();
        }
        repairedNanos = System.nanoTime();
    }

    /** Puts back what a batch holds that will never be written. With {@link #making} held. */
    private void dissolve(GrowingBatch batch) {
        for (TenantChain.Growth growth : batch.growths()) {
            growth.chain.forgetMade();
        }
        for (Pending pending : batch.members().reversed()) {
            pending.putBack();
            backlog.addFirst(pending);
        }
        batch.clear();
    }

    /** Refuses all that waits but what is owed. */
    private void refuseAll(String reason) {
        making.lock();
        try {
            gather();
            dissolve(growing);
            refuse(reason, null);
        } finally {
            making.unlock();
        }
    }

    /** With {@link #making} held. */
    private void refuse(String reason, @Nullable Throwable cause) {
        List<Pending> owed = new ArrayList<>();
        for (Pending pending : backlog) {
            if (pending.isOwed()) {
                owed.add(pending);
            } else {
                handover.settled(pending);
                pending.fail(
                        cause == null
                                ? Availability.unavailable(reason)
                                : Availability.unavailable(reason, cause));
            }
        }
        backlog.clear();
        backlog.addAll(owed);
    }

    /** Nothing will be written any more: whoever still waits is told, whatever he is owed. */
    private void refuseRest() {
        String reason = availability.reason().orElse("the audit log is closed");
        making.lock();
        try {
            gather();
            dissolve(growing);
            dissolve(written);
            for (Pending pending : backlog) {
                handover.settled(pending);
                pending.fail(Availability.unavailable(reason));
            }
            backlog.clear();
        } finally {
            making.unlock();
        }
    }

    private void halt(String what, Throwable e) {
        LOG.log(System.Logger.Level.ERROR, "audit log halted: " + what, e);
        availability.damaged(what + ": " + e);
    }

    // ---- callers whose time is up

    private void watch() {
        long pause =
                Math.min(
                        Limits.DEADLINE_LOOK.toNanos(),
                        Math.max(1, config.appendDeadline().toNanos() / 8));
        while (thread.isAlive()) {
            LockSupport.parkNanos(this, pause);
            wakeups.wakeAll();
            if (handover.isBusy()) {
                wakeLate();
            }
        }
        wakeups.wakeAll();
    }

    private void wakeLate() {
        making.lock();
        try {
            gather();
            long now = System.nanoTime();
            for (Pending pending : backlog) {
                pending.wakeIfLate(now);
            }
            for (Pending pending : growing.members()) {
                pending.wakeIfLate(now);
            }
            for (Pending pending : written.members()) {
                pending.wakeIfLate(now);
            }
        } finally {
            making.unlock();
        }
        wakeIfIdle();
    }

    private void repair() {
        Duration since = Duration.ofNanos(System.nanoTime() - repairedNanos);
        if (since.compareTo(Limits.REPAIR_PAUSE) < 0) {
            handover.sleep(Limits.REPAIR_PAUSE.minus(since).toNanos());
            return;
        }
        repairedNanos = System.nanoTime();
        try {
            journal.startSegment();
            LOG.log(System.Logger.Level.WARNING, "audit log available again");
            availability.writable();
        } catch (IOException e) {
            availability.unwritable("the journal cannot be written: " + e.getMessage());
        }
    }

    private void seal() {
        try {
            journal.seal();
            lag.wrote(JournalFormat.PAGE);
            mark.advance(journal.end());
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the idle journal could not be sealed: {0}",
                    e.toString());
            try {
                // A new segment's header names the last batch too.
                journal.abandonSegment();
            } catch (IOException again) {
                giveUp(written, again);
            }
        }
        sealed = true;
    }
}
