package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.checkpoint.NoteStore;
import dev.mapsovereign.auditlog.journal.Batch;
import dev.mapsovereign.auditlog.journal.BatchHeader;
import dev.mapsovereign.auditlog.journal.BatchReader;
import dev.mapsovereign.auditlog.journal.JournalCursor;
import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.journal.JournalFormat;
import dev.mapsovereign.auditlog.journal.Place;
import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.auditlog.journal.SegmentHeader;
import dev.mapsovereign.auditlog.journal.SegmentWindow;
import dev.mapsovereign.auditlog.tree.LogState;
import dev.mapsovereign.auditlog.tree.StateFile;
import dev.mapsovereign.auditlog.tree.TenantTree;
import dev.mapsovereign.auditlog.tree.TileFiles;
import dev.mapsovereign.base.durable.AppendFile;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleProofs;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a start reads and decides. Everything that is trusted afterwards is read from the device.
 *
 * <p>The hard question is the end of the last segment. A batch that does not hold there can be one
 * that was being written when the process or the power died: nobody was answered for it, and it may
 * go. Or it was answered and was damaged since: then it must not go, for the next batch would take
 * its place and its index, and the log would have lost a record without a trace. The two differ in
 * what lies around them, because only one batch is ever unsynced: whatever was written behind a
 * batch (a later batch, a seal, a new segment, a checkpoint, a state) proves that it had been
 * synced. So bytes are cut only where none of these is found, and only if all that was ever signed
 * recomputes.
 */
final class Recovery {
    private static final byte[] ZERO_PAGE = new byte[JournalFormat.PAGE];

    private final SegmentFolder segments;
    private final StateFile stateFile;
    private final StateFile base;
    private final NoteStore notes;
    private final KeptNotes kept;
    private final TileFiles tiles;
    private final SignatureCheck signatures;

    /** Whether a note bears the signatures that a checkpoint of its size must bear. */
    interface SignatureCheck {
        /** Decides. */
        boolean signed(TenantTree tree, SignedNote note) throws IOException, JournalDamageException;
    }

    /**
     * @param base what a pruned journal goes on from; a file that need not exist
     * @param signatures what a stored checkpoint must bear
     */
    Recovery(
            SegmentFolder segments,
            StateFile stateFile,
            StateFile base,
            NoteStore notes,
            KeptNotes kept,
            TileFiles tiles,
            SignatureCheck signatures) {
        this.segments = segments;
        this.stateFile = stateFile;
        this.base = base;
        this.notes = notes;
        this.kept = kept;
        this.tiles = tiles;
        this.signatures = signatures;
    }

    /**
     * What was found.
     *
     * @param state what the journal adds up to
     * @param fromState whether a kept state gave the beginning
     * @param batches how many were read behind it
     * @param tornFrom what is to be cut begins here, in the last segment
     * @param tornTo and ends before this; equal if nothing is to be cut
     */
    record Found(LogState state, boolean fromState, long batches, long tornFrom, long tornTo) {}

    /**
     * Reads and checks; changes nothing.
     *
     * @throws JournalDamageException if anything is not what this log wrote
     */
    Found read() throws IOException, JournalDamageException {
        Optional<LogState> kept = stateFile.read(segments);
        if (kept.isEmpty()) {
            kept = base.read(segments);
        }
        if (kept.isPresent()) {
            requireLastBatch(kept.get());
        }
        LogState state = kept.orElseGet(LogState::new);
        long before = state.lastBatch();
        long tornTo;
        try (JournalCursor cursor = new JournalCursor(segments, state.end(), true)) {
            replay(cursor, state);
            tornTo = tornEnd(cursor, state);
        }
        requireCheckpoints(state);
        long tornFrom = offsetInLastSegment(state);
        return new Found(
                state,
                kept.isPresent(),
                state.lastBatch() - before,
                tornFrom,
                Math.max(tornFrom, tornTo));
    }

