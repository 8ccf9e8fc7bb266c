package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.AuditIntegrityException;
import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.prune.PrunedRanges;
import dev.mapsovereign.auditlog.prune.RecordPrunedException;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.Tiles;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseUnavailableException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongUnaryOperator;

/**
 * Searches this node's records in the database. The database finds; the log vouches: every row is
 * compared with its leaf in the log, record, hash and columns, before it is answered, and the leaf
 * with the tree above it. A row that differs, or is missing where none may be, is refused by {@link
 * AuditMismatchException} and recorded.
 *
 * <p>Safe for use by several threads.
 */
public final class AuditIndex {
    private static final String SELECT =
            "SELECT idx, record_hash, record, "
                    + String.join(", ", RecordColumns.NAMES)
                    + " FROM audit_chain";

    private static final String FILES_CHANGED =
            "the log's own files are not what its tree was made from";
    private static final String FILES_UNREADABLE = "the log's own files cannot be read";

    private final Database database;
    private final AuditLog log;
    private final Violations violations;

    /** The index of that log in that database; a running {@link AuditProjection} fills it. */
    public AuditIndex(Database database, AuditLog log) {
        this.database = database;
        this.log = log;
        this.violations = new Violations(log);
    }

    /** The same tenant's records of all nodes that have their rows in that database. */
    public TenantTimeline timeline() {
        return new TenantTimeline(database, log, violations);
    }

    /**
     * One page. The first waits up to a second for the projection to reach what is durable now, so
     * that whoever was answered finds his record; when that is not enough, the page says so ({@link
     * AuditPage#asOf} under {@link AuditPage#logSize}).
     *
     * @throws IllegalArgumentException if the tenant has no log, the cursor is of another query, or
     *     the log never had the size asked for
     * @throws IndexBehindException if the index does not reach that size yet
     * @throws AuditMismatchException if a row is not the log's, or the log's files are not the
     *     tree's
     * @throws DatabaseUnavailableException if the database is away
     */
    public AuditPage query(AuditQuery query) {
        long logSize = log.head(query.tenant()).size();
        Optional<Cursor> cursor = Cursor.of(query);
        long asOf = asOf(query, cursor, logSize);
        Range range = range(query, cursor, asOf);
        List<Row> rows = database.read(connection -> select(connection, query, range));
        boolean more = rows.size() > query.limit();
        List<Row> page = more ? rows.subList(0, query.limit()) : rows;
        if (query.isWhole()) {
            requireNoneMissing(query, range, page, more);
        }
        List<AuditRow> answer = checked(query.tenant(), page);
        Optional<String> next =
                more
                        ? Optional.of(Cursor.after(query, asOf, page.getLast().index()).text())
                        : Optional.empty();
        return new AuditPage(answer, next, asOf, logSize);
    }

    /** A row as the database has it. */
    private record Row(long index, byte[] hash, byte[] record, RecordColumns columns) {}

    /** Indexes from the first, included, to the second, excluded. */
    private record Range(long from, long to) {}

    /**
     * Leaves as {@link AuditLog#leaves} gives them.
     *
     * @throws RecordPrunedException if one of them was pruned
     * @throws AuditMismatchException if they are not what the tree was made from; recorded
     * @throws IllegalArgumentException if there are not so many
     */
    public List<byte[]> leaves(TenantId tenant, long first, int count) {
        try {
            return log.leaves(tenant, first, count);
        } catch (AuditIntegrityException | UncheckedIOException e) {
            AuditMismatchException damage = damage(tenant, first, count);
            damage.addSuppressed(e);
            throw damage;
        }
    }

    /** Looks one by one for the record that is meant. */
    private AuditMismatchException damage(TenantId tenant, long first, int count) {
        for (long index = first; index < first + count; index++) {
            try {
                List<byte[]> _ = log.leaves(tenant, index, 1);
            } catch (AuditIntegrityException e) {
                return violations.recorded(
                        AuditMismatchException.ofLog(tenant, index, FILES_CHANGED));
            } catch (UncheckedIOException e) {
                return violations.recorded(
                        AuditMismatchException.ofLog(tenant, index, FILES_UNREADABLE));
            }
        }
        return violations.recorded(AuditMismatchException.ofLog(tenant, first, FILES_CHANGED));
    }

    /**
     * For which size to answer. A cursor says so itself, and gives no right: whatever it says, no
     * more than what was durable and is in the index; else a row that cannot be there yet would
     * count as missing.
     */
    private long asOf(AuditQuery query, Optional<Cursor> cursor, long logSize) {
        Optional<Long> asked =
                cursor.map(Cursor::asOf).or(() -> query.asOf().stream().boxed().findFirst());
        long wanted = asked.orElse(logSize);
        if (wanted > logSize) {
            throw new IllegalArgumentException(
                    "the log has " + logSize + " records and never had " + wanted);
        }
        long indexed = indexedUpTo(query.tenant(), wanted);
        if (asked.isPresent() && indexed < wanted) {
            throw new IndexBehindException(query.tenant(), indexed, wanted);
        }
        return indexed;
    }

    private static Range range(AuditQuery query, Optional<Cursor> cursor, long asOf) {
        long from = query.indexFrom().orElse(0);
        long to = Math.min(asOf, query.indexTo().orElse(Long.MAX_VALUE));
        if (cursor.isPresent()) {
            long last = cursor.get().lastIndex();
            return query.newestFirst()
                    ? new Range(from, Math.min(to, last))
                    : new Range(Math.max(from, last + 1), to);
        }
        return new Range(from, to);
    }

