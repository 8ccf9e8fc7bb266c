package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.journal.JournalFormat;
import dev.mapsovereign.auditlog.journal.Place;
import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.auditlog.journal.SegmentHeader;
import dev.mapsovereign.auditlog.journal.WholeReads;
import dev.mapsovereign.auditlog.prune.IndexRange;
import dev.mapsovereign.auditlog.prune.Prune;
import dev.mapsovereign.auditlog.prune.TrimmedJournal;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.RecordException;
import dev.mapsovereign.auditlog.record.RecordFormat;
import dev.mapsovereign.auditlog.record.RecordTime;
import dev.mapsovereign.auditlog.tree.LogState;
import dev.mapsovereign.auditlog.tree.PruneBook;
import dev.mapsovereign.auditlog.tree.StateFile;
import dev.mapsovereign.auditlog.tree.TenantTree;
import dev.mapsovereign.auditlog.tree.TileFiles;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.durable.AppendFile;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * Removes old records of a running log, and knows which are gone (docs/internals/pruning.md). What
 * may go is for others to decide. Safe for use by several threads.
 */
final class PrunedLog {
    /** What stands in the record of a prune. */
    static final String OPERATION = "prune";

    private static final System.Logger LOG = System.getLogger(PrunedLog.class.getName());

    private final Places places;
    private final SegmentFolder segments;
    private final TileFiles tiles;
    private final PruneBook book;
    private final Tenants tenants;
    private final Committer committer;
    private final TreeBuilder builder;
    private final Function<TenantId, LeafReader> leaves;

    /** One prune, or one trim of the journal, at a time. */
    private final ReentrantLock pruning = new ReentrantLock();

    private volatile Optional<LogState> base;

    /** Where state and base are kept. */
    record Places(Path state, Path base) {}

    PrunedLog(
            Places places,
            SegmentFolder segments,
            TileFiles tiles,
            PruneBook book,
            Tenants tenants,
            Committer committer,
            TreeBuilder builder,
            Function<TenantId, LeafReader> leaves)
            throws IOException, JournalDamageException {
        this.places = places;
        this.segments = segments;
        this.tiles = tiles;
        this.book = book;
        this.tenants = tenants;
        this.committer = committer;
        this.builder = builder;
        this.leaves = leaves;
        this.base = new StateFile(places.base()).read(segments);
        countBytes();
    }

    PruneBook book() {
        return book;
    }

