package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditstore.AuditQuery;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * {@code compliance_report}: what was decided in a period, counted record by record, and bound to a
 * signed checkpoint that covers all of them. Whoever holds the checkpoint's tree can count again.
 */
final class ComplianceReport {
    private final AuditLog log;
    private final ChainReader chain;

    ComplianceReport(AuditLog log, ChainReader chain) {
        this.log = log;
        this.chain = chain;
    }

    /** What was counted so far; for one thread. */
    private static final class Counts {
        private final Map<String, Long> outcomes = new TreeMap<>();
        private final Map<String, Long> events = new TreeMap<>();
        private final Map<String, Long> codes = new TreeMap<>();
        private long records;
        private long first = -1;
        private long last = -1;

        void add(ChainRecord record) {
            AuditRecord content = record.read();
            outcomes.merge(content.outcome().wire(), 1L, Long::sum);
            events.merge(content.eventType(), 1L, Long::sum);
            content.code().ifPresent(code -> codes.merge(code, 1L, Long::sum));
            first = records == 0 ? record.index() : Math.min(first, record.index());
            last = Math.max(last, record.index());
            records++;
        }

        JsonObject.Builder json() {
            JsonObject.Builder json = JsonObject.builder().put("records", records);
            if (records > 0) {
                json.put("first_index", Long.toString(first));
                json.put("last_index", Long.toString(last));
            }
            return json.put("by_outcome", object(outcomes))
                    .put("by_event_type", object(events))
                    .put("by_code", object(codes));
        }

        private static JsonObject object(Map<String, Long> counts) {
            JsonObject.Builder object = JsonObject.builder();
            counts.forEach(object::put);
            return object.build();
        }
    }

    JsonObject answer(JsonObject input, InvokeContext context) throws ModuleRefusal {
        AuditQuery question = Questions.of(input, context.tenant());
        Counts counts = new Counts();
        Optional<String> cursor = Optional.empty();
        long asOf;
        do {
            requireTime(context, counts);
            ChainReader.Page page =
                    chain.page(Questions.step(question, Limits.REPORT_STEP, cursor));
            page.records().forEach(counts::add);
            cursor = page.next();
            asOf = page.asOf();
        } while (cursor.isPresent());
        SignedNote checkpoint = covering(context.tenant(), counts.last);
        return counts.json()
                .put("tenant_id", context.tenant().value())
                .put("from", input.text("from").orElseThrow())
                .put("to", input.text("to").orElseThrow())
                .put("as_of", Long.toString(asOf))
                .put("checkpoint", new String(checkpoint.bytes(), StandardCharsets.UTF_8))
                .put("checkpoint_size", Long.toString(Checkpoint.parse(checkpoint.text()).size()))
                .build();
    }

    private static void requireTime(InvokeContext context, Counts counts) throws ModuleRefusal {
        if (context.deadline().passed()) {
            throw new ModuleRefusal(
                    ErrorCode.TIMEOUT,
                    "counted " + counts.records + " records in the time given; ask for less",
                    JsonObject.builder().put("records_counted", counts.records).build());
        }
    }

    /** The newest checkpoint, or a newer one where the newest ends before that record. */
    private SignedNote covering(TenantId tenant, long lastIndex) {
        SignedNote newest = log.checkpoint(tenant);
        return Checkpoint.parse(newest.text()).size() > lastIndex
                ? newest
                : log.publishCheckpoint(tenant);
    }
}
