package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
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
                    + " FROM audit_chain WHERE tenant_id = ?"
                    + " AND recorded_at >= ? AND (recorded_at, node, idx) > (?, ?, ?)"
                    + " ORDER BY recorded_at, node, idx LIMIT ?";

    private static final byte[] NO_HASH = new byte[32];

    private final Database database;
    private final AuditLog log;

    /** The timeline in that database, seen from the node that has that log. */
    public TenantTimeline(Database database, AuditLog log) {
        this.database = database;
        this.log = log;
    }

    /** What is known of a row. */
    public enum Standing {
        /** It is what this node's own log says. */
        VERIFIED,
        /** Another node's: it follows from the row before it, and nobody here can vouch for it. */
        LINKED,
        /** It was changed, or the row before it was, or that one is missing. */
        BROKEN
    }

    /**
     * Where a page ended.
     *
     * @param time of the last row
     * @param node whose it was
     * @param index its place in that node's chain
     */
    public record Mark(Instant time, String node, long index) {
        /** Before every record. */
        public static final Mark START = new Mark(Instant.EPOCH, "", -1);
    }

    /**
     * One row.
     *
     * @param at its place in the timeline
     * @param record its bytes as the database has them; not to be changed
     * @param recordHash its hash as the database has it; not to be changed
     */
    public record Entry(Mark at, byte[] record, byte[] recordHash, Standing standing) {}

    /**
     * The rows after a mark, as far as every node's projection has come: what a node brings later
     * stands where its time puts it, also before a mark that was given out.
     *
     * @param limit 1 to 1000
     * @throws IllegalArgumentException for another limit
     */
    public List<Entry> after(TenantId tenant, Mark mark, int limit) {
        if (limit < 1 || limit > Limits.PAGE_ROWS_MAX) {
            throw new IllegalArgumentException(
                    "a page has 1 to " + Limits.PAGE_ROWS_MAX + " rows, not " + limit);
        }
        return database.read(connection -> select(connection, tenant, mark, limit));
    }

    private List<Entry> select(Connection connection, TenantId tenant, Mark mark, int limit)
            throws SQLException {
        List<Entry> entries = new ArrayList<>();
        OffsetDateTime time = mark.time().atOffset(ZoneOffset.UTC);
        try (PreparedStatement statement = connection.prepareStatement(SELECT)) {
            statement.setString(1, tenant.value());
            statement.setObject(2, time);
            statement.setObject(3, time);
            statement.setString(4, mark.node());
            statement.setLong(5, mark.index());
            statement.setInt(6, limit);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    entries.add(entry(tenant, row));
                }
            }
        }
        return entries;
    }

    private Entry entry(TenantId tenant, ResultSet row) throws SQLException {
        RecordColumns columns = RecordColumns.of(row);
        Mark at = new Mark(columns.recordedAt(), row.getString("node"), row.getLong("idx"));
        byte[] record = row.getBytes("record");
        byte[] hash = row.getBytes("record_hash");
        Standing standing =
                at.node().equals(log.node())
                        ? own(tenant, at.index(), record, hash, columns)
                        : foreign(
                                record,
                                hash,
                                columns,
                                at.index() == 0
                                        ? Optional.of(NO_HASH)
                                        : Optional.ofNullable(row.getBytes("hash_before")));
        return new Entry(at, record, hash, standing);
    }

    private Standing own(
            TenantId tenant, long index, byte[] record, byte[] hash, RecordColumns columns) {
        if (!log.exists(tenant) || index >= log.head(tenant).size()) {
            return Standing.BROKEN;
        }
        return RowComparison.difference(record, hash, columns, log.leaf(tenant, index)).isEmpty()
                ? Standing.VERIFIED
                : Standing.BROKEN;
    }

    private static Standing foreign(
            byte[] record, byte[] hash, RecordColumns columns, Optional<byte[]> before) {
        boolean follows =
                before.isPresent()
                        && Arrays.equals(
                                hash, ChainRule.recordHash(ChainRule.leaf(before.get(), record)));
        return follows && saysTheSame(record, columns) ? Standing.LINKED : Standing.BROKEN;
    }

    /** Bytes whose hash fits can still be no record: nobody here made them. */
    private static boolean saysTheSame(byte[] record, RecordColumns columns) {
        try {
            return RecordColumns.of(record).equals(columns);
        } catch (RuntimeException e) {
            return false;
        }
    }
}
