package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.AuditIntegrityException;
import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.merkle.Tiles;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseUnavailableException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Searches this node's records in the database. The database finds; the log vouches: every row is
 * compared with its leaf in the log, record, hash and columns, before it is answered, and the leaf
 * with the tree above it. A row that differs, or is missing where none may be, is refused by {@link
 * AuditMismatchException} and recorded.
 *
 * <p>Safe for use by several threads.
 */
public final class AuditIndex {
    private static final System.Logger LOG = System.getLogger(AuditIndex.class.getName());

    private static final String SELECT =
            "SELECT idx, record_hash, record, "
                    + String.join(", ", RecordColumns.NAMES)
                    + " FROM audit_chain WHERE node = ? AND tenant_id = ?";

    private static final String FILES_CHANGED =
            "the log's own files are not what its tree was made from";
    private static final String FILES_UNREADABLE = "the log's own files cannot be read";

    private final Database database;
    private final AuditLog log;
    private final Set<String> reported = ConcurrentHashMap.newKeySet();

    /** The index of that log in that database; a running {@link AuditProjection} fills it. */
    public AuditIndex(Database database, AuditLog log) {
        this.database = database;
        this.log = log;
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
                return recorded(AuditMismatchException.ofLog(tenant, index, FILES_CHANGED));
            } catch (UncheckedIOException e) {
                return recorded(AuditMismatchException.ofLog(tenant, index, FILES_UNREADABLE));
            }
        }
        return recorded(AuditMismatchException.ofLog(tenant, first, FILES_CHANGED));
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
        Conditions conditions = new Conditions();
        conditions.add("idx >= ?", Optional.of(range.from()));
        conditions.add("idx < ?", Optional.of(range.to()));
        conditions.add("correlation_id = ?", query.correlationId());
        conditions.add("caller_did = ?", query.callerDid());
        conditions.add("protocol = ?", query.protocol());
        conditions.add("operation = ?", query.operation());
        conditions.add("outcome = ?", query.outcome());
        conditions.add("event_type = ?", query.eventType());
        conditions.add("recorded_at >= ?", query.from().map(AuditIndex::offset));
        conditions.add("recorded_at < ?", query.to().map(AuditIndex::offset));
        String sql = SELECT + conditions.sql + orderBy(query.newestFirst()) + " LIMIT ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, log.node());
            statement.setString(2, query.tenant().value());
            int parameter = 3;
            for (Object value : conditions.values) {
                statement.setObject(parameter++, value);
            }
            statement.setInt(parameter, query.limit() + 1);
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

    /** SQL conditions and what stands for their question marks. */
    private static final class Conditions {
        private final StringBuilder sql = new StringBuilder();
        private final List<Object> values = new ArrayList<>();

        void add(String condition, Optional<?> value) {
            if (value.isPresent()) {
                sql.append(" AND ").append(condition);
                values.add(value.get());
            }
        }
    }

    private static Object offset(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
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

    /** Where nothing but indexes narrows the query, rows follow each other without a gap. */
    private void requireNoneMissing(AuditQuery query, Range range, List<Row> page, boolean more) {
        long step = query.newestFirst() ? -1 : 1;
        long expected = query.newestFirst() ? range.to() - 1 : range.from();
        for (Row row : page) {
            if (row.index() != expected) {
                throw violation(query.tenant(), expected, "its row is missing, or there twice");
            }
            expected += step;
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
        List<byte[]> leaves = leaves(tenant, lowest, (int) (highest - lowest + 1));
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
        return recorded(AuditMismatchException.ofRow(tenant, index, finding));
    }

    /** Records what was found, once. */
    private AuditMismatchException recorded(AuditMismatchException mismatch) {
        TenantId tenant = mismatch.tenant();
        long index = mismatch.index();
        String finding = mismatch.finding();
        LOG.log(System.Logger.Level.ERROR, mismatch.getMessage());
        String key = tenant + " " + index + " " + finding;
        if (reported.size() < Limits.REPORTED_MAX && reported.add(key)) {
            try {
                log.append(
                        AuditDraft.builder(
                                        TenantId.NODE,
                                        EventType.SECURITY_VIOLATION,
                                        AuditOutcome.REFUSED)
                                .operation("audit_index")
                                .meta(
                                        JsonObject.builder()
                                                .put("tenant_id", tenant.value())
                                                .put("index", String.valueOf(index))
                                                .put("finding", finding)
                                                .build())
                                .build());
            } catch (AuditUnavailableException e) {
                reported.remove(key); // refused all the same, and recorded at the next look
                mismatch.addSuppressed(e);
            }
        }
        return mismatch;
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
