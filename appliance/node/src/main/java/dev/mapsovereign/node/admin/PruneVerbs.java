package dev.mapsovereign.node.admin;

import dev.mapsovereign.auditexport.prune.LogPlan;
import dev.mapsovereign.auditexport.prune.PruneRules;
import dev.mapsovereign.auditexport.prune.Pruner;
import dev.mapsovereign.auditexport.receipt.Receipts;
import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.Position;
import dev.mapsovereign.auditlog.prune.IndexRange;
import dev.mapsovereign.auditlog.prune.Prune;
import dev.mapsovereign.auditlog.prune.TrimmedJournal;
import dev.mapsovereign.auditstore.AuditFeed;
import dev.mapsovereign.auditstore.RowRemoval;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.node.NodeCore;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Old records go that stations keep; docs/internals/pruning.md. */
final class PruneVerbs {
    private static final int DATE_LENGTH = "2026-01-01".length();

    private final NodeCore core;
    private final AuditLog log;
    private final PruneRules rules;
    private final RecordProgress reading;
    private final Consumer<String> progress;
    private final Map<TenantId, RecordReference> records = new HashMap<>();
    private List<LogPlan> plans = List.of();
    private TrimmedJournal journal = new TrimmedJournal(0, 0, "");
    private long rows;

    private PruneVerbs(NodeCore core, PruneRules rules, Consumer<String> progress) {
        this.core = core;
        this.log = core.auditLog();
        this.rules = rules;
        this.reading = new RecordProgress("read", progress);
        this.progress = progress;
    }

    static JsonObject prune(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        Set<TenantId> tenants = new HashSet<>();
        Arguments.texts(arguments, "tenants").forEach(name -> tenants.add(AuditVerbs.tenant(name)));
        PruneRules rules =
                new PruneRules(
                        time(Arguments.text(arguments, "before")),
                        tenants,
                        core.config().pruning().stations(),
                        core.config().pruning().age());
        PruneVerbs verb = new PruneVerbs(core, rules, progress);
        boolean sure = arguments.bool("sure").orElse(false);
        if (sure) {
            // An export that is under way may be reading what goes.
            core.exporter().withoutExports(verb::prune);
        } else {
            verb.look();
        }
        return verb.facts(!sure);
    }

    private static Instant time(String text) {
        try {
            return text.length() == DATE_LENGTH
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : Instant.parse(text);
        } catch (DateTimeException e) {
            throw new OperatorException(
                    ExitCode.USAGE,
                    "before is a day such as 2026-01-01 (UTC) or a time such as"
                            + " 2026-01-01T12:00:00Z, not "
                            + text,
                    e);
        }
    }

    private Pruner pruner() {
        long total = log.tenants().stream().mapToLong(tenant -> log.head(tenant).size()).sum();
        return new Pruner(
                log, core.receipts(), rules, core.clock(), done -> reading.at(done, total));
    }

    private void look() {
        plans = pruner().plan();
        journal = trim(true);
    }

    private void prune() {
        RowRemoval removal = new RowRemoval(core.currentDatabase(), log.node());
        removal.requireRight("prune");
        Pruner pruner = pruner();
        plans = pruner.plan();
        for (LogPlan plan : plans) {
            if (plan.prune().isPresent()) {
                records.put(plan.tenant(), pruner.apply(plan));
            }
        }
        for (Prune prune : log.unfinishedPrunes()) {
            awaitRows(prune);
            progress.accept("removing %,d records of %s".formatted(prune.count(), prune.tenant()));
            for (IndexRange range : prune.removed()) {
                rows += removal.remove(prune.tenant(), range);
            }
            log.removePruned(prune);
            log.finishPrunes(List.of(prune));
        }
        journal = trim(false);
    }

    /** A row that comes after its removal would stay. */
    private void awaitRows(Prune prune) {
        try {
            core.projection().awaitBrought(prune.tenant(), prune.range().to());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperatorException(
                    ExitCode.FAILED, "the prune was interrupted; run it again", e);
        }
    }

    private TrimmedJournal trim(boolean dryRun) {
        return log.trimJournal(
                followed(),
                rules.before(),
                dryRun,
                done -> progress.accept("compared %,d records that stay".formatted(done)));
    }

    /** Where the slowest of those goes on that follow the journal. */
    private Position followed() {
        Position followed = core.projection().followed();
        if (core.config().kafka().isPresent()) {
            Position fed = core.kafka().map(AuditFeed::followed).orElse(Position.START);
            followed = fed.compareTo(followed) < 0 ? fed : followed;
        }
        return followed;
    }

    private JsonObject facts(boolean dryRun) {
        List<JsonValue> logs = plans.stream().<JsonValue>map(this::facts).toList();
        return JsonObject.builder()
                .put("node", log.node())
                .put("dry_run", dryRun)
                .put("before", rules.before().toString())
                .put("stations_needed", rules.stations())
                .put("receipts_at_least", rules.age().toString())
                .put("logs", new JsonArray(logs))
                .put("rows_removed", rows)
                .put("journal_segments", journal.segments())
                .put("journal_bytes", journal.bytes())
                .put("journal_ends_because", journal.limit())
                .put(
                        "stays",
                        "all hashes: every checkpoint recomputes, and each pruned record that a"
                                + " station hands out can be proven (map audit prove --entries)")
                .build();
    }

    private JsonObject facts(LogPlan plan) {
        JsonObject.Builder facts =
                JsonObject.builder()
                        .put("tenant", plan.tenant().value())
                        .put("records", Long.toString(plan.size()))
                        .put("first_kept", Long.toString(plan.firstKept()));
        plan.prune()
                .ifPresent(prune ->
                        facts.put("goes", JsonArray.ofStrings(texts(prune.removed())))
                                .put("stays_within", JsonArray.ofStrings(texts(prune.kept())))
                                .put("records_removed", Long.toString(prune.count()))
                                .put("bytes", prune.bytes())
                                .put("exports_begin_at", Long.toString(plan.exportsFrom()))
                                .put("held_by", JsonArray.ofStrings(mirrors(plan))));
        if (records.containsKey(plan.tenant())) {
            facts.put("record_index", Long.toString(records.get(plan.tenant()).index()));
        }
        return facts.put("ends_because", plan.limit()).build();
    }

    private static List<String> texts(List<IndexRange> ranges) {
        return ranges.stream()
                .map(range -> "%d-%d".formatted(range.from(), range.to() - 1))
                .toList();
    }

    private static List<String> mirrors(LogPlan plan) {
        List<String> texts = new ArrayList<>();
        for (Receipts.Mirror mirror : plan.mirrors()) {
            texts.add(
                    "%s up to record %d, %s"
                            .formatted(mirror.station(), mirror.size() - 1, mirror.time()));
        }
        return texts;
    }
}
