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
 * An answer of records, fetched in steps so that neither memory nor the answer depends on how long
 * records are: it ends with what was asked for, at its bound of bytes, or at the call's deadline.
 *
 * @param <P> what a step gives
 */
abstract class PagedQuery<P> {
    /** A record as it is answered, and how many bytes of the chain it is. */
    record Found(JsonObject json, int bytes) {}

    /**
     * What was collected.
     *
     * @param last the last step
     * @param nextCursor where the next answer begins, if there may be one
     */
    record Collected<P>(P last, JsonArray records, Optional<String> nextCursor) {}

    abstract P fetch(AuditQuery step) throws ModuleRefusal;

    abstract Optional<String> nextCursor(P page);

    abstract List<Found> found(P page);

    final Collected<P> collect(AuditQuery question, JsonObject input, InvokeContext context)
            throws ModuleRefusal {
        int wanted = (int) input.integer("limit").orElse(Limits.PAGE_DEFAULT);
        List<JsonValue> records = new ArrayList<>();
        Optional<String> cursor = question.cursor();
        long bytes = 0;
        P page;
        do {
            int step = Math.min(wanted - records.size(), Limits.STEP);
            page = fetch(question.withPage(step, cursor));
            for (Found found : found(page)) {
                bytes += found.bytes();
                records.add(found.json());
            }
            cursor = nextCursor(page);
        } while (cursor.isPresent()
                && records.size() < wanted
                && bytes < Limits.PAGE_BYTES_MAX
                && !context.deadline().passed());
        return new Collected<>(page, new JsonArray(records), cursor);
    }
}
