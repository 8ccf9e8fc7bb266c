package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditstore.AuditQuery;
import dev.mapsovereign.auditstore.TenantTimeline;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * {@code audit_query} with {@code nodes: all}: one tenant's records of all nodes that project into
 * this node's database, by time. This node vouches for its own; of the others' it says how far they
 * can be checked.
 */
final class TimelineQuery extends PagedQuery<TenantTimeline.Page> {
    private final TenantTimeline timeline;
    private final Reach reach;

    TimelineQuery(TenantTimeline timeline, Reach reach) {
        this.timeline = timeline;
        this.reach = reach;
    }

    JsonObject answer(JsonObject input, InvokeContext context) throws ModuleRefusal {
        TenantId tenant = reach.of(input, context);
        if (input.text("as_of_checkpoint").isPresent()) {
            throw new ModuleRefusal(
                    ErrorCode.INVALID_PAYLOAD,
                    "as_of_checkpoint: a checkpoint belongs to one node's chain, not to those of all");
        }
        AuditQuery question = Questions.of(input, tenant, Questions.index(input, "as_of"));
        Collected<TenantTimeline.Page> collected = collect(question, input, context);
        return JsonObject.builder()
                .put("tenant_id", tenant.value())
                .put("records", collected.records())
                .putIfPresent("next_cursor", collected.nextCursor())
                .build();
    }

    @Override
    TenantTimeline.Page fetch(AuditQuery step) throws ModuleRefusal {
        try {
            return timeline.page(step);
        } catch (IllegalArgumentException e) {
            throw new ModuleRefusal(ErrorCode.INVALID_PAYLOAD, String.valueOf(e.getMessage()));
        }
    }

    @Override
    Optional<String> nextCursor(TenantTimeline.Page page) {
        return page.nextCursor();
    }

    @Override
    List<Found> found(TenantTimeline.Page page) {
        return page.entries().stream()
                .map(entry ->
                        new Found(
                                json(entry), entry.record().map(record -> record.length).orElse(0)))
                .toList();
    }

    private static JsonObject json(TenantTimeline.Entry entry) {
        JsonObject.Builder json =
                JsonObject.builder()
                        .put("node", entry.node())
                        .put("index", Long.toString(entry.index()))
                        .put("record_hash", Hex.encode(entry.recordHash()))
                        .put("standing", entry.standing().name().toLowerCase(Locale.ROOT));
        entry.record()
                .ifPresent(record ->
                        json.put(
                                "record",
                                JsonReader.parseObject(record, JsonReader.Limits.DEFAULT)));
        return json.build();
    }
}
