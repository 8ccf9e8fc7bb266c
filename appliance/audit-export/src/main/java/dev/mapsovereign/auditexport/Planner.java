package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleManifest;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.RecordTime;
import dev.mapsovereign.base.age.AgeRecipient;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.Tiles;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * Decides what the next bundle on a medium holds: what the medium lacks, as far as there is room.
 */
final class Planner {
    private final ExportConfig config;
    private final AuditLog log;
    private final MediumSurvey medium;
    private final ExportLedger ledger;
    private final ExportRequest request;

    /** Newest checkpoint of each log that has records, {@code _node} first. */
    private final SortedMap<TenantId, SignedNote> newest = new TreeMap<>();

    private final Map<String, byte[]> checkpoints = new HashMap<>();

    /** Where a log ends in this bundle: below its newest checkpoint if there is no room for it. */
    private final Map<TenantId, Long> ends = new HashMap<>();

    /** The checkpoints of those. */
    private final Map<TenantId, SignedNote> cut = new HashMap<>();

    private final List<ExportReport.Range> leftOut = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final Optional<EntryEncryption> encryption;
    private long bytes;

    Planner(
            ExportConfig config,
            AuditLog log,
            MediumSurvey medium,
            ExportLedger ledger,
            ExportRequest request) {
        this.config = config;
        this.log = log;
        this.medium = medium;
        this.ledger = ledger;
        this.request = request;
        this.encryption =
                request.encryptTo().isEmpty()
                        ? Optional.empty()
                        : Optional.of(EntryEncryption.of(request.encryptTo()));
    }

    /** Records for which there was no room. */
    List<ExportReport.Range> leftOut() {
        return leftOut;
    }

    /** What the operator should know about the plan. */
    List<String> warnings() {
        return warnings;
    }

    /** What the plan will take on the medium. */
    long bytes() {
        return bytes;
    }

    /**
     * The plan.
     *
     * @throws OperatorException environment, if not even {@code _node} has room; usage, for a
     *     tenant that has no log
     */
    ExportPlan plan() throws IOException {
        requireTenants();
        takeCheckpoints();
        long nodeSize = size(TenantId.NODE);
        KeyRecords keys = KeyRecords.upTo(log, nodeSize, config.ledgerFolder());
        List<BundleDescription.Range> ranges = new ArrayList<>();
        for (TenantId tenant : inOrder(newest.keySet())) {
            List<Long> keyRecords = keys.of(log.origin(tenant), nodeSize);
            if (isWanted(tenant) && fits(tenant, keyRecords)) {
                requireSameRecipients(tenant);
                ranges.add(range(tenant, keyRecords));
            }
        }
        Optional<OwnBundle> previous = medium.newest();
        BundleDescription description =
                new BundleDescription(
                        config.productVersion(),
                        RecordTime.instant(RecordTime.micros(config.clock().instant())),
                        log.node(),
                        ledger.nextNumber(medium.largestNumber()),
                        previous.map(p -> OptionalLong.of(p.number())).orElse(OptionalLong.empty()),
                        ranges,
                        logs());
        return new ExportPlan(
                description,
                checkpoints,
                previous.map(OwnBundle::manifestDigest).orElse(BundleManifest.NO_PREVIOUS),
                encryption);
    }

    /**
     * Entries that this medium holds encrypted to others cannot be there a second time under the
     * same name.
     */
    private void requireSameRecipients(TenantId tenant) throws IOException {
        if (encryption.isEmpty()) {
            return;
        }
        Set<AgeRecipient> recipients = Set.copyOf(encryption.get().recipients());
        for (OwnBundle bundle : medium.bundles()) {
            Optional<BundleDescription.Range> there = bundle.description().range(tenant);
            Optional<ExportLedger.Entry> entry = ledger.entry(bundle.number());
            if (there.isPresent()
                    && share(there.get(), from(tenant), to(tenant))
                    && entry.isPresent()
                    && entry.get().encrypted()
                    && !Set.copyOf(entry.get().recipients()).equals(recipients)) {
                throw BundleWriter.otherRecipients(medium, bundle.number());
            }
        }
    }

