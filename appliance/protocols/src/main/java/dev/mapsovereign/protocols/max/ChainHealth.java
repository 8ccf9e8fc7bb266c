package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogStatus;
import dev.mapsovereign.auditlog.LogHead;
import dev.mapsovereign.auditlog.prune.PrunedRanges;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.RecordException;
import dev.mapsovereign.auditstore.AuditProjection;
import dev.mapsovereign.auditstore.AuditQuery;
import dev.mapsovereign.auditstore.ProjectionLag;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.database.DatabaseException;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * {@code health_check}: takes the newest records from disk, computes their hashes again and
 * compares each with what the next record, or the head, says of it; then says how far everything
 * that follows the log is behind it, and how much of it has left the building.
 */
final class ChainHealth {
    private final AuditLog log;
    private final ChainReader chain;
    private final AuditProjection projection;
    private final OffSite offSite;
    private final Reach reach;

    ChainHealth(
            AuditLog log,
            ChainReader chain,
            AuditProjection projection,
            OffSite offSite,
            Reach reach) {
        this.log = log;
        this.chain = chain;
        this.projection = projection;
        this.offSite = offSite;
        this.reach = reach;
    }

    JsonObject answer(JsonObject input, InvokeContext context) throws ModuleRefusal {
        TenantId tenant = reach.of(input, context);
        LogHead head = log.head(tenant);
        PrunedRanges pruned = chain.pruned(tenant);
        int count =
                (int)
                        Math.min(
                                head.size() - pruned.end(),
                                input.integer("records").orElse(Limits.HEALTH_DEFAULT));
        List<String> problems = problems(tenant, head, count);
        boolean intact = problems.isEmpty();
        AuditLogStatus status = log.status();
        status.unavailable().ifPresent(reason -> problems.add("no records are taken: " + reason));
        Optional<String> trouble = projection.trouble();
        trouble.ifPresent(reason -> problems.add("the index does not follow the log: " + reason));
        AuditLogStatus.TenantStatus own = own(status, tenant);
        JsonObject.Builder answer =
                JsonObject.builder()
                        .put("tenant_id", tenant.value())
                        .put("size", Long.toString(head.size()))
                        .put("head", Hex.encode(head.hash()))
                        .put("checkpoint_size", Long.toString(own.checkpointSize()))
                        .put("records_checked", count)
                        .put("chain_intact", intact)
                        .put("followers", followers(status, own))
                        .put("projection_lag", projection.lag().records())
                        .put("projection_healthy", trouble.isEmpty())
                        .put(
                                "space",
                                JsonObject.builder()
                                        .put("disk_free_bytes", status.diskFreeBytes())
                                        .put("journal_bytes", own.journalBytes())
                                        .put("journal_segments", status.segments())
                                        .build());
        if (!pruned.isEmpty()) {
            answer.put("pruned", Long.toString(pruned.count()));
        }
        putOffSite(answer, tenant, head, problems);
        return answer.put("problems", JsonArray.ofStrings(problems)).build();
    }

    private static AuditLogStatus.TenantStatus own(AuditLogStatus status, TenantId tenant) {
        return status.tenants().stream()
                .filter(log -> log.tenant().equals(tenant))
                .findFirst()
                .orElseThrow();
    }

    /** What works behind the journal: trees and tiles, checkpoints, the database. */
    private JsonArray followers(AuditLogStatus status, AuditLogStatus.TenantStatus own) {
        ProjectionLag lag = projection.lag();
        return JsonArray.of(
                JsonObject.builder()
                        .put("name", "tree")
                        .put("caught_up", status.built().equals(status.durable()))
                        .build(),
                JsonObject.builder()
                        .put("name", "checkpoint")
                        .put("caught_up", own.checkpointSize() >= own.head().size())
                        .put(
                                "records_behind",
                                Math.max(0, own.head().size() - own.checkpointSize()))
                        .build(),
                JsonObject.builder()
                        .put("name", "projection")
                        .put("caught_up", lag.records() == 0)
                        .put("records_behind", lag.records())
                        .put("behind_ms", lag.age().toMillis())
                        .build());
    }

    private void putOffSite(
            JsonObject.Builder answer, TenantId tenant, LogHead head, List<String> problems) {
        OffSite.State state = offSite.of(tenant);
        answer.put("exported", Long.toString(state.exported()));
        answer.put("not_exported", Long.toString(Math.max(0, head.size() - state.exported())));
        answer.put("witnessed", Long.toString(state.witnessed()));
        answer.put("mirrored", Long.toString(state.mirrored()));
        answer.put("without_receipt", Long.toString(Math.max(0, head.size() - state.witnessed())));
        state.last()
                .ifPresent(last ->
                        answer.put(
                                "last_export",
                                JsonObject.builder()
                                        .put("number", Long.toString(last.number()))
                                        .put("time", last.time().toString())
                                        .put("to", Long.toString(last.to()))
                                        .put("finished", last.finished())
                                        .build()));
        lastReceipt(problems)
                .ifPresent(receipt ->
                        answer.put(
                                "last_receipt",
                                JsonObject.builder()
                                        .put("node_index", Long.toString(receipt.index()))
                                        .put("time", receipt.read().timestamp().toString())
                                        .build()));
    }

    /**
     * The newest receipt of the node, whichever chains it covers, by its record in {@code _node}.
     * Without a database the rest of the answer holds all the same.
     */
    private Optional<ChainRecord> lastReceipt(List<String> problems) {
        long size = chain.size(TenantId.NODE);
        AuditQuery query =
                AuditQuery.builder(TenantId.NODE)
                        .eventType(Optional.of(EventType.RECEIPT_IMPORTED.wire()))
                        .indexFrom(OptionalLong.of(Math.max(0, size - Limits.RECEIPT_RECORDS)))
                        .limit(1)
                        .build();
        try {
            return chain.page(query).records().stream().findFirst();
        } catch (ModuleRefusal e) {
            problems.add(e.reason());
        } catch (DatabaseException e) {
            problems.add("receipts cannot be looked up: the database does not answer");
        }
        return Optional.empty();
    }

    private List<String> problems(TenantId tenant, LogHead head, int count) {
        List<String> problems = new ArrayList<>();
        long first = head.size() - count;
        try {
            List<byte[]> leaves = chain.leaves(tenant, first, count);
            byte[] previous =
                    before(tenant, first)
                            .orElseGet(() ->
                                    // The record before was pruned: the leaf alone says its hash.
                                    leaves.isEmpty()
                                            ? head.hash()
                                            : ChainRule.previousHash(leaves.getFirst()));
            for (int at = 0; at < leaves.size(); at++) {
                byte[] leaf = leaves.get(at);
                check(tenant, first + at, leaf, previous, problems);
                previous = ChainRule.recordHash(leaf);
            }
            if (!Arrays.equals(previous, head.hash())) {
                problems.add("the newest record does not have the head's hash");
            }
        } catch (ModuleRefusal e) {
            problems.add(e.reason());
        }
        return problems;
    }

    private Optional<byte[]> before(TenantId tenant, long first) throws ModuleRefusal {
        if (first == 0) {
            return Optional.of(ChainRule.beginning());
        }
        return chain.kept(tenant, first - 1, 1).stream().findFirst().map(ChainRecord::hash);
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
}
