package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.base.durable.AppendFile;
import dev.mapsovereign.base.durable.Mode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps the next segment ready, filled with zeros and synced, as long as the disk keeps its floor;
 * and looks whether all segments are still there, unchanged in length and inode. A thread for each,
 * so that neither costs the committer anything, and a disk that takes its time over a new segment
 * does not keep a missing one from being noticed.
 */
final class SegmentKeeper {
    private static final System.Logger LOG = System.getLogger(SegmentKeeper.class.getName());

    private final Path folder;
    private final long segmentBytes;
    private final long floorBytes;
    private final SegmentFolder segments;
    private final Availability availability;
    private final OutsideChange change;
    private final Thread thread;
    private final Thread watch;

    /** Covers the fields below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private Optional<AppendFile> standby = Optional.empty();
    private Optional<String> obstacle = Optional.empty();
    private boolean closing;

    /** The keeper's thread's own. */
    private int fills;

    /**
     * @param change told of what is found, by one thread of this keeper
     */
    SegmentKeeper(
            Path folder,
            long segmentBytes,
            long floorBytes,
            SegmentFolder segments,
            Availability availability,
            OutsideChange change) {
        this.folder = folder;
        this.segmentBytes = segmentBytes;
        this.floorBytes = floorBytes;
        this.segments = segments;
        this.availability = availability;
        this.change = change;
        this.thread = Thread.ofPlatform().name("audit-segments").daemon().unstarted(this::run);
        this.watch = Thread.ofPlatform().name("audit-watch").daemon().unstarted(this::watch);
    }

    void start() {
        thread.start();
        watch.start();
    }

    /** Bytes of the standby, if there is one. */
    long filledBytes() {
        lock.lock();
        try {
            return standby.isPresent() ? segmentBytes : 0;
        } finally {
            lock.unlock();
        }
    }

    /** Why there is no standby, if that has a reason. */
    Optional<String> obstacle() {
        lock.lock();
        try {
            return obstacle;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a standby; false at once if there is a reason why there is none. */
    boolean awaitStandby(Duration atMost) {
        long left = atMost.toNanos();
        lock.lock();
        try {
            while (standby.isEmpty() && obstacle.isEmpty() && !closing && left > 0) {
                left = changed.awaitNanos(left);
            }
            return standby.isPresent();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Hands the standby out; it is the taker's to close, and its path stays {@code standby} until
     * renamed. The next one is begun.
     *
     * @throws IOException if there is none
     */
    AppendFile take() throws IOException {
        lock.lock();
        try {
            AppendFile taken =
                    standby.orElseThrow(() ->
                            new FileSystemException(
                                    folder.toString(),
                                    null,
                                    obstacle.orElse("the next segment is not ready")));
            standby = Optional.empty();
            changed.signalAll();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing is written any more. */
    boolean ended() {
        return !thread.isAlive() && !watch.isAlive();
    }

    /** Ends the threads and closes the standby. */
    void end() throws IOException, InterruptedException {
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        thread.join(Limits.CLOSE_WAIT);
        watch.join(Limits.CLOSE_WAIT);
        lock.lock();
        try {
            if (standby.isPresent()) {
                standby.get().close();
                standby = Optional.empty();
            }
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        deleteLeftovers();
        while (pause()) {
            if (filledBytes() == 0) {
                fill();
            }
        }
    }

    private void watch() {
        do {
            look();
        } while (pauseWhole());
    }

    /** Waits whatever there is to do; false when it is time to end. */
    private boolean pauseWhole() {
        long left = Limits.KEEPER_INTERVAL.toNanos();
        lock.lock();
        try {
            while (!closing && left > 0) {
                left = changed.awaitNanos(left);
            }
            return !closing;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until there is something to do; false when it is time to end. */
    private boolean pause() {
        long left = Limits.KEEPER_INTERVAL.toNanos();
        lock.lock();
        try {
            while (!closing && (standby.isPresent() || obstacle.isPresent()) && left > 0) {
                left = changed.awaitNanos(left);
            }
            return !closing;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** What an earlier process had filled; it may be filled by half. */
    private void deleteLeftovers() {
        try (DirectoryStream<Path> leftovers =
                Files.newDirectoryStream(folder, SegmentFolder.STANDBY + "*")) {
            for (Path leftover : leftovers) {
                Files.deleteIfExists(leftover);
            }
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "an old standby segment cannot be removed: {0}",
                    e.toString());
        }
    }

    private void look() {
        Optional<String> finding = segments.finding();
        availability.segments(finding);
        if (finding.isPresent()) {
            change.noticed(finding.get());
        } else if (availability.halted().isEmpty()) {
            change.whole();
        }
    }

    private void fill() {
        Optional<String> reason = Optional.empty();
        Optional<AppendFile> filled = Optional.empty();
        try {
            FileStore store = Files.getFileStore(folder);
            long free = store.getUsableSpace();
            if (free < segmentBytes + floorBytes) {
                reason =
                        Optional.of(
                                "the disk of "
                                        + folder
                                        + " has "
                                        + free
                                        + " bytes left, another segment needs "
                                        + (segmentBytes + floorBytes));
            } else {
                filled = Optional.of(fillNew());
            }
        } catch (IOException e) {
            reason = Optional.of("no segment can be made in " + folder + ": " + e.getMessage());
        }
        note(filled, reason);
    }

    private void note(Optional<AppendFile> filled, Optional<String> reason) {
        lock.lock();
        try {
            if (reason.isPresent() && obstacle.isEmpty()) {
                LOG.log(System.Logger.Level.WARNING, reason.get());
            }
            standby = filled;
            obstacle = reason;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (filled.isPresent()) {
            availability.space();
        }
    }

    private AppendFile fillNew() throws IOException {
        // Each has a name of its own: the one handed out may not have been renamed yet.
        Path path = folder.resolve(SegmentFolder.STANDBY + "-" + ++fills);
        AppendFile file = AppendFile.create(path, Mode.PRIVATE);
        try {
            file.preallocate(segmentBytes);
            return file;
        } catch (IOException e) {
            file.close();
            // Whatever it took of a full disk is needed elsewhere.
            Files.deleteIfExists(path);
            throw e;
        }
    }
}