    /** Whether two ranges have an entry bundle in common. */
    private static boolean share(BundleDescription.Range there, long from, long to) {
        long firstFull = Math.max(there.from(), from) / Tiles.WIDTH;
        long endFull = Math.min(there.to(), to) / Tiles.WIDTH;
        return firstFull < endFull || (there.to() == to && there.from() < to && from < to);
    }

    private void requireTenants() {
        for (TenantId tenant : request.tenants()) {
            if (!log.exists(tenant)) {
                throw new OperatorException(ExitCode.USAGE, "there is no log of tenant " + tenant);
            }
        }
    }

    /** {@code _node} last, so that it has the record that introduces every other log. */
    private void takeCheckpoints() {
        for (TenantId tenant : log.tenants()) {
            if (!tenant.isNode() && log.head(tenant).size() > 0) {
                newest.put(tenant, checkpoint(tenant));
            }
        }
        newest.put(TenantId.NODE, log.publishCheckpoint(TenantId.NODE));
    }

    private SignedNote checkpoint(TenantId tenant) {
        SignedNote published = log.checkpoint(tenant);
        return Checkpoint.parse(published.text()).size() < log.head(tenant).size()
                ? log.publishCheckpoint(tenant)
                : published;
    }

    private static List<TenantId> inOrder(Set<TenantId> tenants) {
        List<TenantId> order = new ArrayList<>(tenants);
        order.remove(TenantId.NODE);
        order.sort(null);
        order.addFirst(TenantId.NODE);
        return order;
    }

    private boolean isWanted(TenantId tenant) throws IOException {
        return tenant.isNode()
                || ((request.tenants().isEmpty() || request.tenants().contains(tenant))
                        && from(tenant) < size(tenant));
    }

