package dev.mapsovereign.auditexport.prune;

import dev.mapsovereign.auditexport.Pace;
import dev.mapsovereign.auditexport.receipt.Receipts;
import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.prune.IndexRange;
import dev.mapsovereign.auditlog.prune.Prune;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.merkle.Tiles;
import dev.mapsovereign.base.note.Checkpoint;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Decides which old records may go, by the receipts of off-site stations, and has the log prune
 * them (docs/internals/pruning.md). Gives way to a node at work. For one thread.
 */
public final class Pruner {
    /** Records of calls; every other one may still govern a key, a capability, a certificate. */
    private static final Set<EventType> OF_CALLS =
            EnumSet.of(
                    EventType.PROTOCOL_INVOCATION,
                    EventType.AUTHORIZATION_CHECK,
                    EventType.RATE_LIMIT_EXCEEDED,
                    EventType.CIRCUIT_BREAKER_OPEN,
                    EventType.SECURITY_VIOLATION,
                    EventType.ERROR);

    private final AuditLog log;
    private final Receipts receipts;
    private final PruneRules rules;
    private final Clock clock;
    private final LongConsumer progress;
    private final Pace pace;
    private long read;

    /**
     * @param progress told how many records were read so far
     * @throws OperatorException usage, for a time that is not in the past
     */
    public Pruner(
            AuditLog log, Receipts receipts, PruneRules rules, Clock clock, LongConsumer progress) {
        if (!rules.before().isBefore(clock.instant())) {
            throw new OperatorException(
                    ExitCode.USAGE, "records can be pruned up to a time in the past alone");
        }
        this.log = log;
        this.receipts = receipts;
        this.rules = rules;
        this.clock = clock;
        this.progress = progress;
        this.pace = new Pace(log);
    }

    /**
     * What would go of each log. Reads every record of it, and changes nothing.
     *
     * @throws OperatorException usage, for a tenant without a log; tampering, for a stored receipt
     *     or an enrolment that is not what was recorded
     * @throws dev.mapsovereign.auditlog.AuditIntegrityException if a record is not what was written
     */
    public List<LogPlan> plan() {
        for (TenantId tenant : rules.tenants()) {
            if (tenant.isNode() || !log.exists(tenant)) {
                throw new OperatorException(
                        ExitCode.USAGE,
                        tenant.isNode()
                                ? "records of _node are never pruned"
                                : "there is no log of tenant " + tenant);
            }
        }
        List<LogPlan> plans = new ArrayList<>();
        Instant newest = clock.instant().minus(rules.age());
        for (TenantId tenant : log.tenants()) {
            boolean wanted = rules.tenants().isEmpty() || rules.tenants().contains(tenant);
            if (!tenant.isNode() && wanted) {
                plans.add(plan(tenant, receipts.mirrors(tenant, newest)));
            }
        }
        return plans;
    }

    private LogPlan plan(TenantId tenant, List<Receipts.Mirror> all) {
        long from = log.pruned(tenant).end();
        long size = log.head(tenant).size();
        List<Receipts.Mirror> mirrors =
                all.stream()
                        .filter(mirror -> mirror.from() <= from && mirror.size() > from)
                        .sorted(Comparator.comparingLong(Receipts.Mirror::size).reversed())
                        .limit(rules.stations())
                        .toList();
        if (mirrors.size() < rules.stations()) {
            return nothing(
                    tenant,
                    "%d of %d stations hold more of it, by receipts at least %s old"
                            .formatted(mirrors.size(), rules.stations(), days()));
        }
        long held = floor(mirrors.getLast().size());
        long last = floor(size - 1);
        long end = Math.min(held, last);
        String limit =
                held <= last
                        ? "stations hold no more, or said so too short a time ago"
                        : "the last records of a log stay";
        Walk walk = new Walk(tenant, from);
        walk.to(end);
        limit = walk.limit.orElse(limit);
        Exports exports = exports(tenant, walk.end);
        if (exports.end() < walk.end) {
            limit = "the log's keys were rotated since: it ends at a checkpoint that is kept";
        }
        Optional<Prune> prune = walk.prune(exports.end());
        return prune.isEmpty()
                ? nothing(tenant, limit)
                : new LogPlan(tenant, from, size, prune, exports.size(), mirrors, limit);
    }

    private LogPlan nothing(TenantId tenant, String why) {
        return new LogPlan(
                tenant,
                log.pruned(tenant).end(),
                log.head(tenant).size(),
                Optional.empty(),
                0,
                List.of(),
                why);
    }

