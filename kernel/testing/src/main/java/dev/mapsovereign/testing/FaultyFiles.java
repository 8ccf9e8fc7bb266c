package dev.mapsovereign.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * A folder on a disk that fails when told: full, unable to sync, hanging, or without power. The
 * code under test gets {@link #root} and needs no seam of its own, since every file operation of
 * Java goes through the path's file system.
 *
 * <p>{@link #cutPower} leaves the real folder as a power cut might: of each page written since its
 * file's last sync either the old or the new content, of the names made, changed or removed since
 * their folder's last sync only the first few. Afterwards every operation fails, and the real
 * folder is there to be opened again. What is there when this is made counts as durable.
 */
public final class FaultyFiles {
    /** What can be told to fail. */
    public enum Operation {
        /** Opening or creating a file or a folder. */
        OPEN,
        /** A write; nothing of it is done. */
        WRITE,
        /** A write of which only the first half is done before it fails. */
        HALF_WRITE,
        /** A sync; nothing is made durable by it, nor ever after. */
        SYNC,
        /** A rename. */
        RENAME
    }

    private final Path real;
    private final FaultyFileSystem fileSystem;

    /** Held for reading by each operation, for writing while the power is cut. */
    final ReentrantReadWriteLock power = new ReentrantReadWriteLock();

    /** What the disk holds and what is only on its way. */
    final UnsyncedFiles unsynced = new UnsyncedFiles();

    private final List<Fault> faults = new ArrayList<>();
    private volatile boolean dead;

    private FaultyFiles(Path real) {
        this.real = real;
        this.fileSystem = new FaultyFileSystem(this, real.getFileSystem());
    }

    /** A disk with this real folder, which must exist. */
    public static FaultyFiles over(Path folder) {
        return new FaultyFiles(folder.toAbsolutePath());
    }

    /** The folder as the code under test is to see it. */
    public Path root() {
        return fileSystem.wrap(real);
    }

    /**
     * Lets operations fail.
     *
     * @param where asked with the real path
     * @param skip so many matching ones succeed first
     * @param times so many fail then
     */
    public void fail(
            Operation operation, Predicate<Path> where, int skip, int times, String message) {
        synchronized (faults) {
            faults.add(new Fault(operation, where, skip, times, message, new CountDownLatch(0)));
        }
    }

    /** Lets every matching operation wait until the latch is open, then succeed. */
    public void hang(Operation operation, Predicate<Path> where, CountDownLatch until) {
        synchronized (faults) {
            faults.add(new Fault(operation, where, 0, 0, "", until));
        }
    }

    /** Lets everything succeed again. */
    public void heal() {
        synchronized (faults) {
            faults.clear();
        }
    }

    /** Cuts the power; see above for what is left. */
    public void cutPower(RandomGenerator random) throws IOException {
        power.writeLock().lock();
        try {
            dead = true;
            unsynced.lose(random);
        } finally {
            power.writeLock().unlock();
        }
    }

    /** To be called before each operation, with {@link #power} held for reading. */
    void before(Operation operation, Path path) throws IOException {
        if (dead) {
            throw new FileSystemException(path.toString(), null, "the power is cut");
        }
        List<CountDownLatch> waits = new ArrayList<>();
        String failure = null;
        synchronized (faults) {
            for (Fault fault : faults) {
                if (fault.matches(operation, path)) {
                    waits.add(fault.until);
                    failure = fault.fails() ? fault.message : failure;
                }
            }
        }
        await(waits);
        if (failure != null) {
            throw new FileSystemException(path.toString(), null, failure);
        }
    }

    private static void await(List<CountDownLatch> waits) {
        for (CountDownLatch wait : waits) {
            try {
                wait.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UncheckedIOException(new IOException("interrupted", e));
            }
        }
    }

    /** A channel that asks here before it does anything. */
    FileChannel channel(Path path, FileChannel channel) {
        return new FaultyFileChannel(this, path, channel);
    }

    private static final class Fault {
        private final Operation operation;
        private final Predicate<Path> where;
        private final String message;
        private final CountDownLatch until;
        private int skip;
        private int times;

        Fault(
                Operation operation,
                Predicate<Path> where,
                int skip,
                int times,
                String message,
                CountDownLatch until) {
            this.operation = operation;
            this.where = where;
            this.skip = skip;
            this.times = times;
            this.message = message;
            this.until = until;
        }

        boolean matches(Operation asked, Path path) {
            return operation == asked && where.test(path);
        }

        boolean fails() {
            if (skip > 0) {
                skip--;
                return false;
            }
            return times-- > 0;
        }
    }
}
