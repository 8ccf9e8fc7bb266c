package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditstore.AuditQuery;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.util.List;
import java.util.Optional;

/**
 * {@code audit_query}: records as they were inserted. The index finds them; each one answered was
 * compared with its leaf in the log.
 */
final class RecordQuery extends PagedQuery<ChainReader.Page> {
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
        long size = chain.size(tenant);
        Collected<ChainReader.Page> collected = collect(question, input, context);
        return JsonObject.builder()
                .put("tenant_id", tenant.value())
                .put("records", collected.records())
                .putIfPresent("next_cursor", collected.nextCursor())
                .put("as_of", Long.toString(collected.last().asOf()))
                .put("size", Long.toString(size))
                .build();
    }

    @Override
    ChainReader.Page fetch(AuditQuery step) throws ModuleRefusal {
        return chain.page(step);
    }

    @Override
    Optional<String> nextCursor(ChainReader.Page page) {
        return page.next();
    }

    @Override
    List<Found> found(ChainReader.Page page) {
        return page.records().stream()
                .map(record ->
                        new Found(
                                record.reference()
                                        .put("previous_hash", Hex.encode(record.previousHash()))
                                        .put("record", record.json())
                                        .build(),
                                record.bytes().length))
                .toList();
    }
}
