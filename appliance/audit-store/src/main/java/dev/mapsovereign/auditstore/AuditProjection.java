package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogStatus.TenantStatus;
import dev.mapsovereign.auditlog.JournalReader;
import dev.mapsovereign.auditlog.LoggedRecord;
import dev.mapsovereign.auditlog.Position;
import dev.mapsovereign.auditstore.ProjectionState.Phase;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.Invariant;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.BulkInsert;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseException;
import dev.mapsovereign.database.Dialect;
import dev.mapsovereign.database.OnDuplicate;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Brings every durable record into the database's table {@code audit_chain}, in the order of the
 * journal and behind it. Rows and the position reached are one transaction, so whatever breaks off
 * goes on where it was, with every record once.
 *
 * <p>The database may be away for as long as it likes: nothing waits for it, nothing is lost, and
 * what it missed is brought when it is back. What the journal cannot follow (a database that is
 * ahead of it, after one of both was restored) is said by {@link #trouble} and left for a rebuild.
 *
 * <p>One thread does the work; the methods are safe for use by several.
 */
public final class AuditProjection implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(AuditProjection.class.getName());

    private static final String REBUILDING = "rebuilding";

    private static final List<String> COLUMNS =
            Stream.of(
                            List.of("node", "tenant_id", "idx", "record_hash", "record"),
                            RecordColumns.NAMES)
                    .flatMap(List::stream)
                    .toList();

    private final AuditLog log;
    private final Database database;
    private final Thread thread;
    private final Courtesy courtesy;

    /** How many records of each tenant are in the database. */
    private final Map<TenantId, Long> projected = new ConcurrentHashMap<>();

    /** When the last look began that found nothing left to bring. */
    private volatile long idleNanos = System.nanoTime() - 1;

    /** Covers what follows; held for a few instructions. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private boolean closing;
    private boolean restart;
    private Optional<String> trouble = Optional.of("starting");
    private long progressNanos = System.nanoTime();

    /** A projection of that log into that database; {@link #start} begins it. */
    public AuditProjection(AuditLog log, Database database) {
        this.log = log;
        this.database = database;
        this.courtesy = new Courtesy(log);
        this.thread = Thread.ofPlatform().name("audit-projection").daemon().unstarted(this::run);
    }

    /** Begins to follow the log. */
    public void start() {
        thread.start();
    }

    /** How far the database is behind. */
    public ProjectionLag lag() {
        long behind = 0;
        for (TenantStatus tenant : log.status().tenants()) {
            long done = projected.getOrDefault(tenant.tenant(), 0L);
            behind += Math.max(0, tenant.head().size() - done);
        }
        lock.lock();
        try {
            return new ProjectionLag(
                    behind,
                    behind == 0
                            ? Duration.ZERO
                            : Duration.ofNanos(System.nanoTime() - progressNanos));
        } finally {
            lock.unlock();
        }
    }

    /** Whether the last step succeeded; a lag alone is no illness. */
    public boolean healthy() {
        return trouble().isEmpty();
    }

    /** Why the projection does not go on; empty while it does. */
    public Optional<String> trouble() {
        lock.lock();
        try {
            return trouble;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Removes this node's rows, whatever they say, and brings all records again from the journal.
     * Returns when everything is back that was durable at the call; the projection must be started.
     * Rows of other nodes in the same database stay. A rebuild that breaks off goes on at the next
     * start.
     *
     * @throws OperatorException if the database's login may not remove rows, or the rebuild cannot
     *     go on; then {@link #trouble} says why
     */
    public void rebuild(Progress progress) throws InterruptedException {
        Invariant.check(thread.isAlive(), "the projection was started before a rebuild");
        new RowRemoval(database, log.node()).requireRight("rebuild");
        List<TenantStatus> wanted = log.status().tenants();
        boolean _ =
                database.durably(connection -> {
                    new ProjectionState(Phase.CLEARING, Optional.empty())
                            .write(connection, log.node());
                    return true;
                });
        projected.clear();
        requestRestart();
        awaitRebuilt(wanted, progress);
    }

    /**
     * Returns when every record is in the database that those heads count, or the journal held
     * nothing more to bring at a moment after this call: rows that are missing then were removed.
     *
     * @throws OperatorException if the projection stands still for reasons of its own
     */
    void awaitCaughtUp(List<TenantStatus> wanted) throws InterruptedException {
        Invariant.check(thread.isAlive(), "the projection runs");
        long asked = System.nanoTime();
        long standing = asked;
        long before = -1;
        while (true) {
            long done = done(wanted);
            if (done == total(wanted) || idleNanos - asked > 0) {
                return;
            }
            long now = System.nanoTime();
            standing = done == before ? standing : now;
            before = done;
            requireMoving(standing);
            Thread.sleep(Limits.FRESH_LOOK);
        }
    }

    private void requireMoving(long standingSince) {
        if (System.nanoTime() - standingSince > Limits.STANDING_STILL.toNanos()) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "the projection into the "
                            + database
                            + " does not go on: "
                            + trouble().orElse("it is slow"),
                    "put that right and run this again");
        }
    }

    private static long total(List<TenantStatus> wanted) {
        return wanted.stream().mapToLong(tenant -> tenant.head().size()).sum();
    }

    private long done(List<TenantStatus> wanted) {
        long done = 0;
        for (TenantStatus tenant : wanted) {
            done += Math.min(tenant.head().size(), projected.getOrDefault(tenant.tenant(), 0L));
        }
        return done;
    }

    /**
     * Returns when so many records of a tenant have been brought: none of them comes any more.
     *
     * @throws OperatorException if the projection stands still for reasons of its own
     */
    public void awaitBrought(TenantId tenant, long records) throws InterruptedException {
        long standing = System.nanoTime();
        long before = -1;
        for (long done = brought(tenant); done < records; done = brought(tenant)) {
            standing = done == before ? standing : System.nanoTime();
            requireMoving(standing);
            before = done;
            Thread.sleep(Limits.FRESH_LOOK);
        }
    }

    private long brought(TenantId tenant) {
        return projected.getOrDefault(tenant, 0L);
    }

    /** Where in the journal the database goes on, by what is durable there. */
    public Position followed() {
        ProjectionState state = database.read(c -> ProjectionState.read(c, log.node()));
        return state.phase() == Phase.FOLLOWING ? state.resume() : Position.START;
    }

    /** Ends it; what is not in the database yet comes at the next start. */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        // Never by interrupting it: the journal's file would be closed under the reader.
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Duration pause = Limits.RETRY_FIRST;
        while (!isClosing()) {
            try {
                followUntilTold();
                pause = Limits.RETRY_FIRST;
            } catch (InterruptedException | RuntimeException | Error e) {
                pause = healthy() ? Limits.RETRY_FIRST : longer(pause);
                note(Optional.of(Objects.requireNonNullElse(e.getMessage(), e.toString())));
                pause(pause);
            }
        }
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(Limits.RETRY_LONGEST) < 0 ? twice : Limits.RETRY_LONGEST;
    }

    /** Follows from where the database says, until closing or a rebuild. */
    private void followUntilTold() throws InterruptedException {
        takeRestart();
        ProjectionState state = resume();
        // Made anew here: a database that was dropped and came back has no partitions.
        Partitions partitions = new Partitions(database);
        try (JournalReader reader = log.follow(state.resume())) {
            BatchSource source = new BatchSource(reader, partitions, courtesy, batchRecords());
            while (!isClosing() && !mustRestart()) {
                long began = System.nanoTime();
                Duration rest = Duration.ZERO;
                if (source.awaitMore()) {
                    Optional<ProjectionState> next = insert(source, state);
                    if (next.isEmpty()) {
                        return; // somebody moved the position: read it again
                    }
                    state = next.get();
                    boolean few = source.done() < Limits.PIECE_RECORDS;
                    rest = courtesy.pauseAfter(System.nanoTime() - began);
                    rest = few && rest.isZero() ? Limits.GATHER : rest;
                } else {
                    idleNanos = began;
                }
                note(Optional.empty());
                pause(rest);
            }
        }
    }

    private int batchRecords() {
        return switch (database.dialect()) {
            case POSTGRESQL -> Limits.BATCH_RECORDS_POSTGRESQL;
            case H2 -> Limits.BATCH_RECORDS_H2;
        };
    }

    private ProjectionState resume() {
        ProjectionState state = database.read(c -> ProjectionState.read(c, log.node()));
        if (state.phase() == Phase.CLEARING) {
            clear();
        }
        ProjectionState following = new ProjectionState(Phase.FOLLOWING, state.position());
        boolean _ =
                database.write(connection -> {
                    following.write(connection, log.node());
                    return true;
                });
        Position durable = log.status().durable();
        if (following.resume().compareTo(durable) > 0) {
            throw new IllegalStateException(
                    "the database is ahead of the journal ("
                            + following.resume().text()
                            + " beyond "
                            + durable.text()
                            + "): one of both was restored; run: map audit rebuild");
        }
        for (TenantId tenant : log.tenants()) {
            projected.put(tenant, database.read(c -> AuditIndex.indexed(c, log.node(), tenant)));
        }
        return following;
    }

    /** Rows and position in one transaction; empty when the position is not ours any more. */
    private Optional<ProjectionState> insert(BatchSource source, ProjectionState before) {
        Optional<ProjectionState> after;
        try {
            after = insert(source, before, OnDuplicate.FAIL);
        } catch (DatabaseException e) {
            if (!e.isDuplicate()) {
                throw e;
            }
            // The position was lost or set back, the rows were not.
            after = insert(source, before, OnDuplicate.KEEP);
        }
        if (after.isPresent()) {
            source.forEachTaken(record -> projected.put(record.tenant(), record.index() + 1));
        }
        return after;
    }

    /**
     * What was read stays with the source until it is committed, so the work can be repeated. While
     * the server takes in one part of the batch, the next is read and parsed.
     */
    private Optional<ProjectionState> insert(
            BatchSource source, ProjectionState before, OnDuplicate onDuplicate) {
        return database.write(connection -> {
            doNotWaitForTheDisk(connection);
            try (BulkInsert bulk =
                    database.bulkInsert(connection, "audit_chain", COLUMNS, onDuplicate)) {
                Position reached = source.feed((record, columns) -> row(bulk, record, columns));
                long _ = bulk.finish();
                ProjectionState after =
                        new ProjectionState(Phase.FOLLOWING, Optional.of(reached.text()));
                if (after.replace(connection, log.node(), before)) {
                    return Optional.of(after);
                }
            }
            connection.rollback();
            return Optional.<ProjectionState>empty();
        });
    }

    /** Rows lost in a power cut are lost with the position behind them, and come again. */
    private void doNotWaitForTheDisk(Connection connection) throws SQLException {
        if (database.dialect() == Dialect.POSTGRESQL) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET LOCAL synchronous_commit = off");
            }
        }
    }

    private void row(BulkInsert bulk, LoggedRecord record, RecordColumns columns)
            throws SQLException {
        bulk.text(log.node())
                .text(record.tenant().value())
                .integer(record.index())
                .bytes(record.hash())
                .bytes(record.record())
                .time(columns.recordedAt())
                .text(columns.eventType())
                .text(columns.correlationId())
                .text(columns.callerDid())
                .text(columns.protocol())
                .text(columns.operation())
                .text(columns.outcome())
                .text(columns.stage())
                .text(columns.code())
                .endRow();
    }

    /** Removes this node's rows, a few thousand in each transaction. */
    private void clear() {
        boolean more = true;
        while (more && !isClosing()) {
            more = database.write(this::clearSome);
        }
        if (isClosing()) {
            throw new IllegalStateException("closing; the rebuild goes on at the next start");
        }
    }

    private boolean clearSome(Connection connection) throws SQLException {
        String rows = "audit_chain WHERE node = ?";
        List<Object> upTo = new ArrayList<>();
        try (PreparedStatement select =
                connection.prepareStatement(
                        "SELECT tenant_id, idx FROM "
                                + rows
                                + " ORDER BY tenant_id, idx LIMIT 1 OFFSET "
                                + (Limits.CLEAR_ROWS - 1))) {
            select.setString(1, log.node());
            try (ResultSet row = select.executeQuery()) {
                if (row.next()) {
                    upTo.add(row.getString(1));
                    upTo.add(row.getLong(2));
                }
            }
        }
        boolean more = !upTo.isEmpty();
        try (PreparedStatement delete =
                connection.prepareStatement(
                        "DELETE FROM " + rows + (more ? " AND (tenant_id, idx) <= (?, ?)" : ""))) {
            delete.setString(1, log.node());
            for (int i = 0; i < upTo.size(); i++) {
                delete.setObject(i + 2, upTo.get(i));
            }
            delete.executeUpdate();
        }
        return more;
    }

    private void awaitRebuilt(List<TenantStatus> wanted, Progress progress)
            throws InterruptedException {
        long total = total(wanted);
        while (true) {
            long done = done(wanted);
            progress.done(done, total);
            if (done == total && !mustRestart() && healthy()) {
                return;
            }
            requireGoingOn(done);
            Thread.sleep(Limits.IDLE);
        }
    }

    private void requireGoingOn(long done) {
        lock.lock();
        try {
            if (closing) {
                throw new OperatorException(
                        ExitCode.FAILED,
                        "the rebuild was stopped after " + done + " records",
                        "it goes on at the next start");
            }
            if (trouble.isPresent() && !restart && !trouble.get().equals(REBUILDING)) {
                throw new OperatorException(
                        ExitCode.FAILED,
                        "the rebuild waits after " + done + " records: " + trouble.get(),
                        "it goes on by itself when that has passed");
            }
        } finally {
            lock.unlock();
        }
    }

    private void requestRestart() {
        lock.lock();
        try {
            restart = true;
            trouble = Optional.of(REBUILDING);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void takeRestart() {
        lock.lock();
        try {
            restart = false;
        } finally {
            lock.unlock();
        }
    }

    private boolean mustRestart() {
        lock.lock();
        try {
            return restart;
        } finally {
            lock.unlock();
        }
    }

    private boolean isClosing() {
        lock.lock();
        try {
            return closing;
        } finally {
            lock.unlock();
        }
    }

    /** Says once in the log what changed. */
    private void note(Optional<String> now) {
        boolean behind = now.isPresent();
        Optional<String> before;
        lock.lock();
        try {
            before = trouble;
            trouble = restart ? trouble : now;
            if (!behind) {
                progressNanos = System.nanoTime();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (!before.equals(now)) {
            LOG.log(
                    behind ? System.Logger.Level.WARNING : System.Logger.Level.INFO,
                    "audit projection into the {0}: {1}",
                    database,
                    now.orElse("follows the log"));
        }
    }

    private void pause(Duration pause) {
        lock.lock();
        try {
            long left = pause.toNanos();
            while (left > 0 && !closing && !restart) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            // Nobody interrupts this thread; if somebody did, the pause was shorter.
        } finally {
            lock.unlock();
        }
    }
}
