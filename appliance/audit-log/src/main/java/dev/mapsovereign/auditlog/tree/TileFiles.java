package dev.mapsovereign.auditlog.tree;

import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.journal.Place;
import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.auditlog.journal.WholeReads;
import dev.mapsovereign.auditlog.prune.IndexRange;
import dev.mapsovereign.auditlog.prune.Prune;
import dev.mapsovereign.auditlog.prune.RecordPrunedException;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.Tiles;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;

/**
 * Full tiles and entry bundles on disk, in the layout of C2SP tlog-tiles.
 *
 * <p>They are written where they belong and synced later, many together ({@link #sync}): one sync
 * for each file of 8 KiB would cost more than the journal itself. Until then they are no more than
 * a copy of what the journal holds, and are written again after a crash. One thread writes, any may
 * read.
 */
public final class TileFiles {
    private static final int HASH = MerkleHash.BYTES;
    private static final int FULL_BYTES = Tiles.WIDTH * HASH;
    private static final int LENGTH_BYTES = 2;

    /** Records this near to each other in the journal are read in one piece. */
    private static final int GAP_MAX = 64 << 10;

    private static final int PIECE_BYTES_MAX = 4 << 20;

    /** Beyond this the file system gains nothing from more at once. */
    private static final int SYNCS_AT_ONCE = 8;

    private final Path logs;
    private final SegmentFolder segments;
    private final PruneBook pruned;
    private final MessageDigest sha256 = Sha256.digest();

    /** Written since they were last taken away by {@link #takeUnsynced}; the writer's own. */
    private Set<Path> unsynced = new LinkedHashSet<>();

    private Optional<OpenSegment> open = Optional.empty();

    private record OpenSegment(long number, FileChannel channel) {}

    /**
     * @param logs the folder with one folder a tenant
     */
    public TileFiles(Path logs, SegmentFolder segments, PruneBook pruned) {
        this.logs = logs;
        this.segments = segments;
        this.pruned = pruned;
    }

    /** The folder of a tenant's log. */
    public Path folder(TenantId tenant) {
        return logs.resolve(tenant.value());
    }

    /**
     * Writes the first bundle of the tree's tail and all tiles that it completes, then tells the
     * tree. To be called while {@link TenantTree#fillsBundle}.
     *
     * @throws JournalDamageException if a record in the journal is not what it was when it was
     *     added
     */
    public void writeBundle(TenantTree tree) throws IOException, JournalDamageException {
        List<TenantTree.TailRecord> records = new ArrayList<>(Tiles.WIDTH);
        long first = tree.bundled();
        for (int i = 0; i < Tiles.WIDTH; i++) {
            records.add(tree.tail(first + i).orElseThrow());
        }
        byte[] leaves = new byte[FULL_BYTES];
        byte[] bundle = bundle(records, leaves);
        long index = first / Tiles.WIDTH;
        if (!pruned.of(tree.tenant()).contains(first)) {
            write(tree.tenant(), Tiles.entryBundlePath(index, Tiles.WIDTH), bundle);
        }
        byte[] rootOfLeaves = Tiles.hashWithin(leaves, Tiles.HEIGHT, 0);
        byte[] tile = leaves;
        byte[] root = rootOfLeaves;
        for (int level = 0; ; level++) {
            write(tree.tenant(), Tiles.hashTilePath(level, index, Tiles.WIDTH), tile);
            byte[] above = append(tree.upper(level + 1), root);
            if (above.length < FULL_BYTES) {
                break;
            }
            tile = above;
            root = Tiles.hashWithin(tile, Tiles.HEIGHT, 0);
            index /= Tiles.WIDTH;
        }
        tree.bundled(rootOfLeaves);
    }

    /** The files written since the last call, which nothing may count on yet. */
    public Set<Path> takeUnsynced() {
        Set<Path> taken = unsynced;
        unsynced = new LinkedHashSet<>();
        return taken;
    }

    /** Files that were taken away and could not be synced. */
    public void putBack(Set<Path> files) {
        unsynced.addAll(files);
    }