    /** Cuts what {@link #read} found torn, and gives the last segment to go on in. */
    AppendFile cut(Found found) throws IOException {
        AppendFile file = AppendFile.open(segments.path(segments.last().segment()));
        try {
            if (found.tornTo() > found.tornFrom()) {
                file.resumeAt(found.tornFrom());
                file.append(ByteBuffer.allocate((int) (found.tornTo() - found.tornFrom())));
                file.sync();
            }
            file.resumeAt(found.tornFrom());
            return file;
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /** The batch that the state names last must still be there, byte for byte. */
    private void requireLastBatch(LogState state) throws IOException, JournalDamageException {
        Place at = state.lastBatchAt();
        if (state.lastBatch() == 0) {
            return;
        }
        try (SegmentWindow window =
                SegmentWindow.onDevice(segments.path(at.segment()), SegmentWindow.WINDOW_BYTES)) {
            long limit = segments.header(at.segment()).length();
            boolean there =
                    BatchReader.read(window, at, limit) instanceof BatchReader.Found.Whole whole
                            && Arrays.equals(whole.batch().digest(), state.lastDigest())
                            && whole.batch().header().end().equals(state.end());
            if (!there) {
                throw new JournalDamageException(
                        "the batch at "
                                + at
                                + " of the journal is not the one that the state names");
            }
        }
    }

    private void replay(JournalCursor cursor, LogState state)
            throws IOException, JournalDamageException {
        while (true) {
            long segment = cursor.position().segment();
            cursor.stepOverBorders();
            if (cursor.position().segment() != segment) {
                requireHeaderContinues(cursor.position().segment(), state);
            }
            if (!(cursor.peek() instanceof BatchReader.Found.Whole whole)) {
                return;
            }
            Batch batch = whole.batch();
            if (batch.header().kind() == BatchHeader.Kind.CONTINUED) {
                throw new JournalDamageException(
                        "segment "
                                + (cursor.position().segment() + 1)
                                + " of the journal is missing: the one before says that it exists");
            }
            state.apply(batch);
            cursor.skip(batch);
        }
    }

    private void requireHeaderContinues(long segment, LogState state)
            throws JournalDamageException {
        SegmentHeader header = segments.header(segment);
        if (header.lastBatch() != state.lastBatch()
                || !Arrays.equals(header.lastDigest(), state.lastDigest())) {
            throw new JournalDamageException(
                    "segment "
                            + segment
                            + " does not follow batch "
                            + state.lastBatch()
                            + ", the last one before it");
        }
    }

    /**
     * Where the bytes end that one torn batch can have left behind the last whole one; the offset
     * of the latter if there are none.
     */
    private long tornEnd(JournalCursor cursor, LogState state)
            throws IOException, JournalDamageException {
        Place at = cursor.position();
        if (segments.end(at.segment()).isPresent()) {
            throw new JournalDamageException(
                    "the batch at " + at + " of the journal is broken, and a segment follows");
        }
        long length = segments.last().length();
        long allowed = at.offset() + JournalFormat.EXTENT_MAX;
        if (cursor.peek() instanceof BatchReader.Found.BrokenBody(BatchHeader header)) {
            if (header.number() != state.lastBatch() + 1
                    || !Arrays.equals(header.previousDigest(), state.lastDigest())) {
                throw new JournalDamageException(
                        "the batch at " + at + " of the journal follows another one than is there");
            }
            allowed = at.offset() + header.extent();
        }
        long end = at.offset();
        for (long page = at.offset(); page < length; page += JournalFormat.PAGE) {
            byte[] bytes = cursor.window().read(page, JournalFormat.PAGE, length);
            if (Arrays.equals(bytes, ZERO_PAGE)) {
                continue;
            }
            end = page + JournalFormat.PAGE;
            boolean later =
                    page > at.offset()
                            && BatchReader.header(
                                            cursor.window(), new Place(at.segment(), page), length)
                                    .isPresent();
            if (later || end > allowed) {
                throw new JournalDamageException(
                        "the batch at "
                                + at
                                + " of the journal is broken, and something was written behind it,"
                                + " at "
                                + page);
            }
        }
        return end;
    }

    private long offsetInLastSegment(LogState state) {
        long last = segments.last().segment();
        return state.end().segment() == last
                ? state.end().offset()
                : JournalFormat.SEGMENT_HEADER_BYTES;
    }

    /** Everything that was signed and kept must recompute. */
    private void requireCheckpoints(LogState state) throws IOException, JournalDamageException {
        Map<TenantId, TenantTree> trees = new HashMap<>();
        state.trees().forEach(tree -> trees.put(tree.tenant(), tree));
        for (Map.Entry<TenantId, SignedNote> note : notes.newest().entrySet()) {
            requireRecomputes(note.getKey(), note.getValue(), trees);
        }
        for (TenantId tenant : kept.tenants()) {
            for (SignedNote note : kept.of(tenant)) {
                requireRecomputes(tenant, note, trees);
            }
        }
    }

    private void requireRecomputes(
            TenantId tenant, SignedNote note, Map<TenantId, TenantTree> trees)
            throws IOException, JournalDamageException {
        TenantTree tree = trees.get(tenant);
        if (tree == null) {
            throw new JournalDamageException(
                    "a checkpoint was signed for "
                            + tenant
                            + ", of which the journal knows nothing");
        }
        requireRecomputes(tree, note, signatures, tiles);
    }

    /**
     * Checks one checkpoint of ours against the tree.
     *
     * @throws JournalDamageException if we did not sign it, or the tree has another root at its
     *     size
     */
    static void requireRecomputes(
            TenantTree tree, SignedNote note, SignatureCheck signatures, TileFiles tiles)
            throws IOException, JournalDamageException {
        if (!signatures.signed(tree, note)) {
            throw new JournalDamageException(
                    "a stored checkpoint of "
                            + tree.tenant()
                            + " was not signed by this log's keys: another log seed?");
        }
        try {
            Checkpoint checkpoint = Checkpoint.parse(note.text());
            long size = checkpoint.size();
            boolean recomputes =
                    size <= tree.size()
                            && Arrays.equals(rootAt(tree, size, tiles), checkpoint.root());
            if (!recomputes) {
                throw new JournalDamageException(
                        "the checkpoint of "
                                + tree.tenant()
                                + " over "
                                + size
                                + " records does not recompute: the journal has "
                                + tree.size()
                                + (size > tree.size() ? "" : " and another root at that size"));
            }
        } catch (UncheckedIOException | IllegalArgumentException e) {
            throw new JournalDamageException(
                    "a checkpoint of " + tree.tenant() + " cannot be recomputed", e);
        }
    }

    /** The root of the tree when it had that size. */
    static byte[] rootAt(TenantTree tree, long size, TileFiles tiles) {
        return MerkleProofs.root(
                size,
                tree.snapshot().reader((level, index) -> tiles.tile(tree.tenant(), level, index)));
    }
}