    /**
     * What the book says must have been recorded; and bundles that a crash left behind go.
     *
     * @throws JournalDamageException if it says more
     */
    void begin() throws IOException, JournalDamageException {
        for (PruneBook.Entry entry : book.entries()) {
            requireRecorded(entry);
            if (!entry.finished()) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "a prune of {0} was not finished; map audit prune finishes it",
                        entry.prune().tenant());
                tiles.remove(entry.prune());
            }
        }
    }

    private void requireRecorded(PruneBook.Entry entry) throws JournalDamageException {
        String finding =
                "the file "
                        + PruneBook.FILE
                        + " says that records of "
                        + entry.prune().tenant()
                        + " were pruned, record "
                        + entry.record()
                        + " of _node does not";
        try {
            byte[] leaf = leaves.apply(TenantId.NODE).leaves(entry.record(), 1).getFirst();
            AuditRecord record = AuditRecord.parse(ChainRule.record(leaf));
            boolean told =
                    record.event().equals(Optional.of(EventType.AUDIT_PRUNED))
                            && record.operation().equals(Optional.of(OPERATION))
                            && record.meta()
                                    .object("prune")
                                    .equals(Optional.of(entry.prune().json()));
            if (!told) {
                throw new JournalDamageException(finding);
            }
        } catch (RecordException | IllegalArgumentException e) {
            throw new JournalDamageException(finding, e);
        }
    }

    /** Records a prune and puts it in force; files and rows are still there. */
    RecordReference record(Prune prune, JsonObject grounds) throws IOException {
        pruning.lock();
        try {
            AuditDraft draft =
                    AuditDraft.builder(TenantId.NODE, EventType.AUDIT_PRUNED, AuditOutcome.SUCCESS)
                            .operation(OPERATION)
                            .meta(
                                    JsonObject.builder()
                                            .put("grounds", grounds)
                                            .put("prune", prune.json())
                                            .build())
                            .build();
            Pending pending =
                    Pending.record(tenants.require(TenantId.NODE), RecordFormat.prepare(draft));
            committer.commit(pending);
            book.add(List.of(new PruneBook.Entry(prune, pending.reference().index(), false)));
            countBytes();
            return pending.reference();
        } finally {
            pruning.unlock();
        }
    }

    private void countBytes() {
        tenants.all().forEach(chain -> chain.prunedBytes(book.bytes(chain.tenant())));
    }

    /** What was recorded and whose files and rows may still be there. */
    List<Prune> unfinished() {
        return book.entries().stream()
                .filter(entry -> !entry.finished())
                .map(PruneBook.Entry::prune)
                .toList();
    }

    /** Removes the entry bundles of a prune that was recorded. */
    void removeBundles(Prune prune) throws IOException {
        tiles.remove(prune);
    }

    /** The rows of these are gone, too. */
    void finish(List<Prune> prunes) throws IOException {
        pruning.lock();
        try {
            book.finished(
                    book.entries().stream()
                            .filter(entry -> prunes.contains(entry.prune()))
                            .toList());
        } finally {
            pruning.unlock();
        }
    }

    /**
     * What was kept of the records before the base, for a follower that begins there.
     *
     * @param skip how many of them it has read
     */
    Optional<HeldRecords> held(long skip) {
        return base.map(state -> new HeldRecords(runs(state), leaves, state.end(), skip));
    }

    private List<HeldRecords.Run> runs(LogState state) {
        List<HeldRecords.Run> runs = new ArrayList<>();
        for (TenantTree tree : state.trees()) {
            for (IndexRange kept : book.of(tree.tenant()).keptOf(0, tree.size())) {
                runs.add(new HeldRecords.Run(tree.tenant(), kept));
            }
        }
        return runs;
    }

    /**
     * Removes segments of the journal that were closed before a time and that nobody has still to
     * read. Records of theirs that are in no bundle yet are carried along.
     *
     * @param followed where the slowest follower goes on
     * @param dryRun to say what would go
     * @param progress told how many records of what stays were read and compared
     */
    TrimmedJournal trim(Position followed, Instant before, boolean dryRun, LongConsumer progress)
            throws IOException, JournalDamageException {
        pruning.lock();
        try {
            Optional<LogState> kept = new StateFile(places.state()).read(segments);
            if (kept.isEmpty()) {
                return new TrimmedJournal(0, 0, "no state of the log is kept yet");
            }
            long inUse = kept.get().end().segment();
            List<SegmentHeader> closed =
                    segments.before(Math.min(inUse, followed.place().segment()));
            List<SegmentHeader> going =
                    closed.stream()
                            .takeWhile(header -> isClosedBefore(header.segment(), before))
                            .toList();
            String limit =
                    going.size() < closed.size()
                            ? "what follows was written after " + before
                            : followed.place().segment() < inUse
                                    ? "what follows has still to be read by the database or Kafka"
                                    : "the segment in use stays";
            if (!dryRun && !going.isEmpty()) {
                readWhatStays(kept.get(), progress);
                remove(going);
            }
            return new TrimmedJournal(
                    going.size(), going.stream().mapToLong(SegmentHeader::length).sum(), limit);
        } finally {
            pruning.unlock();
        }
    }

    private void remove(List<SegmentHeader> going) throws IOException, JournalDamageException {
        try {
            base =
                    Optional.of(
                            builder.exclusively((state, sync) -> {
                                carry(state, going.getLast().segment());
                                sync.sync();
                                byte[] encoded = StateFile.encode(state, segments.last());
                                // Both, and read back from the device, before anything goes that
                                // an older one counts on.
                                DurableFiles.write(places.base(), encoded, Mode.PRIVATE);
                                DurableFiles.write(places.state(), encoded, Mode.PRIVATE);
                                LogState kept =
                                        new StateFile(places.base()).read(segments).orElseThrow();
                                for (SegmentHeader header : going) {
                                    Files.delete(segments.forget(header.segment()));
                                }
                                DurableFiles.syncDirectory(places.base().resolveSibling(""));
                                return kept;
                            }));
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException failed) {
                throw failed;
            }
            if (cause instanceof JournalDamageException damaged) {
                throw damaged;
            }
            throw new IllegalStateException("the journal was not pruned", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the journal was pruned");
        }
    }

    /** Records up to a segment that are in no bundle yet get another place. */
    private void carry(LogState state, long last) throws IOException {
        Path file = segments.path(SegmentFolder.CARRIED);
        try (AppendFile carried =
                Files.exists(file)
                        ? AppendFile.open(file)
                        : AppendFile.create(file, Mode.PRIVATE)) {
            Map<TenantTree, SortedMap<Long, Place>> moves = new HashMap<>();
            for (TenantTree tree : state.trees()) {
                for (long index = tree.bundled(); index < tree.size(); index++) {
                    TenantTree.TailRecord record = tree.tail(index).orElseThrow();
                    long segment = record.at().segment();
                    if (segment != SegmentFolder.CARRIED && segment <= last) {
                        Place to = new Place(SegmentFolder.CARRIED, carried.size());
                        carried.append(
                                ByteBuffer.wrap(
                                        WholeReads.part(
                                                segments.path(segment),
                                                record.at().offset(),
                                                record.length())));
                        moves.computeIfAbsent(tree, t -> new TreeMap<>()).put(index, to);
                    }
                }
            }
            int rest = (int) (carried.size() % JournalFormat.PAGE);
            carried.append(ByteBuffer.allocate((JournalFormat.PAGE - rest) % JournalFormat.PAGE));
            carried.sync();
            moves.forEach((tree, places) -> places.forEach(tree::moved));
        }
    }

    /** A segment ends when the next one is made. */
    private boolean isClosedBefore(long segment, Instant before) {
        if (!segments.has(segment + 1)) {
            return false;
        }
        return segments.header(segment + 1).micros() < RecordTime.micros(before);
    }

    /** From now on it stands in entry bundles alone. */
    private void readWhatStays(LogState state, LongConsumer progress) {
        long read = 0;
        for (TenantTree tree : state.trees()) {
            for (IndexRange range : book.of(tree.tenant()).keptOf(before(tree), tree.bundled())) {
                for (long at = range.from(); at < range.to(); ) {
                    int count = (int) Math.min(Limits.SCAN_RECORDS, range.to() - at);
                    at += leaves.apply(tree.tenant()).leaves(at, count).size();
                    read += count;
                    progress.accept(read);
                }
            }
        }
    }

    /** Up to where an earlier trim has read a log. */
    private long before(TenantTree tree) {
        return base.stream()
                .flatMap(state -> state.trees().stream())
                .filter(earlier -> earlier.number() == tree.number())
                .mapToLong(TenantTree::bundled)
                .findFirst()
                .orElse(0);
    }

    /**
     * @throws IllegalArgumentException if what a follower has still to read was pruned
     */
    void requireWhole(Position from) {
        Place place = from.place();
        if (place.segment() > 0 && place.segment() < segments.wholeFrom()) {
            throw new IllegalArgumentException(
                    "position "
                            + from.text()
                            + " lies in a part of the journal that was pruned; begin again at its"
                            + " start");
        }
    }
}
