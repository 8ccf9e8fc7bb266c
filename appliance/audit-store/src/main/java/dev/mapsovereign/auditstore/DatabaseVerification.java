package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogStatus.TenantStatus;
import dev.mapsovereign.auditlog.prune.IndexRange;
import dev.mapsovereign.auditlog.prune.PrunedRanges;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.database.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compares all of this node's rows in the database with its log, in both directions: records
 * without a row, rows without a record, rows that say something else. What is in the log when it
 * begins must be in the database; what comes meanwhile is left out.
 *
 * <p>Reads chain after chain, 256 records at a time, so its memory does not grow with the log. For
 * one run; used by one thread.
 */
public final class DatabaseVerification {
    private static final String PAGE =
            "SELECT idx, record_hash, record, "
                    + String.join(", ", RecordColumns.NAMES)
                    + " FROM audit_chain WHERE node = ? AND tenant_id = ? AND idx >= ? AND idx < ?"
                    + " ORDER BY node, tenant_id, idx, recorded_at LIMIT "
                    + Limits.COMPARED_ROWS_MAX;

    private final Database database;
    private final AuditLog log;
    private final AuditProjection projection;
    private final List<DatabaseFinding> findings = new ArrayList<>();
    private long differences;

    /** A comparison of that log with what its projection brought into that database. */
    public DatabaseVerification(Database database, AuditLog log, AuditProjection projection) {
        this.database = database;
        this.log = log;
        this.projection = projection;
    }

    /** A row as the database has it. */
    private record Row(long index, byte[] hash, byte[] record, RecordColumns columns) {}

    /**
     * Compares everything. A difference is also recorded in {@code _node} as {@code
     * SecurityViolation}, one record for the whole run.
     *
     * @param progress is told after each step how many records are done of how many
     * @throws OperatorException if the projection stands still, so that nothing can be said of the
     *     newest rows
     */
    public DatabaseReport run(Progress progress) throws InterruptedException {
        List<TenantStatus> wanted = log.status().tenants();
        projection.awaitCaughtUp(wanted);
        long total = wanted.stream().mapToLong(tenant -> tenant.head().size()).sum();
        long done = 0;
        for (TenantStatus tenant : wanted) {
            long size = tenant.head().size();
            PrunedRanges pruned = log.pruned(tenant.tenant());
            for (IndexRange gone : pruned.ranges()) {
                leftRows(tenant.tenant().value(), gone);
            }
            for (long first = 0; first < size; first += Limits.COMPARED_RECORDS) {
                long end = Math.min(size, first + Limits.COMPARED_RECORDS);
                for (IndexRange kept : pruned.keptOf(first, end)) {
                    compare(tenant.tenant(), kept.from(), kept.to());
                }
                done += end - first;
                progress.done(done, total);
            }
            extraRows(tenant.tenant().value(), size);
        }
        tenantsWithoutLog(wanted);
        if (differences > 0) {
            record();
        }
        return new DatabaseReport(total, differences, findings, otherNodes());
    }

    private void compare(TenantId tenant, long first, long end) {
        List<Row> rows = database.read(connection -> page(connection, tenant.value(), first, end));
        List<byte[]> leaves = log.leaves(tenant, first, (int) (end - first));
        long expected = first;
        for (Row row : rows) {
            for (; expected < row.index(); expected++) {
                found(tenant.value(), expected, "its row is missing");
            }
            RowComparison.difference(
                            row.record(),
                            row.hash(),
                            row.columns(),
                            leaves.get((int) (row.index() - first)))
                    .or(() -> twice(row, rows))
                    .ifPresent(finding -> found(tenant.value(), row.index(), finding));
            expected = row.index() + 1;
        }
        for (; expected < end; expected++) {
            found(tenant.value(), expected, "its row is missing");
        }
    }

    /** One of two rows of an index always differs in a column: the time is part of the key. */
    private static Optional<String> twice(Row row, List<Row> rows) {
        int at = rows.indexOf(row);
        return at > 0 && rows.get(at - 1).index() == row.index()
                ? Optional.of("there are two rows of one index")
                : Optional.empty();
    }

