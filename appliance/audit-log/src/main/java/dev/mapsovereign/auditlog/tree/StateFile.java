package dev.mapsovereign.auditlog.tree;

import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.journal.JournalFormat;
import dev.mapsovereign.auditlog.journal.Place;
import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.auditlog.journal.SegmentHeader;
import dev.mapsovereign.auditlog.journal.SegmentWindow;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.PreparedRecord;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleProofs;
import dev.mapsovereign.base.merkle.TreeFrontier;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Keeps a {@link LogState} in a file for a fast start. A copy and nothing more: lost or broken, it
 * is made again from the journal. It ends with its own SHA-256. Hashes of the tail are not kept but
 * computed from the journal when it is loaded, which shows at once that both still fit together.
 */
public final class StateFile {
    private static final long MAGIC = 0x4d41505354415431L; // MAPSTAT1
    private static final int HASH = LogState.HASH_BYTES;

    private final Path file;

    /**
     * @param file where it is kept
     */
    public StateFile(Path file) {
        this.file = file;
    }

    /**
     * Up to where a state goes that is kept there, without what it says of trees.
     *
     * @return empty if there is no such file, or it is not whole
     */
    public static Optional<Place> end(Path file) throws IOException {
        Optional<byte[]> bytes = whole(file);
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes.get()));
        in.skipNBytes(Long.BYTES + SegmentHeader.ID_BYTES);
        return Optional.of(place(in));
    }

    /** The bytes of a state, to be kept by {@link #write}. */
    public static byte[] encode(LogState state, SegmentHeader journal) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            encode(state, journal, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot be written", e);
        }
        return bytes.toByteArray();
    }

    private static void encode(LogState state, SegmentHeader journal, ByteArrayOutputStream bytes)
            throws IOException {
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(MAGIC);
        out.write(journal.journalId());
        put(out, state.end());
        put(out, state.lastBatchAt());
        out.writeLong(state.lastBatch());
        out.write(state.lastDigest());
        out.writeLong(state.lastMicros());
        out.writeLong(state.lastIntent());
        out.writeInt(state.trees().size());
        for (TenantTree tree : state.trees()) {
            put(out, tree);
        }
        List<OpenIntent> intents = state.intents();
        out.writeInt(intents.size());
        for (OpenIntent intent : intents) {
            out.writeLong(intent.number());
            out.writeInt(intent.tenant());
            byte[] record = IntentFormat.encode(intent.record());
            out.writeInt(record.length);
            out.write(record);
        }
        bytes.write(Sha256.hash(bytes.toByteArray()));
    }

    /** Keeps a state, synced. All bundles that its trees count on must have been synced before. */
    public void write(byte[] encoded) throws IOException {
        DurableFiles.write(file, encoded, Mode.PRIVATE);
    }

    /**
     * The state that was kept.
     *
     * @return empty if there is none, or one that cannot be used; then the journal tells all
     * @throws JournalDamageException if the state is whole and the journal is not what it counts on
     */
    public Optional<LogState> read(SegmentFolder segments)
            throws IOException, JournalDamageException {
        Optional<byte[]> bytes = whole(file);
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes.get()));
        in.skipNBytes(Long.BYTES);
        return read(in, segments);
    }

    /** All but the digest at the end, where that and the beginning are as they must be. */
    private static Optional<byte[]> whole(Path file) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        int end = bytes.length - Sha256.BYTES;
        byte[] stated = Arrays.copyOf(bytes, Math.max(0, end));
        boolean whole =
                end >= Long.BYTES
                        && ByteBuffer.wrap(bytes).getLong() == MAGIC
                        && Arrays.equals(
                                Sha256.hash(stated), Arrays.copyOfRange(bytes, end, bytes.length));
        return whole ? Optional.of(stated) : Optional.empty();
    }

    private Optional<LogState> read(DataInputStream in, SegmentFolder segments)
            throws IOException, JournalDamageException {
        byte[] journalId = in.readNBytes(SegmentHeader.ID_BYTES);
        if (segments.isEmpty() || !Arrays.equals(journalId, segments.last().journalId())) {
            throw new JournalDamageException(file + " was made from another journal than this one");
        }
        Place end = place(in);
        Place lastBatchAt = place(in);
        long lastBatch = in.readLong();
        byte[] lastDigest = in.readNBytes(Sha256.BYTES);
        long lastMicros = in.readLong();
        long lastIntent = in.readLong();
        if (end.segment() > 0 && end.segment() < segments.wholeFrom()) {
            // Older than the pruned journal's beginning: an old copy of the file.
            return Optional.empty();
        }
        if (end.segment() > segments.last().segment()) {
            throw new JournalDamageException(
                    "segment "
                            + end.segment()
                            + " of the journal is missing, which "
                            + file
                            + " counts on");
        }
        List<TenantTree> trees = new ArrayList<>();
        List<TailPlace> tails = new ArrayList<>();
        int count = in.readInt();
        for (int number = 0; number < count; number++) {
            trees.add(tree(in, number, tails));
        }
        restoreTails(segments, trees, tails);
        return Optional.of(
                new LogState(
                        trees,
                        intents(in),
                        end,
                        lastBatchAt,
                        lastBatch,
                        lastDigest,
                        lastMicros,
                        lastIntent));
    }

    private static void put(DataOutputStream out, TenantTree tree) throws IOException {
        TenantTree.Summary summary = tree.summary();
        out.writeUTF(tree.tenant().value());
        out.writeInt(tree.epoch());
        out.writeLong(summary.size());
        for (byte[] peak : tree.peaks()) {
            out.write(peak);
        }
        out.write(summary.head());
        out.writeLong(summary.bytes());
        out.writeLong(summary.bundled());
        out.write(tree.bundledHead());
        List<byte[]> upper = tree.upper();
        out.writeInt(upper.size());
        for (byte[] row : upper) {
            out.writeInt(row.length);
            out.write(row);
        }
        for (long index = summary.bundled(); index < summary.size(); index++) {
            TenantTree.TailRecord record = tree.tail(index).orElseThrow();
            put(out, record.at());
            out.writeInt(record.length());
        }
    }

    /** A record of a tail, to be read from the journal. */
    private record TailPlace(int tenant, Place at, int length) {}

    private static TenantTree tree(DataInputStream in, int number, List<TailPlace> tails)
            throws IOException {
        TenantId tenant = TenantId.of(in.readUTF());
        int epoch = in.readInt();
        long size = in.readLong();
        TreeFrontier frontier = TreeFrontier.of(size, hashes(in, Long.bitCount(size)));
        byte[] head = in.readNBytes(HASH);
        long bytes = in.readLong();
        long bundled = in.readLong();
        byte[] bundledHead = in.readNBytes(HASH);
        List<byte[]> upper = new ArrayList<>();
        int levels = in.readInt();
        for (int level = 0; level < levels; level++) {
            upper.add(in.readNBytes(in.readInt()));
        }
        for (long index = bundled; index < size; index++) {
            tails.add(new TailPlace(number, place(in), in.readInt()));
        }
        return new TenantTree(
                number, tenant, epoch, frontier, head, bytes, bundled, bundledHead, upper);
    }

    /**
     * In the order of the journal, which is the order of each chain too: one pass over the disk.
     */
    private void restoreTails(SegmentFolder segments, List<TenantTree> trees, List<TailPlace> tails)
            throws IOException, JournalDamageException {
        tails.sort(Comparator.comparing(TailPlace::at));
        byte[][] previous = new byte[trees.size()][];
        for (TenantTree tree : trees) {
            previous[tree.number()] = tree.bundledHead();
        }
        try (TailReader reader = new TailReader(segments)) {
            for (TailPlace tail : tails) {
                byte[] leaf =
                        ChainRule.leaf(
                                previous[tail.tenant()], reader.read(tail.at(), tail.length()));
                byte[] recordHash = ChainRule.recordHash(leaf);
                previous[tail.tenant()] = recordHash;
                trees.get(tail.tenant())
                        .restoreTail(
                                tail.at(), tail.length(), recordHash, ChainRule.leafHash(leaf));
            }
        }
        for (TenantTree tree : trees) {
            if (!Arrays.equals(previous[tree.number()], tree.head())
                    || !Arrays.equals(rootOfParts(tree), tree.summary().root())) {
                throw new JournalDamageException(
                        "the newest records of "
                                + tree.tenant()
                                + " in the journal are not those that "
                                + file
                                + " counts on");
            }
        }
    }

    /** The root from the hashes in memory alone; all that lies below them is in full tiles. */
    private static byte[] rootOfParts(TenantTree tree) {
        TreeSnapshot snapshot = tree.snapshot();
        return MerkleProofs.root(
                snapshot.size(),
                snapshot.reader((level, index) -> {
                    throw new IllegalStateException(
                            "full tile " + level + "/" + index + " is not needed here");
                }));
    }

    private static List<OpenIntent> intents(DataInputStream in) throws IOException {
        List<OpenIntent> intents = new ArrayList<>();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            long number = in.readLong();
            int tenant = in.readInt();
            PreparedRecord record = IntentFormat.decode(in.readNBytes(in.readInt()));
            intents.add(new OpenIntent(number, tenant, record));
        }
        return intents;
    }

    private static List<byte[]> hashes(DataInputStream in, int count) throws IOException {
        List<byte[]> hashes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            hashes.add(in.readNBytes(HASH));
        }
        return hashes;
    }

    private static void put(DataOutputStream out, Place place) throws IOException {
        out.writeLong(place.segment());
        out.writeLong(place.offset());
    }

    private static Place place(DataInputStream in) throws IOException {
        return new Place(in.readLong(), in.readLong());
    }

    /** Reads single records of the journal from the device. */
    private static final class TailReader implements AutoCloseable {
        /** Tails of many tenants lie scattered; each has at most some hundred records. */
        private static final int WINDOW_BYTES = 128 << 10;

        private final SegmentFolder segments;
        private Optional<SegmentWindow> open = Optional.empty();
        private long number;

        TailReader(SegmentFolder segments) {
            this.segments = segments;
        }

        byte[] read(Place at, int length) throws IOException, JournalDamageException {
            if (!segments.has(at.segment())) {
                throw new JournalDamageException(
                        at.segment() == SegmentFolder.CARRIED
                                ? "the journal's carried records are missing"
                                : "segment " + at.segment() + " of the journal is missing");
            }
            if (open.isEmpty() || number != at.segment()) {
                close();
                open =
                        Optional.of(
                                SegmentWindow.onDevice(segments.path(at.segment()), WINDOW_BYTES));
                number = at.segment();
            }
            long page = at.offset() / JournalFormat.PAGE * JournalFormat.PAGE;
            int skip = (int) (at.offset() - page);
            byte[] bytes = open.get().read(page, skip + length, Long.MAX_VALUE);
            if (bytes.length < skip + length) {
                throw new JournalDamageException("the journal ends within the record at " + at);
            }
            return Arrays.copyOfRange(bytes, skip, skip + length);
        }

        @Override
        public void close() throws IOException {
            if (open.isPresent()) {
                open.get().close();
                open = Optional.empty();
            }
        }
    }
}
