package dev.mapsovereign.database.h2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.store.fs.FileBaseDefault;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.async.FilePathAsync;

/**
 * H2's files, {@code map:PATH}: through an {@code AsynchronousFileChannel}, as {@code async:} does,
 * and with writes that a full disk delays instead of failing.
 *
 * <p>A plain FileChannel is closed when a thread that uses it is interrupted, and with it the whole
 * database, once beyond repair. And H2 takes a failed write for the end of its store: it closes the
 * file and opens it anew, which fails too while the disk is full, and can leave a store behind that
 * nobody knows of and that keeps the file locked as long as the process lives. So a write that
 * fails is tried on until it succeeds: to H2 a full disk is a slow one. Callers leave by their
 * deadlines meanwhile, and {@link #waits} says so.
 */
public final class H2FilePath extends FilePathAsync {
    /** How such a path begins, before the colon. */
    public static final String SCHEME = "map";

    private static final System.Logger LOG = System.getLogger(H2FilePath.class.getName());
    private static final Duration PAUSE = Duration.ofMillis(100);

    /** By path, without the scheme. */
    private static final ConcurrentMap<String, State> STATES = new ConcurrentHashMap<>();

    /** For H2, which makes one for each path. */
    public H2FilePath() {}

    /** What is known of one file. */
    private static final class State {
        /** Writes that are being tried on. */
        final AtomicInteger waiting = new AtomicInteger();

        /** Whether a write may fail: the database is being closed, and nobody waits any more. */
        volatile boolean mayFail;
    }

    /** Makes the scheme known to H2; once is enough. */
    public static void register() {
        FilePath.register(new H2FilePath());
    }

    /** Whether a write to that file waits for its disk. */
    public static boolean waits(Path file) {
        return state(file).waiting.get() > 0;
    }

    /** From now on its writes wait where its disk fails; so they do unless told otherwise. */
    public static void startWaiting(Path file) {
        state(file).mayFail = false;
    }

    /**
     * From now on, and until {@link #startWaiting}, its writes fail where its disk does. H2 opens
     * the file anew by itself after such a failure, which changes nothing here.
     */
    public static void stopWaiting(Path file) {
        state(file).mayFail = true;
    }

    private static State state(Path file) {
        String path;
        try {
            path = file.toRealPath().toString(); // as H2 calls it
        } catch (IOException e) {
            path = file.toString();
        }
        return state(path);
    }

    private static State state(String path) {
        return STATES.computeIfAbsent(path, any -> new State());
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FileChannel open(String mode) throws IOException {
        State state = state(name.substring(SCHEME.length() + 1));
        return new PatientFile(super.open(mode), name, state);
    }

    /** An open file whose writes do not fail while it is wanted; for many threads at once. */
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // each reads and writes at its place
    private static final class PatientFile extends FileBaseDefault {
        private final FileChannel channel;
        private final String name;
        private final State state;

        PatientFile(FileChannel channel, String name, State state) {
            this.channel = channel;
            this.name = name;
            this.state = state;
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            int begin = from.position();
            try {
                return channel.write(from, position);
            } catch (ClosedChannelException e) {
                throw e;
            } catch (IOException e) {
                return writeInTheEnd(from.position(begin), position, e);
            }
        }

        private int writeInTheEnd(ByteBuffer from, long position, IOException first)
                throws IOException {
            int begin = from.position();
            IOException failure = first;
            boolean interrupted = false;
            if (state.waiting.getAndIncrement() == 0) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0} cannot be written, will be tried on: {1}",
                        name,
                        first.getMessage());
            }
            try {
                while (true) {
                    if (state.mayFail) {
                        throw failure;
                    }
                    try {
                        TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
                    } catch (InterruptedException e) {
                        interrupted = true; // no caller's interruption reaches the file
                    }
                    try {
                        return channel.write(from.position(begin), position);
                    } catch (ClosedChannelException e) {
                        throw e;
                    } catch (IOException e) {
                        failure = e;
                    }
                }
            } finally {
                if (state.waiting.decrementAndGet() == 0) {
                    LOG.log(System.Logger.Level.INFO, "{0}: nothing waits any more", name);
                }
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) throws IOException {
            return channel.tryLock(position, size, shared);
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public int read(ByteBuffer to, long position) throws IOException {
            return channel.read(to, position);
        }

        @Override
        protected void implTruncate(long size) throws IOException {
            channel.truncate(size);
        }

        @Override
        public void force(boolean metaData) throws IOException {
            channel.force(metaData);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            channel.close();
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
