package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.prune.PrunedRanges;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.KeyRotation;
import dev.mapsovereign.auditstore.AuditQuery;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.KindNote;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code compliance_report}: what was decided in a period, counted record by record, bound to a
 * signed checkpoint that covers all of them, and signed with a key of its own
 * (docs/reference/compliance-report.md). Whoever holds the checkpoint's tree can count again.
 *
 * <p>The index says where the period begins and ends in the chain; the counting goes through the
 * chain itself, so that no row that somebody removed is left out.
 */
final class ComplianceReport {
    private static final String KIND = "compliance-report";

    private final AuditLog log;
    private final ChainReader chain;
    private final Reach reach;
    private final NoteSigner signer;
    private final Clock clock;

    ComplianceReport(AuditLog log, ChainReader chain, Reach reach, NoteSigner signer, Clock clock) {
        this.log = log;
        this.chain = chain;
        this.reach = reach;
        this.signer = signer;
        this.clock = clock;
    }

    /**
     * Indexes that a period's records lie within.
     *
     * @param asOf size of the chain that was looked at
     */
    private record Range(long first, long end, long asOf) {}

    JsonObject answer(JsonObject input, InvokeContext context) throws ModuleRefusal {
        TenantId tenant = reach.of(input, context);
        Period period = period(input);
        if (chain.size(tenant) == 0) {
            throw new ModuleRefusal(
                    ErrorCode.NOT_FOUND, "the chain has no record yet, so nothing can be signed");
        }
        Range range = range(tenant, period, context);
        PeriodCounts counts = count(tenant, period, range, context);
        List<JsonValue> gaps = new ArrayList<>(counts.gaps());
        List<JsonValue> stops = nodeStops(period);
        gaps.addAll(stops);
        SignedNote checkpoint = covering(tenant, range.asOf());
        JsonObject.Builder report =
                counts.json()
                        .put("v", 1)
                        .put("kind", KIND)
                        .put("node", log.node())
                        .put("tenant_id", tenant.value())
                        .put("origin", log.origin(tenant))
                        .put("from", period.from().toString())
                        .put("to", period.to().toString())
                        .put("made_at", clock.instant().truncatedTo(ChronoUnit.MICROS).toString())
                        .put("as_of", Long.toString(range.asOf()))
                        .put("gaps_total", counts.gapsTotal() + stops.size())
                        .put("gaps", new JsonArray(gaps))
                        .put("key_changes", keyChanges(tenant, period))
                        .put("checkpoint", new String(checkpoint.bytes(), StandardCharsets.UTF_8))
                        .put(
                                "checkpoint_size",
                                Long.toString(Checkpoint.parse(checkpoint.text()).size()));
        JsonArray pruned = pruned(tenant, range);
        if (!pruned.values().isEmpty()) {
            report.put("pruned", pruned);
        }
        JsonObject document = report.build();
        SignedNote note = KindNote.sign(KIND, List.of(CanonicalJson.text(document)), signer);
        return document.toBuilder()
                .put("note", new String(note.bytes(), StandardCharsets.UTF_8))
                .put("note_key", signer.key().vkey())
                .build();
    }

    private static Period period(JsonObject input) throws ModuleRefusal {
        Instant from = Questions.time(input, "from").orElseThrow();
        Instant to = Questions.time(input, "to").orElseThrow();
        if (!from.isBefore(to)) {
            throw new ModuleRefusal(
                    ErrorCode.INVALID_PAYLOAD, "a period begins before it ends: from, then to");
        }
        return new Period(from, to);
    }

    /**
     * Where the period lies by the index. Beyond what the index found, the chain is followed as
     * long as its records are of the period; where the index found nothing, what lies between the
     * last record before it and the first behind it is looked at.
     */
    private Range range(TenantId tenant, Period period, InvokeContext context)
            throws ModuleRefusal {
        AuditQuery.Builder within =
                AuditQuery.builder(tenant)
                        .from(Optional.of(period.from()))
                        .to(Optional.of(period.to()))
                        .limit(1);
        ChainReader.Page newest = chain.page(within.build());
        long asOf = newest.asOf();
        if (newest.records().isEmpty()) {
            long before =
                    one(AuditQuery.builder(tenant).to(Optional.of(period.from())))
                            .map(ChainRecord::index)
                            .orElse(-1L);
            long behind =
                    one(AuditQuery.builder(tenant)
                                    .from(Optional.of(period.to()))
                                    .newestFirst(false))
                            .map(ChainRecord::index)
                            .orElse(asOf);
            return new Range(before + 1, Math.max(before + 1, Math.min(behind, asOf)), asOf);
        }
        long last = newest.records().getFirst().index();
        long first = one(within.newestFirst(false)).map(ChainRecord::index).orElse(last);
        PrunedRanges pruned = chain.pruned(tenant);
        while (first > 0
                && !pruned.contains(first - 1)
                && !context.deadline().passed()
                && period.holds(time(tenant, first - 1))) {
            first--;
        }
        while (last + 1 < asOf
                && !context.deadline().passed()
                && period.holds(time(tenant, last + 1))) {
            last++;
        }
        return new Range(first, last + 1, asOf);
    }

