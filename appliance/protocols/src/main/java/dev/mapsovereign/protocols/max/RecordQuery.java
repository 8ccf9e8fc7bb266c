package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditstore.AuditQuery;
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

    RecordQuery(ChainReader chain) {
        this.chain = chain;
    }

    JsonObject answer(JsonObject input, InvokeContext context) throws ModuleRefusal {
        AuditQuery question = Questions.of(input, context.tenant());
        int wanted = (int) input.integer("limit").orElse(Limits.PAGE_DEFAULT);
        long size = chain.size(context.tenant());
        List<JsonValue> records = new ArrayList<>();
        Optional<String> cursor = question.cursor();
        long bytes = 0;
        long asOf;
        do {
            int step = Math.min(wanted - records.size(), Limits.STEP);
            ChainReader.Page page = chain.page(Questions.step(question, step, cursor));
            for (ChainRecord record : page.records()) {
                bytes += record.bytes().length;
                records.add(record.reference().put("record", record.json()).build());
            }
            cursor = page.next();
            asOf = page.asOf();
        } while (cursor.isPresent()
                && records.size() < wanted
                && bytes < Limits.PAGE_BYTES_MAX
                && !context.deadline().passed());
        return JsonObject.builder()
                .put("records", new JsonArray(records))
                .putIfPresent("next_cursor", cursor)
                .put("as_of", Long.toString(asOf))
                .put("size", Long.toString(size))
                .build();
    }
}