    private List<Row> page(Connection connection, String tenant, long first, long end)
            throws SQLException {
        List<Row> rows = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(PAGE)) {
            statement.setString(1, log.node());
            statement.setString(2, tenant);
            statement.setLong(3, first);
            statement.setLong(4, end);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(
                            new Row(
                                    row.getLong(1),
                                    row.getBytes(2),
                                    row.getBytes(3),
                                    RecordColumns.of(row)));
                }
            }
        }
        return rows;
    }

    /** Rows of records that were pruned. */
    private void leftRows(String tenant, IndexRange pruned) {
        List<Long> left = database.read(connection -> indexes(connection, tenant, pruned.from()));
        for (long index : left) {
            if (index < pruned.to()) {
                found(tenant, index, "its record was pruned, the row is still there");
            }
        }
    }

    /** Rows at or beyond that index for which the log has no record, not even a newer one. */
    private void extraRows(String tenant, long from) {
        long next = from;
        while (true) {
            long start = next;
            List<Long> indexes = database.read(connection -> indexes(connection, tenant, start));
            for (long index : indexes) {
                if (index >= sizeInLog(tenant)) {
                    found(tenant, index, "the log has no such record");
                }
            }
            if (indexes.size() < Limits.COMPARED_ROWS_MAX) {
                return;
            }
            next = indexes.getLast() + 1;
        }
    }

    private long sizeInLog(String tenant) {
        return log.tenants().stream()
                .filter(each -> each.value().equals(tenant))
                .findAny()
                .map(each -> log.head(each).size())
                .orElse(0L);
    }

    private List<Long> indexes(Connection connection, String tenant, long from)
            throws SQLException {
        List<Long> indexes = new ArrayList<>();
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT idx FROM audit_chain WHERE node = ? AND tenant_id = ?"
                                + " AND idx >= ? ORDER BY node, tenant_id, idx LIMIT "
                                + Limits.COMPARED_ROWS_MAX)) {
            statement.setString(1, log.node());
            statement.setString(2, tenant);
            statement.setLong(3, from);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    indexes.add(row.getLong(1));
                }
            }
        }
        return indexes;
    }

    /** Rows of this node for tenants that the log does not know. */
    private void tenantsWithoutLog(List<TenantStatus> wanted) {
        String after = "";
        while (true) {
            Optional<String> next =
                    next("tenant_id", "node = ? AND tenant_id > ?", List.of(log.node(), after));
            if (next.isEmpty()) {
                return;
            }
            after = next.get();
            String tenant = after;
            if (wanted.stream().noneMatch(each -> each.tenant().value().equals(tenant))) {
                extraRows(tenant, 0);
            }
        }
    }

    private List<String> otherNodes() {
        List<String> nodes = new ArrayList<>();
        Optional<String> next = next("node", "node > ?", List.of(""));
        while (next.isPresent() && nodes.size() < Limits.FINDINGS_MAX) {
            if (!next.get().equals(log.node())) {
                nodes.add(next.get());
            }
            next = next("node", "node > ?", List.of(next.get()));
        }
        return nodes;
    }

    /** The next value of a leading column of the key: one step into the index, not a scan. */
    private Optional<String> next(String column, String condition, List<String> values) {
        return database.read(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement(
                            "SELECT "
                                    + column
                                    + " FROM audit_chain WHERE "
                                    + condition
                                    + " ORDER BY node, tenant_id LIMIT 1")) {
                for (int i = 0; i < values.size(); i++) {
                    statement.setString(i + 1, values.get(i));
                }
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
                }
            }
        });
    }

    private void found(String tenant, long index, String finding) {
        differences++;
        if (findings.size() < Limits.FINDINGS_MAX) {
            findings.add(new DatabaseFinding(tenant, index, finding));
        }
    }

    private void record() {
        DatabaseFinding first = findings.getFirst();
        var _ =
                log.append(
                        AuditDraft.builder(
                                        TenantId.NODE,
                                        EventType.SECURITY_VIOLATION,
                                        AuditOutcome.REFUSED)
                                .operation("audit_verify_database")
                                .meta(
                                        JsonObject.builder()
                                                .put("differences", Long.toString(differences))
                                                .put("finding", first.finding())
                                                .put("index", Long.toString(first.index()))
                                                .put("tenant_id", first.tenant())
                                                .build())
                                .build());
    }
}
