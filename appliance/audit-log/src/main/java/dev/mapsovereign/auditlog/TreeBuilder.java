package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.Batch;
import dev.mapsovereign.auditlog.journal.JournalCursor;
import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.journal.Place;
import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.auditlog.tree.LogState;
import dev.mapsovereign.auditlog.tree.StateFile;
import dev.mapsovereign.auditlog.tree.TenantTree;
import dev.mapsovereign.auditlog.tree.TileFiles;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Follows the journal behind its durable mark, one thread: moves the {@link LogState} on, writes
 * tiles as they fill, and has the state kept from time to time. It reads what was written back, so
 * a disk or a memory that changes bytes is found here within moments, and the log halted.
 */
final class TreeBuilder {
    private static final System.Logger LOG = System.getLogger(TreeBuilder.class.getName());

    private final SegmentFolder segments;
    private final DurableMark mark;
    private final Availability availability;
    private final LogState state;
    private final StateKeeper keeper;
    private final TileFiles tiles;
    private final Map<TenantId, TenantTree> trees = new ConcurrentHashMap<>();
    private final Thread thread;

    /** Covers waiting for {@link #built}. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition advanced = lock.newCondition();

    /** Work that needs the state to stand still. */
    private final Queue<FutureTask<?>> tasks = new ConcurrentLinkedQueue<>();

    private volatile Place built;
    private volatile boolean hurried;
    private volatile boolean closing;

    // The builder's own.
    private final Set<TenantTree> filled = new LinkedHashSet<>();
    private long bytesSinceState;
    private long stateNanos = System.nanoTime();
    private boolean tilesFail;
    private boolean readsFail;

    TreeBuilder(
            SegmentFolder segments,
            DurableMark mark,
            Availability availability,
            BuilderLag lag,
            LogState state,
            StateFile stateFile,
            TileFiles tiles) {
        this.segments = segments;
        this.mark = mark;
        this.availability = availability;
        this.state = state;
        this.keeper = new StateKeeper(stateFile, tiles, lag);
        this.tiles = tiles;
        this.built = state.end();
        state.trees().forEach(tree -> trees.put(tree.tenant(), tree));
        this.filled.addAll(state.trees());
        this.thread = Thread.ofPlatform().name("audit-builder").daemon().unstarted(this::run);
    }

    void start() {
        keeper.start();
        thread.start();
    }

    /** The tree of a tenant, as far as it is built. */
    Optional<TenantTree> tree(TenantId tenant) {
        return Optional.ofNullable(trees.get(tenant));
    }

    /** All trees, as far as they are built. */
    Collection<TenantTree> trees() {
        return List.copyOf(trees.values());
    }

    /** Up to where everything is built. */
    Place built() {
        return built;
    }

