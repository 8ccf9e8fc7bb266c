package dev.mapsovereign.database;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.LockSupport;
import org.h2.store.fs.FileBaseDefault;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/**
 * A disk for H2 that forgets on demand: {@link Disk#afterPowerCut} is what a file holds when only
 * what was synced survived. Used as {@code powercut:PATH}; writes can be slow, writes and syncs can
 * fail.
 */
public final class PowerCutFilePath extends FilePathWrapper {
    static final String SCHEME = "powercut";

    private static final ConcurrentMap<String, Disk> DISKS = new ConcurrentHashMap<>();

    /** For H2, which makes one for each path. */
    public PowerCutFilePath() {}

    static void register() {
        FilePath.register(new PowerCutFilePath());
    }

    static Disk disk(Path database) {
        return DISKS.computeIfAbsent(database + ".mv.db", name -> new Disk());
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FileChannel open(String mode) throws IOException {
        String name = toString().substring(SCHEME.length() + 1);
        return new PowerCutFile(
                getBase().open(mode), DISKS.computeIfAbsent(name, path -> new Disk()));
    }

    /** What is known of one file, across openings. The monitor covers what is not volatile. */
    static final class Disk {
        private final List<Change> pending = new ArrayList<>();
        private byte[] synced = new byte[1 << 20];
        private int size;
        private int syncs;
        private volatile long writeNanos;
        private volatile Optional<IOException> writeFault = Optional.empty();
        private volatile Optional<IOException> syncFault = Optional.empty();

        void slowWrites(long nanos) {
            writeNanos = nanos;
        }

        void failWrites(Optional<IOException> fault) {
            writeFault = fault;
        }

        void failSyncs(Optional<IOException> fault) {
            syncFault = fault;
        }

        synchronized int syncs() {
            return syncs;
        }

        /** Writes to {@code copy} what the file holds after a power cut at this moment. */
        void afterPowerCut(Path copy) throws IOException {
            byte[] survivor;
            synchronized (this) {
                survivor = Arrays.copyOf(synced, size);
            }
            Files.write(copy, survivor);
        }

        private synchronized void add(Change change) {
            pending.add(change);
        }

        private synchronized void sync() throws IOException {
            if (syncFault.isPresent()) {
                pending.clear(); // as Linux does: the pages are clean after a failed fsync
                throw syncFault.get();
            }
            pending.forEach(this::apply);
            pending.clear();
            syncs++;
        }

        private void apply(Change change) {
            switch (change) {
                case Write write -> {
                    int position = Math.toIntExact(write.position());
                    int end = position + write.bytes().length;
                    if (end > synced.length) {
                        synced = Arrays.copyOf(synced, end + end / 4);
                    }
                    System.arraycopy(write.bytes(), 0, synced, position, write.bytes().length);
                    size = Math.max(size, end);
                }
                case Truncate truncate -> size = Math.min(size, Math.toIntExact(truncate.size()));
            }
        }
    }

    private sealed interface Change {}

    private record Write(long position, byte[] bytes) implements Change {}

    private record Truncate(long size) implements Change {}

    private static final class PowerCutFile extends FileBaseDefault {
        private final FileChannel base;
        private final Disk disk;

        PowerCutFile(FileChannel base, Disk disk) {
            this.base = base;
            this.disk = disk;
        }

        @Override
        public synchronized int read(ByteBuffer to, long position) throws IOException {
            return base.read(to, position);
        }

        @Override
        public synchronized int write(ByteBuffer from, long position) throws IOException {
            LockSupport.parkNanos(disk.writeNanos);
            if (disk.writeFault.isPresent()) {
                throw disk.writeFault.get();
            }
            byte[] bytes = new byte[from.remaining()];
            from.duplicate().get(bytes);
            int written = base.write(from, position);
            disk.add(new Write(position, Arrays.copyOf(bytes, written)));
            return written;
        }

        @Override
        protected void implTruncate(long size) throws IOException {
            base.truncate(size);
            disk.add(new Truncate(size));
        }

        @Override
        public void force(boolean metaData) throws IOException {
            disk.sync();
        }

        @Override
        public long size() throws IOException {
            return base.size();
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) throws IOException {
            return base.tryLock(position, size, shared);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            base.close();
        }
    }
}
