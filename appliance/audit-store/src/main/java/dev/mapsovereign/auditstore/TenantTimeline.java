package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.prune.Prune;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.RecordException;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.Tiles;
import dev.mapsovereign.database.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A tenant's records of all nodes that project into one database, as one timeline: by the time that
 * each node's clock gave, then by node and index. Nodes agree on nothing, so two clocks that differ
 * put records in an order that nobody lived through; within a node, the index is the order.
 *
 * <p>This node's log vouches for this node's rows alone. A row of another node can be checked as
 * far as the database goes: its hash must follow from the row before it in that node's chain, and
 * its columns from its record. Whoever wants more asks that node, or holds a bundle of it.
 *
 * <p>Safe for use by several threads.
 */
public final class TenantTimeline {
    private static final String SELECT =
            "SELECT node, idx, record_hash, record, "
                    + String.join(", ", RecordColumns.NAMES)
                    + ", (SELECT before.record_hash FROM audit_chain before"
                    + " WHERE before.node = audit_chain.node"
                    + " AND before.tenant_id = audit_chain.tenant_id"
                    + " AND before.idx = audit_chain.idx - 1 LIMIT 1) AS hash_before"
                    + " FROM audit_chain";

    private static final byte[] NO_HASH = new byte[32];

    private final Database database;
    private final AuditLog log;
    private final Violations violations;

    /** The timeline in that database, seen from the node that has that log. */
    TenantTimeline(Database database, AuditLog log, Violations violations) {
        this.database = database;
        this.log = log;
        this.violations = violations;
    }

    /** What is known of a row. */
    public enum Standing {
        /** It is what this node's own log says. */
        VERIFIED,
        /** Another node's: it follows from the row before it, and nobody here can vouch for it. */
        LINKED,
        /**
         * Another node's, which has pruned the record before it: only its columns follow from its
         * record.
         */
        UNLINKED,
        /** It was changed, or the row before it was, or that one is missing. */
        BROKEN
    }

    /**
     * One row.
     *
     * @param time by the clock of its node
     * @param node whose it is
     * @param index its place in that node's chain
     * @param record its bytes as the database has them, unless it is {@link Standing#BROKEN}; not
     *     to be changed
     * @param recordHash its hash as the database has it; not to be changed
     */
    public record Entry(
            Instant time,
            String node,
            long index,
            Optional<byte[]> record,
            byte[] recordHash,
            Standing standing) {}

    /**
     * Some of the timeline.
     *
     * @param nextCursor present when there may be more
     */
    public record Page(List<Entry> entries, Optional<String> nextCursor) {}

    /**
     * One page of what is asked for, by time, node and index, rising or falling. It goes as far as
     * every node's projection has come: what a node brings later stands where its time puts it,
     * also on pages that were given out. Each row that is {@link Standing#BROKEN} is recorded in
     * {@code _node}, once.
     *
     * @throws IllegalArgumentException if the question has indexes or a size, which belong to one
     *     chain, or the cursor is of another question
     */
    public Page page(AuditQuery query) {
        if (query.indexFrom().isPresent()
                || query.indexTo().isPresent()
                || query.asOf().isPresent()) {
            throw new IllegalArgumentException(
                    "an index or a size belongs to one node's chain, not to those of all nodes");
        }
        Optional<TimelineCursor> cursor = TimelineCursor.of(query);
        List<Row> rows = database.read(connection -> select(connection, query, cursor));
        boolean more = rows.size() > query.limit();
        List<Row> page = rows.subList(0, Math.min(rows.size(), query.limit()));
        List<Entry> entries =
                page.stream()
                        .filter(row -> !isPruned(query.tenant(), row))
                        .map(row -> entry(query.tenant(), row))
                        .toList();
        return new Page(
                entries,
                more ? Optional.of(after(query, page.getLast()).text()) : Optional.empty());
    }

    private static TimelineCursor after(AuditQuery query, Row last) {
        return TimelineCursor.after(query, last.columns().recordedAt(), last.node(), last.index());
    }

    /** Of this node's own, whose rows are about to go. */
    private boolean isPruned(TenantId tenant, Row row) {
        return row.node().equals(log.node())
                && log.exists(tenant)
                && log.pruned(tenant).contains(row.index());
    }

    /** A row as the database has it, with the hash of the one before it in its chain. */
    private record Row(
            String node,
            long index,
            byte[] hash,
            byte[] record,
            RecordColumns columns,
            Optional<byte[]> hashBefore) {}