    /**
     * Makes files survive a power cut; from any thread. Several at once, so that the file system
     * commits their metadata together: one after the other would cost a commit each.
     */
    public void sync(Set<Path> files) throws IOException {
        syncFiles(List.copyOf(files));
        Set<Path> folders = new LinkedHashSet<>();
        for (Path file : files) {
            for (Path folder = file.getParent();
                    folder != null && folder.startsWith(logs);
                    folder = folder.getParent()) {
                folders.add(folder);
            }
        }
        for (Path folder : folders) {
            DurableFiles.syncDirectory(folder);
        }
    }

    private void syncFiles(List<Path> files) throws IOException {
        int shares = Math.min(SYNCS_AT_ONCE, files.size());
        List<Callable<Integer>> syncs = new ArrayList<>();
        for (int share = 0; share < shares; share++) {
            int first = share;
            syncs.add(() -> syncEach(files, first, shares));
        }
        if (syncs.isEmpty()) {
            return;
        }
        ThreadFactory named = Thread.ofPlatform().daemon().name("audit-tiles-", 0).factory();
        try (ExecutorService threads = Executors.newFixedThreadPool(shares, named)) {
            for (Future<Integer> done : threads.invokeAll(syncs)) {
                var _ = done.get();
            }
        } catch (ExecutionException e) {
            throw new IOException("a tile could not be synced", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while tiles were synced");
        }
    }

    private int syncEach(List<Path> files, int first, int step) throws IOException {
        int synced = 0;
        for (int i = first; i < files.size(); i += step) {
            try (FileChannel channel = FileChannel.open(files.get(i), StandardOpenOption.WRITE)) {
                channel.force(false);
            } catch (NoSuchFileException e) {
                if (!isPruned(files.get(i))) {
                    throw e;
                }
            }
            synced++;
        }
        return synced;
    }

    /** Whether a file is an entry bundle that went before it was synced. */
    private boolean isPruned(Path file) {
        Path name = logs.relativize(file);
        Path entries = Path.of("tile", "entries");
        if (!name.subpath(1, 3).equals(entries)) {
            return false;
        }
        StringBuilder digits = new StringBuilder();
        name.subpath(3, name.getNameCount())
                .forEach(part -> digits.append(part.toString().replace("x", "")));
        return pruned.of(TenantId.of(name.getName(0).toString()))
                .contains(Long.parseLong(digits.toString()) * Tiles.WIDTH);
    }

    /** A full tile that was written. */
    public byte[] tile(TenantId tenant, int level, long index) {
        return read(tenant, Tiles.hashTilePath(level, index, Tiles.WIDTH), FULL_BYTES);
    }

    /**
     * A full entry bundle that was written.
     *
     * @throws RecordPrunedException if it was pruned since
     */
    public byte[] entryBundle(TenantId tenant, long index) {
        requireKept(tenant, index * Tiles.WIDTH);
        return read(tenant, Tiles.entryBundlePath(index, Tiles.WIDTH), -1);
    }

    /** The length in bytes of a full entry bundle that was written; else as that. */
    public long entryBundleLength(TenantId tenant, long index) {
        requireKept(tenant, index * Tiles.WIDTH);
        Path file = folder(tenant).resolve(Tiles.entryBundlePath(index, Tiles.WIDTH));
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + file, e);
        }
    }

    /**
     * Nothing, for a record that was not pruned.
     *
     * @throws RecordPrunedException for any other
     */
    public void requireKept(TenantId tenant, long index) {
        if (pruned.of(tenant).contains(index)) {
            throw pruned.refusal(tenant, index);
        }
    }

    /**
     * Removes the entry bundles of a prune that the book tells of, those that are there; from any
     * thread.
     */
    public void remove(Prune prune) throws IOException {
        Set<Path> folders = new LinkedHashSet<>();
        for (IndexRange range : prune.removed()) {
            for (long at = range.from(); at < range.to(); at += Tiles.WIDTH) {
                Path file =
                        folder(prune.tenant())
                                .resolve(Tiles.entryBundlePath(at / Tiles.WIDTH, Tiles.WIDTH));
                if (Files.deleteIfExists(file)) {
                    folders.add(file.resolveSibling(""));
                }
            }
        }
        for (Path folder : folders) {
            DurableFiles.syncDirectory(folder);
        }
    }

    /** Closes what is open for reading the journal. */
    public void close() throws IOException {
        if (open.isPresent()) {
            open.get().channel().close();
            open = Optional.empty();
        }
    }

    private byte[] read(TenantId tenant, String name, int length) {
        Path file = folder(tenant).resolve(name);
        try {
            byte[] bytes = WholeReads.all(file);
            if (length >= 0 && bytes.length != length) {
                throw new IOException(
                        file + " has " + bytes.length + " bytes instead of " + length);
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /** The bundle of those records; their leaf hashes go to {@code leaves}. */
    private byte[] bundle(List<TenantTree.TailRecord> records, byte[] leaves)
            throws IOException, JournalDamageException {
        int size = 0;
        for (TenantTree.TailRecord record : records) {
            size += LENGTH_BYTES + HASH + record.length();
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        for (int from = 0; from < records.size(); ) {
            int to = pieceEnd(records, from);
            byte[] piece = readPiece(records.get(from), records.get(to - 1));
            for (int i = from; i < to; i++) {
                TenantTree.TailRecord record = records.get(i);
                int at = (int) (record.at().offset() - records.get(from).at().offset());
                putEntry(out, record, piece, at);
                int leaf = HASH + record.length();
                byte[] hash = ChainRule.leafHash(sha256, out.array(), out.position() - leaf, leaf);
                if (!Arrays.equals(hash, record.leafHash())) {
                    throw new JournalDamageException(
                            "the record at " + record.at() + " of the journal has changed");
                }
                System.arraycopy(record.leafHash(), 0, leaves, i * HASH, HASH);
            }
            from = to;
        }
        return out.array();
    }

    private static void putEntry(
            ByteBuffer out, TenantTree.TailRecord record, byte[] piece, int at) {
        out.putShort((short) (HASH + record.length()));
        out.put(record.previousHash()).put(piece, at, record.length());
    }

    private static int pieceEnd(List<TenantTree.TailRecord> records, int from) {
        Place start = records.get(from).at();
        int to = from + 1;
        while (to < records.size()) {
            TenantTree.TailRecord before = records.get(to - 1);
            Place next = records.get(to).at();
            boolean near =
                    next.segment() == start.segment()
                            && next.offset() - before.at().offset() - before.length() <= GAP_MAX
                            && next.offset() - start.offset() <= PIECE_BYTES_MAX;
            if (!near) {
                break;
            }
            to++;
        }
        return to;
    }

    private byte[] readPiece(TenantTree.TailRecord first, TenantTree.TailRecord last)
            throws IOException {
        Place at = first.at();
        int length = (int) (last.at().offset() + last.length() - at.offset());
        ByteBuffer into = ByteBuffer.allocate(length);
        FileChannel channel = channel(at.segment());
        while (into.hasRemaining()) {
            if (channel.read(into, at.offset() + into.position()) < 0) {
                throw new IOException("the journal ends within the records at " + at);
            }
        }
        return into.array();
    }

    private FileChannel channel(long segment) throws IOException {
        if (open.isEmpty() || open.get().number() != segment) {
            close();
            open =
                    Optional.of(
                            new OpenSegment(
                                    segment,
                                    FileChannel.open(
                                            segments.path(segment), StandardOpenOption.READ)));
        }
        return open.get().channel();
    }

    private void write(TenantId tenant, String name, byte[] content) throws IOException {
        Path file = folder(tenant).resolve(name);
        Path parent = file.getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            DurableFiles.createDirectories(parent, Mode.PRIVATE);
        }
        unsynced.add(file);
        Files.write(
                file,
                content,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING);
    }

    private static byte[] append(byte[] row, byte[] hash) {
        byte[] longer = Arrays.copyOf(row, row.length + HASH);
        System.arraycopy(hash, 0, longer, row.length, HASH);
        return longer;
    }
}
