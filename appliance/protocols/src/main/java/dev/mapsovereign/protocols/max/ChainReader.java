package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.prune.IndexRange;
import dev.mapsovereign.auditlog.prune.PrunedRanges;
import dev.mapsovereign.auditlog.prune.RecordPrunedException;
import dev.mapsovereign.auditstore.AuditIndex;
import dev.mapsovereign.auditstore.AuditMismatchException;
import dev.mapsovereign.auditstore.AuditPage;
import dev.mapsovereign.auditstore.AuditQuery;
import dev.mapsovereign.auditstore.IndexBehindException;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The two ways to a record: by its place, from the log alone, and by what it says, through the
 * index, which compares every row with the log. Safe for use by several threads.
 */
final class ChainReader {
    private final AuditLog log;
    private final AuditIndex index;

    ChainReader(AuditLog log, AuditIndex index) {
        this.log = log;
        this.index = index;
    }

    /**
     * A page that the index found.
     *
     * @param next cursor for the page behind
     * @param asOf size of the chain up to which the index was asked
     */
    record Page(List<ChainRecord> records, Optional<String> next, long asOf) {}

    /** How many records the tenant has. */
    long size(TenantId tenant) {
        return log.head(tenant).size();
    }

    /**
     * Records by place; the range must exist.
     *
     * @throws ModuleRefusal as {@link #page}
     */
    List<ChainRecord> range(TenantId tenant, long first, int count) throws ModuleRefusal {
        List<ChainRecord> records = new ArrayList<>(count);
        for (byte[] leaf : leaves(tenant, first, count)) {
            records.add(ChainRecord.ofLeaf(first + records.size(), leaf));
        }
        return records;
    }

    /** Which records of a tenant were pruned. */
    PrunedRanges pruned(TenantId tenant) {
        return log.pruned(tenant);
    }

    /**
     * What of a range was not pruned; the range must exist.
     *
     * @throws ModuleRefusal as {@link #page}
     */
    List<ChainRecord> kept(TenantId tenant, long first, int count) throws ModuleRefusal {
        List<ChainRecord> records = new ArrayList<>(count);
        for (IndexRange range : pruned(tenant).keptOf(first, first + count)) {
            records.addAll(range(tenant, range.from(), (int) range.count()));
        }
        return records;
    }

    /**
     * Leaves by place; the range must exist.
     *
     * @throws ModuleRefusal {@code not_found} for a record that was pruned; else as {@link #page}
     */
    List<byte[]> leaves(TenantId tenant, long first, int count) throws ModuleRefusal {
        try {
            return count == 0 ? List.of() : index.leaves(tenant, first, count);
        } catch (RecordPrunedException e) {
            throw new ModuleRefusal(
                    ErrorCode.NOT_FOUND,
                    String.valueOf(e.getMessage()),
                    JsonObject.builder().put("index", Long.toString(e.index())).build());
        } catch (AuditMismatchException e) {
            throw mismatch(e);
        }
    }

    /**
     * One page of what the index finds.
     *
     * @throws ModuleRefusal {@code invalid_payload} for a cursor of another question, {@code
     *     timeout} where the index has not reached what is asked for, {@code internal} where
     *     database or files say something else than the log; that is recorded in {@code _node} as a
     *     violation
     */
    Page page(AuditQuery query) throws ModuleRefusal {
        try {
            AuditPage page = index.query(query);
            return new Page(
                    page.rows().stream()
                            .map(row ->
                                    new ChainRecord(
                                            row.index(),
                                            row.recordHash(),
                                            row.previousHash(),
                                            row.record()))
                            .toList(),
                    page.nextCursor(),
                    page.asOf());
        } catch (IllegalArgumentException e) {
            throw new ModuleRefusal(ErrorCode.INVALID_PAYLOAD, String.valueOf(e.getMessage()));
        } catch (IndexBehindException e) {
            throw new ModuleRefusal(
                    ErrorCode.TIMEOUT,
                    String.valueOf(e.getMessage()),
                    JsonObject.builder().put("indexed", Long.toString(e.indexed())).build());
        } catch (AuditMismatchException e) {
            throw mismatch(e);
        }
    }

    private static ModuleRefusal mismatch(AuditMismatchException e) {
        return new ModuleRefusal(
                ErrorCode.INTERNAL,
                String.valueOf(e.getMessage()),
                JsonObject.builder().put("index", Long.toString(e.index())).build());
    }

    /**
     * The newest record of a call. Where the index lags, the newest records of the log itself are
     * looked at, so that a caller finds the call it made just before.
     */
    Optional<ChainRecord> find(TenantId tenant, CorrelationId call) throws ModuleRefusal {
        Optional<ChainRecord> indexed = indexed(tenant, call);
        if (indexed.isPresent()) {
            return indexed;
        }
        long size = size(tenant);
        int count = (int) Math.min(size, Limits.TAIL);
        return kept(tenant, size - count, count).reversed().stream()
                .filter(record -> record.belongsTo(call))
                .findFirst();
    }

    /** The newest record of a call that the index knows. */
    Optional<ChainRecord> indexed(TenantId tenant, CorrelationId call) throws ModuleRefusal {
        return page(
                        AuditQuery.builder(tenant)
                                .correlationId(Optional.of(call.toString()))
                                .limit(1)
                                .build())
                .records()
                .stream()
                .findFirst();
    }
}