    /**
     * Whether there is room beside what was planned before for a log, or for a part of it; takes
     * the room if so.
     */
    private boolean fits(TenantId tenant, List<Long> keyRecords) throws IOException {
        long size = size(tenant);
        long free = medium.freeBytes() - Limits.MEDIUM_RESERVE_BYTES;
        long room = Math.min(free, request.bytesMax().orElse(Long.MAX_VALUE)) - bytes;
        long needed = measure(tenant, size, Long.MAX_VALUE).bytes();
        if (needed <= room) {
            ends.put(tenant, size);
            bytes += needed;
            return true;
        }
        if (tenant.isNode()) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "no room on %s: the log %s alone needs %,d bytes, %,d may be used"
                            .formatted(medium.folder(), tenant, needed, Math.max(0, room)),
                    "use a larger medium, or a larger --max-size");
        }
        long end = part(tenant, room, keyRecords);
        leftOut.add(new ExportReport.Range(tenant, Math.max(end, from(tenant)), size));
        warnings.add(
                "no room for all of log %s: records %d to %d are left for the next medium"
                        .formatted(tenant, Math.max(end, from(tenant)), size - 1));
        if (end <= from(tenant)) {
            return false;
        }
        ends.put(tenant, end);
        bytes += measure(tenant, end, Long.MAX_VALUE).bytes();
        cut.put(tenant, log.checkpointAt(tenant, end));
        return true;
    }

    /** How far a log fits into so much room, at a whole tile; {@code from} or less for nothing. */
    private long part(TenantId tenant, long room, List<Long> keyRecords) throws IOException {
        long size = size(tenant);
        long end = measure(tenant, size, room).blocks() * Tiles.WIDTH;
        while (end > from(tenant) && measure(tenant, end, Long.MAX_VALUE).bytes() > room) {
            end -= Tiles.WIDTH;
        }
        // Below its last change of keys a log cannot sign any more.
        List<Long> rotations = Rotations.upTo(log, tenant, size, keyRecords).sizes();
        return rotations.isEmpty() || rotations.getLast() <= end ? end : 0;
    }

    private RangeMeasure measure(TenantId tenant, long to, long room) throws IOException {
        return RangeMeasure.of(log, tenant, from(tenant), to, encryption, medium, room);
    }

    private BundleDescription.Range range(TenantId tenant, List<Long> keyRecords)
            throws IOException {
        long from = from(tenant);
        long to = to(tenant);
        SignedNote last = Optional.ofNullable(cut.get(tenant)).orElseGet(() -> newestOf(tenant));
        checkpoints.put(ExportPlan.checkpointName(tenant, to), last.bytes());
        if (from > 0 && from < to) {
            checkpoints.put(ExportPlan.checkpointName(tenant, from), known(tenant, from).bytes());
        }
        Rotations rotations = Rotations.upTo(log, tenant, to, keyRecords);
        for (SignedNote note : rotations.checkpoints()) {
            checkpoints.put(
                    ExportPlan.checkpointName(tenant, Checkpoint.parse(note.text()).size()),
                    note.bytes());
        }
        return new BundleDescription.Range(
                tenant,
                log.origin(tenant),
                from,
                to,
                log.root(tenant, from),
                Checkpoint.parse(last.text()).root(),
                headAt(tenant, from),
                log.recordHash(tenant, to - 1),
                rotations.keyRecords(),
                rotations.sizes());
    }

    /** The record hash before a record; of one that was pruned, the next one's leaf has it. */
    private byte[] headAt(TenantId tenant, long size) {
        if (size == 0) {
            return ChainRule.beginning();
        }
        return log.pruned(tenant).contains(size - 1)
                ? log.previousHash(tenant, size)
                : log.recordHash(tenant, size - 1);
    }

    private SignedNote known(TenantId tenant, long size) throws IOException {
        return ledger.checkpoint(tenant, size)
                .or(() -> kept(tenant, size))
                .orElseThrow(() ->
                        new OperatorException(
                                ExitCode.FAILED,
                                "the checkpoint of log %s at size %d, where this medium left off, is not kept here any more"
                                        .formatted(tenant, size),
                                "export with --since 0, or to an empty medium"));
    }

    private Optional<SignedNote> kept(TenantId tenant, long size) {
        return log.kept(tenant).stream()
                .filter(note -> Checkpoint.parse(note.text()).size() == size)
                .findFirst();
    }

    private long from(TenantId tenant) throws IOException {
        long wanted = request.since().orElse(medium.heldUpTo(tenant));
        long pruned = log.pruned(tenant).end();
        if (wanted < pruned) {
            long first =
                    keptSizes(tenant).filter(size -> size >= pruned).min().orElse(size(tenant));
            warnPruned(tenant, wanted, first);
            return first;
        }
        return request.since().isEmpty()
                ? wanted
                : keptSizes(tenant)
                        .filter(size -> size <= Math.min(wanted, size(tenant)))
                        .max()
                        .orElse(0);
    }

    private LongStream keptSizes(TenantId tenant) {
        return log.kept(tenant).stream().mapToLong(note -> Checkpoint.parse(note.text()).size());
    }

    private void warnPruned(TenantId tenant, long wanted, long first) {
        String warning =
                "records %d to %d of log %s were pruned from this host, or stand between such; only stations have them"
                        .formatted(wanted, first - 1, tenant);
        if (!warnings.contains(warning)) {
            warnings.add(warning);
        }
    }

    private List<BundleDescription.Log> logs() {
        List<BundleDescription.Log> logs = new ArrayList<>();
        for (TenantId tenant : inOrder(Set.copyOf(log.tenants()))) {
            Optional<Checkpoint> checkpoint =
                    Optional.ofNullable(newest.get(tenant))
                            .map(note -> Checkpoint.parse(note.text()));
            logs.add(
                    new BundleDescription.Log(
                            tenant,
                            log.origin(tenant),
                            checkpoint.map(Checkpoint::size).orElse(0L),
                            checkpoint.map(Checkpoint::root).orElse(MerkleHash.empty())));
        }
        return logs;
    }

    private long to(TenantId tenant) {
        return Optional.ofNullable(ends.get(tenant)).orElseThrow();
    }

    private long size(TenantId tenant) {
        return Checkpoint.parse(newestOf(tenant).text()).size();
    }

    private SignedNote newestOf(TenantId tenant) {
        return Optional.ofNullable(newest.get(tenant)).orElseThrow();
    }
}
