package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.AuditIntegrityException;
import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogStatus;
import dev.mapsovereign.auditlog.LogHead;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.RecordException;
import dev.mapsovereign.auditstore.AuditProjection;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.InvokeContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * {@code health_check}: takes the newest records from disk, computes their hashes again and
 * compares each with what the next record, or the head, says of it.
 */
final class ChainHealth {
    private final AuditLog log;
    private final ChainReader chain;
    private final AuditProjection projection;

    ChainHealth(AuditLog log, ChainReader chain, AuditProjection projection) {
        this.log = log;
        this.chain = chain;
        this.projection = projection;
    }

    JsonObject answer(JsonObject input, InvokeContext context) {
        TenantId tenant = context.tenant();
        LogHead head = log.head(tenant);
        int count =
                (int) Math.min(head.size(), input.integer("records").orElse(Limits.HEALTH_DEFAULT));
        List<String> problems = problems(tenant, head, count);
        boolean intact = problems.isEmpty();
        AuditLogStatus status = log.status();
        status.unavailable().ifPresent(reason -> problems.add("no records are taken: " + reason));
        Optional<String> trouble = projection.trouble();
        trouble.ifPresent(reason -> problems.add("the index does not follow the log: " + reason));
        return JsonObject.builder()
                .put("tenant_id", tenant.value())
                .put("size", Long.toString(head.size()))
                .put("head", Hex.encode(head.hash()))
                .put("checkpoint_size", Long.toString(checkpointSize(status, tenant)))
                .put("records_checked", count)
                .put("chain_intact", intact)
                .put("projection_lag", projection.lag().records())
                .put("projection_healthy", trouble.isEmpty())
                .put("problems", JsonArray.ofStrings(problems))
                .build();
    }

    private List<String> problems(TenantId tenant, LogHead head, int count) {
        List<String> problems = new ArrayList<>();
        long first = head.size() - count;
        try {
            byte[] previous =
                    first == 0
                            ? ChainRule.beginning()
                            : ChainRule.recordHash(log.leaf(tenant, first - 1));
            List<byte[]> leaves = chain.leaves(tenant, first, count);
            for (int at = 0; at < leaves.size(); at++) {
                byte[] leaf = leaves.get(at);
                check(tenant, first + at, leaf, previous, problems);
                previous = ChainRule.recordHash(leaf);
            }
            if (!Arrays.equals(previous, head.hash())) {
                problems.add("the newest record does not have the head's hash");
            }
        } catch (AuditIntegrityException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
        return problems;
    }

    private static void check(
            TenantId tenant, long index, byte[] leaf, byte[] previous, List<String> problems) {
        if (!Arrays.equals(ChainRule.previousHash(leaf), previous)) {
            problems.add("record " + index + " does not follow the record before it");
        }
        try {
            AuditRecord record = AuditRecord.parse(ChainRule.record(leaf));
            if (record.index() != index || !record.tenant().equals(tenant)) {
                problems.add("record " + index + " says it is another");
            }
        } catch (RecordException e) {
            problems.add("record " + index + ": " + e.getMessage());
        }
    }

    private static long checkpointSize(AuditLogStatus status, TenantId tenant) {
        return status.tenants().stream()
                .filter(log -> log.tenant().equals(tenant))
                .mapToLong(AuditLogStatus.TenantStatus::checkpointSize)
                .findFirst()
                .orElse(0);
    }
}
