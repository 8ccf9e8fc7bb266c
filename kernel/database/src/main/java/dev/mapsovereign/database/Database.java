package dev.mapsovereign.database;

import com.zaxxer.hikari.HikariDataSource;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.database.h2.H2FilePath;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/**
 * The one door to the database. Work goes in, is run in one transaction, and its answer comes out;
 * connections, their bounds, repeats and what "durable" means for each product stay behind it.
 *
 * <p>Every wait is bounded (see {@code Limits}): a database that is away costs a caller three
 * seconds, one that hangs within a statement twenty. When it comes back, the next call works.
 *
 * <p>Safe for use by many threads, virtual ones included.
 */
public final class Database implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Database.class.getName());

    private final Dialect dialect;
    private final String shown;

    /** The file of an embedded database that is in one. */
    private final Optional<Path> file;

    private final HikariDataSource pool;

    /** H2's way to the disk; PostgreSQL syncs in its commit. */
    private final Optional<H2Sync> h2Sync;

    private final AtomicReference<Optional<CompletableFuture<Boolean>>> probe =
            new AtomicReference<>(Optional.empty());

    /** What makes commits of an embedded database durable. */
    private record H2Sync(H2Disk disk, GroupSync<MVStore> group) {}

    private Database(DatabaseAddress address, HikariDataSource pool, Optional<H2Sync> h2Sync) {
        this.dialect = address.dialect();
        this.shown = address.shown();
        this.file =
                address instanceof DatabaseAddress.H2File h2
                        ? Optional.of(h2.file())
                        : Optional.empty();
        this.pool = pool;
        this.h2Sync = h2Sync;
    }

    /**
     * Opens the database. A PostgreSQL server need not be there yet; an embedded file must open
     * now, since nothing outside this process will repair it.
     *
     * @throws OperatorException if an embedded database cannot be opened
     */
    public static Database open(DatabaseConfig config) {
        return open(config, DataSources.plain(config));
    }

    /** As {@link #open(DatabaseConfig)} on a source of connections that the caller made. */
    static Database open(DatabaseConfig config, DataSource plain) {
        Optional<H2Sync> h2Sync =
                config.dialect() == Dialect.H2
                        ? Optional.of(openH2(config.address(), plain))
                        : Optional.empty();
        return new Database(config.address(), DataSources.pooled(plain, config), h2Sync);
    }

    private static H2Sync openH2(DatabaseAddress address, DataSource plain) {
        H2Disk disk = new H2Disk(plain);
        try {
            disk.open();
        } catch (SQLException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "cannot open the " + address.shown() + ": " + h2Words(e),
                    e);
        }
        return new H2Sync(disk, new GroupSync<>(disk));
    }

    private static String h2Words(SQLException failure) {
        return failure.getErrorCode() == org.h2.api.ErrorCode.DATABASE_ALREADY_OPEN_1
                ? "another process has it open"
                : Faults.text(failure);
    }

    /**
     * Runs work that changes nothing, in a transaction that the database may count on to read only.
     */
    public <T> T read(Work<T> work) {
        return attempt(work, true, connection -> {});
    }

    /**
     * Runs work in one transaction and commits it. It is repeated, a few times and with pauses,
     * when the database undid it only because of others at the same moment.
     *
     * <p>The result can be lost in a power cut on H2; {@link #durably} is for what was promised to
     * somebody.
     */
    public <T> T write(Work<T> work) {
        return attempt(work, false, connection -> {});
    }

    /**
     * As {@link #write}, and returns only when the result survives power loss: on PostgreSQL by a
     * synchronous commit, on H2 by a sync that callers share who arrive at the same time.
     *
     * @throws DatabaseUnavailableException also when it was committed but the disk failed or did
     *     not answer in time; the message then says so
     */
    public <T> T durably(Work<T> work) {
        if (h2Sync.isEmpty()) {
            return write(work);
        }
        AtomicReference<Optional<MVStore>> committed = new AtomicReference<>(Optional.empty());
        T result =
                attempt(
                        work,
                        false,
                        connection -> committed.set(Optional.of(H2Disk.storeOf(connection))));
        MVStore synced = h2Sync.get().group().join(Limits.SYNC);
        if (committed.get().filter(store -> store == synced).isEmpty()) {
            throw GroupSync.unknown("H2 closed and reopened its file after a failure");
        }
        return result;
    }

    /**
     * Begins a bulk insert within work under way: many rows into one table by the fastest way the
     * product has (COPY on PostgreSQL, batches on H2).
     *
     * @param connection that of the work
     * @param table and
     * @param columns names as they stand in the schema, from code, never from outside
     */
    public BulkInsert bulkInsert(
            Connection connection, String table, List<String> columns, OnDuplicate onDuplicate)
            throws SQLException {
        return switch (dialect) {
            case POSTGRESQL -> new CopyInsert(connection, table, columns, onDuplicate);
            case H2 -> new BatchInsert(connection, table, columns, onDuplicate);
        };
    }

    /**
     * Copies an embedded database in a file as it is now, while it is worked with: a zip archive
     * with that one file, everything in it that was committed before this call. H2 leaves alone
     * what it would otherwise overwrite meanwhile, so the file may grow.
     *
     * @param out stays open
     * @throws DatabaseUnavailableException if the database failed; the archive is then no whole one
     * @throws IllegalStateException for a database that is in no file of ours
     */
    public void copyTo(OutputStream out) throws IOException {
        if (file.isEmpty() || h2Sync.isEmpty()) {
            throw new IllegalStateException("the " + shown + " is in no file of this host");
        }
        h2Sync.get().group().join(Limits.SYNC);
        try (Connection connection = connection()) {
            H2Copy.write(H2Disk.storeOf(connection).getFileStore(), out);
            connection.rollback();
        } catch (SQLException e) {
            throw Faults.of(dialect, shown, e);
        } catch (MVStoreException e) {
            throw new DatabaseUnavailableException(
                    shown + ": cannot be copied: " + e.getMessage(), e);
        }
    }

    /** Which product this is. */
    public Dialect dialect() {
        return dialect;
    }

    /** Whether it answers within that time, and can write; never waits longer and never throws. */
    public boolean healthy(Duration limit) {
        if (file.isPresent() && H2FilePath.waits(file.get())) {
            return false;
        }
        try {
            return sharedProbe().get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (TimeoutException | ExecutionException e) {
            return false;
        }
    }

    /** Its address for a sentence, without any credential. */
    @Override
    public String toString() {
        return shown;
    }

    /**
     * Begins the end: an embedded database no longer waits for a full disk to have room, so that
     * whoever works with it comes back.
     */
    public void stopWaiting() {
        file.ifPresent(H2FilePath::stopWaiting);
    }

    /** Closes it in order; what was committed on H2 is written and synced. */
    @Override
    public void close() {
        stopWaiting();
        pool.close();
        h2Sync.ifPresent(sync -> {
            sync.group().close();
            try {
                sync.disk().close();
            } catch (SQLException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the {0} did not close in order: {1}",
                        shown,
                        Faults.text(e));
            }
        });
    }

    /** What is done within the transaction after the work, before the commit. */
    private interface BeforeCommit {
        void look(Connection connection) throws SQLException;
    }

    private <T> T attempt(Work<T> work, boolean readOnly, BeforeCommit beforeCommit) {
        long pauseNanos = Limits.PAUSE.toNanos();
        for (int attempt = 1; ; attempt++) {
            try {
                return once(work, readOnly, beforeCommit);
            } catch (SQLException e) {
                if (!dialect.isSerializationFailure(e)) {
                    throw Faults.of(dialect, shown, e);
                }
                if (attempt == Limits.ATTEMPTS_MAX || Thread.currentThread().isInterrupted()) {
                    throw new DatabaseUnavailableException(
                            shown
                                    + ": undone "
                                    + attempt
                                    + " times by others at the same moment: "
                                    + Faults.text(e),
                            e);
                }
            }
            LockSupport.parkNanos(pauseNanos + ThreadLocalRandom.current().nextLong(pauseNanos));
            pauseNanos *= 2;
        }
    }

    private <T> T once(Work<T> work, boolean readOnly, BeforeCommit beforeCommit)
            throws SQLException {
        try (Connection connection = connection()) {
            if (readOnly) {
                connection.setReadOnly(true);
            }
            T result = runOrRollBack(work, connection, beforeCommit);
            commit(connection);
            return result;
        }
    }

    private Connection connection() {
        try {
            return pool.getConnection();
        } catch (SQLException e) {
            // The pool's own words say little; its cause is the server's answer to the last
            // attempt.
            Throwable words = e.getCause() == null ? e : e.getCause();
            throw new DatabaseUnavailableException(
                    shown + ": no connection: " + Faults.text(words), e);
        }
    }

    private static <T> T runOrRollBack(
            Work<T> work, Connection connection, BeforeCommit beforeCommit) throws SQLException {
        try {
            T result = work.run(connection);
            beforeCommit.look(connection);
            return result;
        } catch (SQLException | RuntimeException | Error e) {
            try {
                connection.rollback();
            } catch (SQLException rollback) {
                e.addSuppressed(rollback); // the connection is broken; the server rolls back
            }
            throw e;
        }
    }

    private void commit(Connection connection) throws SQLException {
        try {
            connection.commit();
        } catch (SQLException e) {
            if (dialect.isUnavailable(e)) {
                throw new DatabaseUnavailableException(
                        shown + ": the outcome of the commit is unknown: " + Faults.text(e), e);
            }
            throw e;
        }
    }

    /** All who ask at the same time share one probe, so that a hung server holds one thread. */
    private CompletableFuture<Boolean> sharedProbe() {
        CompletableFuture<Boolean> fresh = new CompletableFuture<>();
        Optional<CompletableFuture<Boolean>> running = probe.get();
        if (running.isPresent() && !running.get().isDone()) {
            return running.get();
        }
        if (!probe.compareAndSet(running, Optional.of(fresh))) {
            return probe.get().orElse(fresh);
        }
        Thread.ofVirtual().name("map-database-probe").start(() -> fresh.complete(answers()));
        return fresh;
    }

    private boolean answers() {
        try (Connection connection = pool.getConnection()) {
            boolean valid = connection.isValid(Math.toIntExact(Limits.VALIDATION.toSeconds()));
            connection.rollback();
            return valid;
        } catch (SQLException | RuntimeException e) {
            return false;
        }
    }
}
