package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.tree.StateFile;
import dev.mapsovereign.auditlog.tree.TileFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Syncs tiles and keeps states beside the builder, one state at a time, on a thread of its own: the
 * sync of some hundred files can take a busy disk a second, in which the builder's next tiles would
 * not be written.
 */
final class StateKeeper {
    private static final System.Logger LOG = System.getLogger(StateKeeper.class.getName());

    private final StateFile stateFile;
    private final TileFiles tiles;
    private final BuilderLag lag;
    private final Thread thread;

    /** Covers the fields below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private Optional<Keep> given = Optional.empty();
    private Optional<Keep> failed = Optional.empty();
    private boolean closing;

    /**
     * A state to be kept.
     *
     * @param state as {@link StateFile#encode} gave it
     * @param files the tiles that it counts on and that are not synced
     * @param journalBytes how much more of the journal it holds than the one before
     */
    record Keep(byte[] state, Set<Path> files, long journalBytes) {}

    StateKeeper(StateFile stateFile, TileFiles tiles, BuilderLag lag) {
        this.stateFile = stateFile;
        this.tiles = tiles;
        this.lag = lag;
        this.thread = Thread.ofPlatform().name("audit-state").daemon().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Whether the last state given is kept, or could not be. */
    boolean isFree() {
        lock.lock();
        try {
            return given.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Gives a state; to be called while this is free. */
    void keep(Keep state) {
        lock.lock();
        try {
            given = Optional.of(state);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The state that could not be kept, once: its files are not synced, the one before counts. */
    Optional<Keep> takeFailed() {
        lock.lock();
        try {
            Optional<Keep> taken = failed;
            failed = Optional.empty();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until this is free. */
    void awaitFree() throws InterruptedException {
        lock.lock();
        try {
            while (given.isPresent()) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Keeps what was given and ends. */
    void close() throws InterruptedException {
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        thread.join();
    }

    private void run() {
        for (Optional<Keep> next = next(); next.isPresent(); next = next()) {
            boolean kept = false;
            try {
                tiles.sync(next.get().files());
                stateFile.write(next.get().state());
                lag.kept(next.get().journalBytes());
                kept = true;
            } catch (IOException | RuntimeException e) {
                // The one before still serves; a start reads a little more.
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the audit log's state cannot be kept: {0}",
                        e.toString());
            } finally {
                finish(kept);
            }
        }
    }

    private Optional<Keep> next() {
        lock.lock();
        try {
            while (given.isEmpty() && !closing) {
                changed.awaitUninterruptibly();
            }
            return given;
        } finally {
            lock.unlock();
        }
    }

    private void finish(boolean kept) {
        lock.lock();
        try {
            failed = kept ? Optional.empty() : given;
            given = Optional.empty();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
