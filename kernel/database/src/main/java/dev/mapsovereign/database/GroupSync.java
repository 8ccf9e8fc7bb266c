package dev.mapsovereign.database;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets many callers share one sync of the disk. Whoever calls {@link #join} after a commit returns
 * once a sync that <em>began later</em> has ended; all that arrive while one sync runs share the
 * next. So the disk is asked as often as it can answer and never once per caller.
 *
 * <p>Syncs run on a thread of their own: no caller's interruption reaches the file, and a hung disk
 * holds this thread only, while callers leave by their deadline.
 */
final class GroupSync<T> implements AutoCloseable {
    /** Makes all that was committed before survive a power cut; says what it synced. */
    interface Sync<T> {
        T run() throws Exception;
    }

    private static final String UNKNOWN = "committed, but not known to be on the disk: ";

    private final Sync<T> sync;
    private final Thread thread;

    /** Covers {@link #next}, {@link #wanted} and {@link #closed}; held for a few instructions. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition work = lock.newCondition();

    /** What callers wait for that arrive now. */
    private CompletableFuture<T> next = new CompletableFuture<>();

    private boolean wanted;
    private boolean closed;

    GroupSync(Sync<T> sync) {
        this.sync = sync;
        thread = Thread.ofPlatform().name("map-database-sync").daemon().start(this::serve);
    }

    /**
     * Waits until a sync that began after this call has ended well.
     *
     * @return what it synced
     * @throws DatabaseUnavailableException if it failed or did not end in time; what was committed
     *     before is then visible and may or may not survive a power cut
     */
    T join(Duration limit) {
        CompletableFuture<T> mine = enter();
        try {
            return mine.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw unknown(Faults.text(cause), cause);
        } catch (TimeoutException e) {
            throw unknown("the disk did not answer within " + limit.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unknown("interrupted while waiting for the disk", e);
        }
    }

    private CompletableFuture<T> enter() {
        lock.lock();
        try {
            if (closed) {
                throw unknown("the database is being closed");
            }
            wanted = true;
            work.signal();
            return next;
        } finally {
            lock.unlock();
        }
    }

    private void serve() {
        while (true) {
            CompletableFuture<T> round;
            lock.lock();
            try {
                while (!wanted && !closed) {
                    work.awaitUninterruptibly();
                }
                if (!wanted) {
                    return;
                }
                round = next;
                next = new CompletableFuture<>();
                wanted = false;
            } finally {
                lock.unlock();
            }
            run(round);
        }
    }

    private void run(CompletableFuture<T> round) {
        try {
            round.complete(sync.run());
        } catch (Exception | Error e) {
            round.completeExceptionally(e);
        }
    }

    /** Ends the thread after the syncs that were asked for; waits a bounded time. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            work.signal();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(Limits.SYNC);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static DatabaseUnavailableException unknown(String why) {
        return new DatabaseUnavailableException(UNKNOWN + why);
    }

    private static DatabaseUnavailableException unknown(String why, Throwable cause) {
        return new DatabaseUnavailableException(UNKNOWN + why, cause);
    }
}
