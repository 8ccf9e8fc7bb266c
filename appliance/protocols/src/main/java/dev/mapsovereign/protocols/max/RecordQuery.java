package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditstore.AuditQuery;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code audit_query}: records as they were inserted. The index finds them; each one answered was
 * compared with its leaf in the log.
 */
final class RecordQuery {
    private final ChainReader chain;
    private final Reach reach;
    private final AsOf asOf;

    RecordQuery(ChainReader chain, Reach reach, AsOf asOf) {
        this.chain = chain;
        this.reach = reach;
        this.asOf = asOf;
    }

    JsonObject answer(JsonObject input, InvokeContext context) throws ModuleRefusal {
        TenantId tenant = reach.of(input, context);
        AuditQuery question = Questions.of(input, tenant, asOf.of(input, tenant));
        int wanted = (int) input.integer("limit").orElse(Limits.PAGE_DEFAULT);
        long size = chain.size(tenant);
        List<JsonValue> records = new ArrayList<>();
        Optional<String> cursor = question.cursor();
        long bytes = 0;
        long answeredFor;
        do {
            int step = Math.min(wanted - records.size(), Limits.STEP);
            ChainReader.Page page = chain.page(question.withPage(step, cursor));
            for (ChainRecord record : page.records()) {
                bytes += record.bytes().length;
                records.add(
                        record.reference()
                                .put("previous_hash", Hex.encode(record.previousHash()))
                                .put("record", record.json())
                                .build());
            }
            cursor = page.next();
            answeredFor = page.asOf();
        } while (cursor.isPresent()
                && records.size() < wanted
                && bytes < Limits.PAGE_BYTES_MAX
                && !context.deadline().passed());
        return JsonObject.builder()
                .put("tenant_id", tenant.value())
                .put("records", new JsonArray(records))
                .putIfPresent("next_cursor", cursor)
                .put("as_of", Long.toString(answeredFor))
                .put("size", Long.toString(size))
                .build();
    }
}