    private Optional<ChainRecord> one(AuditQuery.Builder query) throws ModuleRefusal {
        return chain.page(query.limit(1).build()).records().stream().findFirst();
    }

    private Instant time(TenantId tenant, long index) throws ModuleRefusal {
        return chain.range(tenant, index, 1).getFirst().read().timestamp();
    }

    private PeriodCounts count(TenantId tenant, Period period, Range range, InvokeContext context)
            throws ModuleRefusal {
        PeriodCounts counts = new PeriodCounts(period);
        for (long at = range.first(); at < range.end(); ) {
            if (context.deadline().passed()) {
                throw new ModuleRefusal(
                        ErrorCode.TIMEOUT,
                        "counted "
                                + counts.records()
                                + " records in the time given; ask for a shorter period",
                        JsonObject.builder().put("records_counted", counts.records()).build());
            }
            // To the end of an entry bundle, so that each is read once.
            long end = (at / Limits.REPORT_LEAVES + 1) * Limits.REPORT_LEAVES;
            int count = (int) (Math.min(end, range.end()) - at);
            chain.kept(tenant, at, count).forEach(counts::add);
            at += count;
        }
        return counts;
    }

    /** What of the period, or just before what is known of it, was pruned and is not counted. */
    private JsonArray pruned(TenantId tenant, Range range) {
        return new JsonArray(
                chain.pruned(tenant).ranges().stream()
                        .filter(gone -> gone.to() >= range.first() && gone.from() < range.end())
                        .<JsonValue>map(gone ->
                                JsonObject.builder()
                                        .put("from", Long.toString(gone.from()))
                                        .put("to", Long.toString(gone.to()))
                                        .build())
                        .toList());
    }

    /** When the node did not run, by each start in the period and the record before it. */
    private List<JsonValue> nodeStops(Period period) throws ModuleRefusal {
        List<JsonValue> stops = new ArrayList<>();
        for (ChainRecord start : ofNode(EventType.NODE_STARTED, period)) {
            if (start.index() == 0) {
                continue;
            }
            AuditRecord before = chain.range(TenantId.NODE, start.index() - 1, 1).getFirst().read();
            stops.add(
                    JsonObject.builder()
                            .put("kind", "node_stopped")
                            .put("from", before.timestamp().toString())
                            .put("to", start.read().timestamp().toString())
                            .put(
                                    "recorded_stop",
                                    before.event().equals(Optional.of(EventType.NODE_STOPPED)))
                            .build());
        }
        return stops;
    }

    private JsonArray keyChanges(TenantId tenant, Period period) throws ModuleRefusal {
        List<JsonValue> changes = new ArrayList<>();
        for (ChainRecord record : ofNode(EventType.KEY_ROTATED, period)) {
            KeyRotation rotation = KeyRotation.of(record.read());
            if (rotation.origin().equals(log.origin(tenant))
                    && changes.size() < Limits.REPORT_KEYS_MAX) {
                changes.add(
                        JsonObject.builder()
                                .put("node_index", Long.toString(record.index()))
                                .put("from_size", Long.toString(rotation.fromSize()))
                                .put("old_keys", fingerprints(rotation.oldKeys()))
                                .put("new_keys", fingerprints(rotation.newKeys()))
                                .build());
            }
        }
        return new JsonArray(changes);
    }

    private static JsonArray fingerprints(List<VerifierKey> keys) {
        return JsonArray.ofStrings(keys.stream().map(VerifierKey::fingerprint).toList());
    }

    private List<ChainRecord> ofNode(EventType event, Period period) throws ModuleRefusal {
        return chain.page(
                        AuditQuery.builder(TenantId.NODE)
                                .eventType(Optional.of(event.wire()))
                                .from(Optional.of(period.from()))
                                .to(Optional.of(period.to()))
                                .limit(Limits.REPORT_LIST_MAX)
                                .newestFirst(false)
                                .build())
                .records();
    }

    /** The newest checkpoint, or a newer one where the newest ends before that size. */
    private SignedNote covering(TenantId tenant, long size) {
        SignedNote newest = log.checkpoint(tenant);
        return Checkpoint.parse(newest.text()).size() >= size
                ? newest
                : log.publishCheckpoint(tenant);
    }
}