    private static List<Row> select(
            Connection connection, AuditQuery query, Optional<TimelineCursor> cursor)
            throws SQLException {
        boolean falling = query.newestFirst();
        Conditions conditions = new Conditions().add("tenant_id = ?", query.tenant().value());
        conditions.addWhatIsAsked(query);
        cursor.ifPresent(last ->
                // The first says no more than the second, in a form that an index serves.
                conditions
                        .add(falling ? "recorded_at <= ?" : "recorded_at >= ?", last.time())
                        .add(
                                "(recorded_at, node, idx) " + (falling ? "<" : ">") + " (?, ?, ?)",
                                last.time(),
                                last.node(),
                                last.index()));
        String order =
                falling
                        ? " ORDER BY recorded_at DESC, node DESC, idx DESC LIMIT ?"
                        : " ORDER BY recorded_at, node, idx LIMIT ?";
        try (PreparedStatement statement =
                connection.prepareStatement(SELECT + conditions + order)) {
            statement.setInt(conditions.set(statement), query.limit() + 1);
            try (ResultSet row = statement.executeQuery()) {
                List<Row> rows = new ArrayList<>();
                while (row.next()) {
                    rows.add(
                            new Row(
                                    row.getString("node"),
                                    row.getLong("idx"),
                                    row.getBytes("record_hash"),
                                    row.getBytes("record"),
                                    RecordColumns.of(row),
                                    Optional.ofNullable(row.getBytes("hash_before"))));
                }
                return rows;
            }
        }
    }

    private Entry entry(TenantId tenant, Row row) {
        boolean own = row.node().equals(log.node());
        boolean unlinked = !own && isBehindAPrune(tenant, row);
        Optional<String> difference =
                own ? own(tenant, row) : unlinked ? columnsDiffer(row) : foreign(row);
        if (difference.isPresent()) {
            violations.recorded(
                    AuditMismatchException.ofRow(
                            tenant, row.index(), "node " + row.node() + ": " + difference.get()));
        }
        return new Entry(
                row.columns().recordedAt(),
                row.node(),
                row.index(),
                difference.isEmpty() ? Optional.of(row.record()) : Optional.empty(),
                row.hash(),
                difference.isPresent()
                        ? Standing.BROKEN
                        : own ? Standing.VERIFIED : unlinked ? Standing.UNLINKED : Standing.LINKED);
    }

    /** Whether the row before it is missing because its node says that it pruned it. */
    private boolean isBehindAPrune(TenantId tenant, Row row) {
        return row.hashBefore().isEmpty()
                && row.index() > 0
                && row.index() % Tiles.WIDTH == 0
                && database.read(connection -> prunes(connection, row.node())).stream()
                        .filter(prune -> prune.tenant().equals(tenant))
                        .flatMap(prune -> prune.removed().stream())
                        .anyMatch(removed -> removed.to() == row.index());
    }

    private static List<Prune> prunes(Connection connection, String node) throws SQLException {
        List<Prune> prunes = new ArrayList<>();
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT record FROM audit_chain WHERE node = ? AND tenant_id = ?"
                                + " AND event_type = ? ORDER BY node, tenant_id, idx")) {
            statement.setString(1, node);
            statement.setString(2, TenantId.NODE.value());
            statement.setString(3, EventType.AUDIT_PRUNED.wire());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    prune(row.getBytes(1)).ifPresent(prunes::add);
                }
            }
        }
        return prunes;
    }

    private static Optional<Prune> prune(byte[] record) {
        try {
            return AuditRecord.parse(record).meta().object("prune").map(Prune::parse);
        } catch (IllegalArgumentException | RecordException e) {
            // Somebody's row, or one that tells of something else.
            return Optional.empty();
        }
    }

    private static Optional<String> columnsDiffer(Row row) {
        try {
            return RecordColumns.of(row.record()).equals(row.columns())
                    ? Optional.empty()
                    : Optional.of("a column says something else than the record");
        } catch (RuntimeException e) {
            return Optional.of("it is no record");
        }
    }

    private Optional<String> own(TenantId tenant, Row row) {
        return !log.exists(tenant) || row.index() < 0 || row.index() >= log.head(tenant).size()
                ? Optional.of("the log has no such record")
                : RowComparison.difference(
                        row.record(), row.hash(), row.columns(), log.leaf(tenant, row.index()));
    }

    private static Optional<String> foreign(Row row) {
        Optional<byte[]> before = row.index() == 0 ? Optional.of(NO_HASH) : row.hashBefore();
        if (before.isEmpty()) {
            return Optional.of("the row before it is missing");
        }
        byte[] leaf = ChainRule.leaf(before.get(), row.record());
        try {
            return RowComparison.difference(row.record(), row.hash(), row.columns(), leaf);
        } catch (RuntimeException e) {
            // Bytes whose hash fits can still be no record: nobody here made them.
            return Optional.of("it is no record");
        }
    }
}
