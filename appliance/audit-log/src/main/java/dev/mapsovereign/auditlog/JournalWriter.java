package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.BatchHeader;
import dev.mapsovereign.auditlog.journal.JournalFormat;
import dev.mapsovereign.auditlog.journal.Place;
import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.auditlog.journal.SegmentHeader;
import dev.mapsovereign.auditlog.record.RecordTime;
import dev.mapsovereign.auditlog.tree.LogState;
import dev.mapsovereign.base.durable.AppendFile;
import dev.mapsovereign.base.durable.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The end of the journal: puts batches behind one another into the segments, each synced before
 * this returns. Used by the committer's thread alone.
 *
 * <p>After a failure of {@link #append} or {@link #seal} what the disk holds behind {@link #end} is
 * unknown, and nothing more may go into that file: the caller goes on by {@link #abandonSegment},
 * whose new segment declares the rest of the old one void.
 */
final class JournalWriter {
    private static final System.Logger LOG = System.getLogger(JournalWriter.class.getName());

    private final AuditLogConfig config;
    private final SegmentFolder segments;
    private final SegmentKeeper keeper;
    private SegmentHeader segment;

    /** The segment's file; empty while none can be written. */
    private Optional<AppendFile> file;

    private long offset;
    private Place end;
    private long lastBatch;
    private byte[] lastDigest;

    /**
     * @param state where the journal ends; read now, never kept
     * @param file the last segment, to go on where it ends
     */
    JournalWriter(
            AuditLogConfig config,
            SegmentFolder segments,
            SegmentKeeper keeper,
            LogState state,
            AppendFile file) {
        this.config = config;
        this.segments = segments;
        this.keeper = keeper;
        this.segment = segments.last();
        this.file = Optional.of(file);
        this.offset = file.size();
        this.end = state.end();
        this.lastBatch = state.lastBatch();
        this.lastDigest = state.lastDigest();
    }

    /** Whether there is a segment that can be written. */
    boolean isOpen() {
        return file.isPresent();
    }

    /** Where the last batch that is durable ends. */
    Place end() {
        return end;
    }

    /** Bytes that the present segment still has. */
    long segmentRest() {
        return segment.length() - offset;
    }

    /** Writes and syncs a batch; afterwards it counts. */
    void append(GrowingBatch batch) throws IOException {
        makeRoom(batch.extent());
        byte[] header =
                batch.header(new Place(segment.segment(), offset), lastBatch + 1, end, lastDigest)
                        .encode();
        append(batch.bytes(header), header);
    }

    /** An empty batch: damage to the one before it can then not look like a torn end. */
    void seal() throws IOException {
        makeRoom(JournalFormat.PAGE);
        byte[] header =
                emptyBatch(BatchHeader.Kind.SEALED, new Place(segment.segment(), offset)).encode();
        append(ByteBuffer.wrap(Arrays.copyOf(header, JournalFormat.PAGE)), header);
    }

    private void append(ByteBuffer bytes, byte[] header) throws IOException {
        int extent = bytes.remaining();
        AppendFile open = file.orElseThrow();
        open.append(bytes);
        open.sync();
        offset += extent;
        end = new Place(segment.segment(), offset);
        lastBatch++;
        lastDigest = BatchHeader.digest(header);
    }

    private BatchHeader emptyBatch(BatchHeader.Kind kind, Place at) {
        return new BatchHeader(
                kind,
                0,
                at,
                lastBatch + 1,
                end,
                RecordTime.micros(config.clock().instant()),
                0,
                lastDigest,
                0,
                List.of());
    }

    /** Goes on in the next segment if the batch and the closing one behind it do not fit here. */
    private void makeRoom(int extent) throws IOException {
        if (segment.length() - offset >= extent + (long) JournalFormat.PAGE) {
            return;
        }
        AppendFile full = file.orElseThrow();
        long ending = offset;
        SegmentHeader old = segment;
        startSegment();
        try (full) {
            sayContinued(full, old, ending);
        } catch (IOException e) {
            // The new segment says where this one ends; only the hint is lost that it exists.
            warn("a full segment could not be marked as such", e);
        }
    }

    /** Makes the standby the next segment; the present one ends at the last durable batch in it. */
    void startSegment() throws IOException {
        if (keeper.filledBytes() == 0) {
            var _ = keeper.awaitStandby(Limits.STANDBY_WAIT);
        }
        SegmentHeader header =
                new SegmentHeader(
                        segment.segment() + 1,
                        segment.journalId(),
                        config.segmentBytes(),
                        offset,
                        lastBatch,
                        lastDigest,
                        RecordTime.micros(config.clock().instant()),
                        segment.node());
        Path path = segments.pathOfNew(header.segment());
        try (AppendFile standby = keeper.take()) {
            standby.resumeAt(0);
            standby.append(ByteBuffer.wrap(header.encode()));
            standby.sync();
            DurableFiles.move(standby.path(), path);
        }
        AppendFile next = open(path, header.length());
        segments.add(header, path);
        file = Optional.of(next);
        segment = header;
        offset = JournalFormat.SEGMENT_HEADER_BYTES;
    }

    /** Opens what was filled and renamed; if it is not that, another one is tried. */
    private static AppendFile open(Path path, long length) throws IOException {
        AppendFile next = AppendFile.open(path);
        if (next.allocated() != length) {
            close(Optional.of(next));
            throw new FileSystemException(
                    path.toString(),
                    null,
                    "it has " + next.allocated() + " bytes, " + length + " were filled");
        }
        next.resumeAt(JournalFormat.SEGMENT_HEADER_BYTES);
        return next;
    }

    private void sayContinued(AppendFile full, SegmentHeader old, long end) throws IOException {
        BatchHeader header = emptyBatch(BatchHeader.Kind.CONTINUED, new Place(old.segment(), end));
        byte[] page = Arrays.copyOf(header.encode(), JournalFormat.PAGE);
        full.append(ByteBuffer.wrap(page));
        full.sync();
    }

    /** No segment can be written for now: lets go of the file, if there is one. */
    void fail() {
        close(file);
        file = Optional.empty();
    }

    /** Closes the file; all that counts is synced. */
    void close() throws IOException {
        if (file.isPresent()) {
            file.get().close();
        }
    }

    /** As {@link #startSegment}, after a write or sync in the present one has failed. */
    void abandonSegment() throws IOException {
        Optional<AppendFile> broken = file;
        startSegment();
        close(broken);
    }

    private static void warn(String what, IOException e) {
        LOG.log(System.Logger.Level.WARNING, "{0}: {1}", what, e.toString());
    }

    private static void close(Optional<AppendFile> file) {
        if (file.isPresent()) {
            try {
                file.get().close();
            } catch (IOException e) {
                warn("a segment could not be closed", e);
            }
        }
    }
}