    private List<Row> select(Connection connection, AuditQuery query, Range range)
            throws SQLException {
        Conditions conditions =
                new Conditions()
                        .add("node = ?", log.node())
                        .add("tenant_id = ?", query.tenant().value())
                        .add("idx >= ?", range.from())
                        .add("idx < ?", range.to())
                        .addWhatIsAsked(query);
        String sql = SELECT + conditions + orderBy(query.newestFirst()) + " LIMIT ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(conditions.set(statement), query.limit() + 1);
            return rows(statement);
        }
    }

    /**
     * Names the whole head of the primary key: H2 sorts all rows rather than see that two are
     * fixed.
     */
    private static String orderBy(boolean newestFirst) {
        return newestFirst
                ? " ORDER BY node DESC, tenant_id DESC, idx DESC"
                : " ORDER BY node, tenant_id, idx";
    }

    private static List<Row> rows(PreparedStatement statement) throws SQLException {
        List<Row> rows = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                rows.add(
                        new Row(
                                row.getLong("idx"),
                                row.getBytes("record_hash"),
                                row.getBytes("record"),
                                RecordColumns.of(row)));
            }
        }
        return rows;
    }

    /**
     * Where nothing but indexes narrows the query, rows follow each other without a gap, but for
     * those that were pruned. Of these some may still be there.
     */
    private void requireNoneMissing(AuditQuery query, Range range, List<Row> page, boolean more) {
        long step = query.newestFirst() ? -1 : 1;
        PrunedRanges pruned = log.pruned(query.tenant());
        LongUnaryOperator kept = query.newestFirst() ? pruned::previousKept : pruned::nextKept;
        long expected = kept.applyAsLong(query.newestFirst() ? range.to() - 1 : range.from());
        for (Row row : page) {
            if (pruned.contains(row.index())) {
                continue;
            }
            if (row.index() != expected) {
                throw violation(query.tenant(), expected, "its row is missing, or there twice");
            }
            expected = kept.applyAsLong(expected + step);
        }
        boolean ended = query.newestFirst() ? expected < range.from() : expected >= range.to();
        if (!more && !ended) {
            throw violation(query.tenant(), expected, "its row is missing");
        }
    }

    private List<AuditRow> checked(TenantId tenant, List<Row> rows) {
        List<AuditRow> checked = new ArrayList<>(rows.size());
        for (int first = 0; first < rows.size(); ) {
            int end = endOfRun(rows, first);
            checkRun(tenant, rows.subList(first, end), checked);
            first = end;
        }
        return checked;
    }

    /** Rows whose leaves lie in one entry bundle are checked together: it is read once. */
    private static int endOfRun(List<Row> rows, int first) {
        long bundle = rows.get(first).index() / Tiles.WIDTH;
        int end = first + 1;
        while (end < rows.size() && rows.get(end).index() / Tiles.WIDTH == bundle) {
            end++;
        }
        return end;
    }

    private void checkRun(TenantId tenant, List<Row> run, List<AuditRow> checked) {
        long lowest = Math.min(run.getFirst().index(), run.getLast().index());
        long highest = Math.max(run.getFirst().index(), run.getLast().index());
        if (lowest < 0 || highest >= log.head(tenant).size()) {
            throw violation(tenant, highest, "the log has no such record");
        }
        List<byte[]> leaves;
        try {
            leaves = leaves(tenant, lowest, (int) (highest - lowest + 1));
        } catch (RecordPrunedException e) {
            // A whole bundle goes at once; its rows are about to go, too.
            return;
        }
        for (Row row : run) {
            Optional<String> difference = difference(row, leaves, (int) (row.index() - lowest));
            if (difference.isPresent()) {
                throw violation(tenant, row.index(), difference.get());
            }
            checked.add(
                    new AuditRow(
                            log.node(),
                            tenant,
                            row.index(),
                            row.record(),
                            row.hash(),
                            ChainRule.previousHash(leaves.get((int) (row.index() - lowest)))));
        }
    }

    private static Optional<String> difference(Row row, List<byte[]> leaves, int place) {
        if (place < 0 || place >= leaves.size()) {
            return Optional.of("there are two rows of one index");
        }
        return RowComparison.difference(row.record(), row.hash(), row.columns(), leaves.get(place));
    }

    private AuditMismatchException violation(TenantId tenant, long index, String finding) {
        return violations.recorded(AuditMismatchException.ofRow(tenant, index, finding));
    }

    /** How far the index reaches; waits a little while it is short of {@code wanted}. */
    private long indexedUpTo(TenantId tenant, long wanted) {
        long deadline = System.nanoTime() + Limits.FRESH.toNanos();
        long indexed = indexed(tenant);
        while (indexed < wanted
                && System.nanoTime() < deadline
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(Limits.FRESH_LOOK.toNanos());
            indexed = indexed(tenant);
        }
        return Math.min(indexed, wanted);
    }

    private long indexed(TenantId tenant) {
        return database.read(connection -> indexed(connection, log.node(), tenant));
    }

    /** One more than the highest index that has a row. */
    static long indexed(Connection connection, String node, TenantId tenant) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT idx FROM audit_chain WHERE node = ? AND tenant_id = ?"
                                + orderBy(true)
                                + " LIMIT 1")) {
            statement.setString(1, node);
            statement.setString(2, tenant.value());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getLong(1) + 1 : 0;
            }
        }
    }
}