    /**
     * Waits until everything durable at this moment is built.
     *
     * @throws AuditUnavailableException if that does not come to be in time
     */
    void awaitDurable() {
        Place wanted = mark.place();
        if (built.compareTo(wanted) >= 0) {
            return;
        }
        boolean interrupted = false;
        long until = System.nanoTime() + Limits.BUILD_WAIT.toNanos();
        lock.lock();
        try {
            hurried = true;
            LockSupport.unpark(thread);
            while (built.compareTo(wanted) < 0 && System.nanoTime() < until && thread.isAlive()) {
                try {
                    var _ = advanced.awaitNanos(until - System.nanoTime());
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            lock.unlock();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (built.compareTo(wanted) < 0) {
            throw Availability.unavailable("the trees do not follow the journal in time");
        }
    }

    /** What is done while the state stands still; all tiles that it counts on are written. */
    interface Task<T> {
        /**
         * Does it, on the builder's thread.
         *
         * @param sync makes these tiles survive a power cut
         */
        T run(LogState state, Sync sync) throws Exception;
    }

    /** Syncs what the state counts on. */
    interface Sync {
        /** Does it. */
        void sync() throws IOException;
    }

    /**
     * Does something between two passes, when no older state is about to be kept any more.
     *
     * @throws AuditUnavailableException if the builder has ended
     * @throws java.util.concurrent.ExecutionException with what the task threw
     */
    <T> T exclusively(Task<T> task) throws ExecutionException, InterruptedException {
        FutureTask<T> future =
                new FutureTask<>(() -> {
                    keeper.awaitFree();
                    takeBack();
                    return task.run(state, () -> tiles.sync(tiles.takeUnsynced()));
                });
        tasks.add(future);
        mark.wake();
        LockSupport.unpark(thread);
        if (!thread.isAlive()) {
            boolean _ = future.cancel(false);
            throw Availability.unavailable("the trees are not built any more");
        }
        try {
            return future.get();
        } catch (CancellationException e) {
            throw Availability.unavailable("the trees are not built any more", e);
        }
    }

    private void runTasks() {
        for (FutureTask<?> task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Whether nothing is written any more. */
    boolean ended() {
        return !thread.isAlive();
    }

    /** Builds what is left, keeps the state and ends. */
    void close() throws InterruptedException {
        closing = true;
        mark.wake();
        LockSupport.unpark(thread);
        thread.join(Limits.CLOSE_WAIT);
    }

    private void run() {
        try (JournalCursor cursor = new JournalCursor(segments, built, false)) {
            while (!closing) {
                runTasks();
                boolean any = tryPass(cursor);
                boolean behind = built.compareTo(mark.place()) < 0;
                if (!any) {
                    var _ = mark.awaitBeyond(built, Limits.STATE_INTERVAL);
                } else if (!behind && !hurried) {
                    LockSupport.parkNanos(this, Limits.BUILDER_PAUSE.toNanos());
                }
            }
            while (tryPass(cursor)) {}
            keeper.awaitFree();
            keepState();
            tiles.close();
        } catch (JournalDamageException e) {
            LOG.log(System.Logger.Level.ERROR, "audit log halted: {0}", e.finding());
            availability.damaged(e.finding());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "a file could not be closed: {0}", e.toString());
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, "audit log halted: the builder failed", e);
            availability.damaged("the builder of trees and tiles failed: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            endKeeper();
        }
        tasks.forEach(task -> task.cancel(false));
        announce();
    }

    private void endKeeper() {
        try {
            keeper.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A pass; after a failed read, which may succeed the next time, a pause. */
    private boolean tryPass(JournalCursor cursor)
            throws JournalDamageException, InterruptedException {
        try {
            boolean any = pass(cursor);
            readsFail = false;
            return any;
        } catch (IOException e) {
            if (!readsFail) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the journal cannot be read back, will be tried on: {0}",
                        e.toString());
            }
            readsFail = true;
            Thread.sleep(Limits.REPAIR_PAUSE);
            return !closing;
        }
    }

    /** Builds some of what is durable by now; whether there was anything. */
    private boolean pass(JournalCursor cursor) throws IOException, JournalDamageException {
        hurried = false;
        boolean any = false;
        Place durable = mark.place();
        long until = bytesSinceState + Limits.PASS_BYTES;
        Optional<Batch> batch = next(cursor, durable);
        while (batch.isPresent()) {
            any = true;
            apply(batch.get());
            // Not all at once: a builder that lags must keep states all the same.
            batch = bytesSinceState < until ? next(cursor, durable) : Optional.empty();
        }
        built = state.end();
        announce();
        writeTiles();
        if (isStateDue()) {
            keepState();
        }
        return any || (!filled.isEmpty() && !tilesFail);
    }

    private void apply(Batch batch) throws JournalDamageException {
        int before = trees.size();
        Collection<TenantTree> grown = state.apply(batch);
        if (state.trees().size() > before) {
            state.trees().forEach(tree -> trees.put(tree.tenant(), tree));
        }
        for (TenantTree tree : grown) {
            if (tree.fillsBundle()) {
                filled.add(tree);
            }
        }
        bytesSinceState += batch.header().extent();
    }

    private Optional<Batch> next(JournalCursor cursor, Place durable)
            throws IOException, JournalDamageException {
        return tilesFail && tailRecords() >= Limits.TAIL_RECORDS_MAX
                ? Optional.empty()
                : cursor.next(durable);
    }

    /** Records that wait for tiles which cannot be written. */
    private long tailRecords() {
        return filled.stream().mapToLong(tree -> tree.size() - tree.bundled()).sum();
    }

    /** Writes what is due, at least one bundle; leaves the rest if somebody waits for the trees. */
    private void writeTiles() throws JournalDamageException {
        try {
            Iterator<TenantTree> trees = filled.iterator();
            while (trees.hasNext()) {
                TenantTree tree = trees.next();
                while (tree.fillsBundle()) {
                    tiles.writeBundle(tree);
                    if (hurried) {
                        return;
                    }
                }
                trees.remove();
            }
            tilesFail = false;
        } catch (IOException e) {
            if (!tilesFail) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "tiles cannot be written, will be tried on: {0}",
                        e.toString());
            }
            tilesFail = true;
        }
    }

    private boolean isStateDue() {
        if (!keeper.isFree()) {
            return false;
        }
        takeBack();
        return bytesSinceState >= Limits.STATE_BYTES
                || (bytesSinceState > 0
                        && System.nanoTime() - stateNanos >= Limits.STATE_INTERVAL.toNanos());
    }

    /** A state that could not be kept is made up for by the next one. */
    private void takeBack() {
        Optional<StateKeeper.Keep> failed = keeper.takeFailed();
        if (failed.isPresent()) {
            tiles.putBack(failed.get().files());
            bytesSinceState += failed.get().journalBytes();
            stateNanos = System.nanoTime();
        }
    }

    /** Gives the state to its keeper, which must be free. */
    private void keepState() {
        takeBack();
        if (bytesSinceState == 0 || tilesFail) {
            return;
        }
        byte[] encoded = StateFile.encode(state, segments.last());
        keeper.keep(new StateKeeper.Keep(encoded, tiles.takeUnsynced(), bytesSinceState));
        bytesSinceState = 0;
        stateNanos = System.nanoTime();
    }

    private void announce() {
        lock.lock();
        try {
            advanced.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