    private String days() {
        return rules.age().toDays() > 0
                ? rules.age().toDays() + " days"
                : rules.age().toMinutes() + " minutes";
    }

    private static long floor(long size) {
        return size / Tiles.WIDTH * Tiles.WIDTH;
    }

    /**
     * Where a prune may end, so that exports can go on behind it.
     *
     * @param end a multiple of 256
     * @param size of the checkpoint from which they do, at or above {@code end}
     */
    private record Exports(long end, long size) {}

    /** Below its last change of keys a log signs no more, so that one that is kept must do. */
    private Exports exports(TenantId tenant, long end) {
        if (log.keyEpochs(tenant).inForce(end).equals(log.keys(tenant))) {
            return new Exports(end, end);
        }
        List<Long> kept =
                log.kept(tenant).stream()
                        .map(note -> Checkpoint.parse(note.text()).size())
                        .sorted()
                        .toList();
        long last =
                kept.stream()
                        .map(Pruner::floor)
                        .filter(size -> size <= end)
                        .max(Long::compare)
                        .orElse(0L);
        long first = kept.stream().filter(size -> size >= last).findFirst().orElse(last);
        return new Exports(last, first);
    }

    /** Goes through the entry bundles of a log. */
    private final class Walk {
        private final TenantId tenant;
        private final long from;

        /** Of each bundle, the bytes of its records; below zero for one that stays. */
        private final List<Long> bundles = new ArrayList<>();

        private Optional<String> limit = Optional.empty();
        private int holes;
        private long end;

        Walk(TenantId tenant, long from) {
            this.tenant = tenant;
            this.from = from;
            this.end = from;
        }

        void to(long most) {
            while (end < most && limit.isEmpty()) {
                take(log.leaves(tenant, end, Tiles.WIDTH));
                pace.giveWay();
                read += Tiles.WIDTH;
                progress.accept(read);
            }
        }

        private void take(List<byte[]> leaves) {
            long bytes = 0;
            boolean stays = false;
            for (byte[] leaf : leaves) {
                byte[] record = ChainRule.record(leaf);
                AuditRecord content = AuditRecord.parse(record);
                if (!content.timestamp().isBefore(rules.before())) {
                    limit = Optional.of("what follows is not older than " + rules.before());
                    return;
                }
                bytes += record.length;
                stays |= content.event().filter(OF_CALLS::contains).isEmpty();
            }
            boolean hole = stays && (bundles.isEmpty() || bundles.getLast() >= 0);
            if (hole && holes == Prune.KEPT_MAX) {
                limit = Optional.of("more holes than one prune can have; run it again");
                return;
            }
            holes += hole ? 1 : 0;
            bundles.add(stays ? -bytes : bytes);
            end += Tiles.WIDTH;
        }

        /** What goes up to there. */
        Optional<Prune> prune(long to) {
            List<IndexRange> kept = new ArrayList<>();
            long bytes = 0;
            long at = from;
            for (long bundle : bundles.subList(0, (int) Math.max(0, (to - from) / Tiles.WIDTH))) {
                IndexRange range = new IndexRange(at, at + Tiles.WIDTH);
                if (bundle >= 0) {
                    bytes += bundle;
                } else if (!kept.isEmpty() && kept.getLast().to() == at) {
                    kept.add(new IndexRange(kept.removeLast().from(), range.to()));
                } else {
                    kept.add(range);
                }
                at = range.to();
            }
            long count = at - from - kept.stream().mapToLong(IndexRange::count).sum();
            return count == 0
                    ? Optional.empty()
                    : Optional.of(new Prune(tenant, new IndexRange(from, at), kept, bytes));
        }
    }

    /**
     * Records the prune and puts it in force: from now on the log has these records no more. What
     * is left to do is to remove files and rows.
     *
     * @param plan one that removes something, made just now
     */
    public RecordReference apply(LogPlan plan) {
        TenantId tenant = plan.tenant();
        Prune prune = plan.prune().orElseThrow();
        if (plan.exportsFrom() == prune.range().to()) {
            log.keep(tenant, log.checkpointAt(tenant, plan.exportsFrom()));
        }
        return log.prune(
                prune,
                JsonObject.builder()
                        .put("before", rules.before().toString())
                        .put("exports_from", Long.toString(plan.exportsFrom()))
                        .put(
                                "mirrors",
                                new JsonArray(
                                        plan.mirrors().stream()
                                                .<JsonValue>map(Receipts.Mirror::json)
                                                .toList()))
                        .build());
    }
}
