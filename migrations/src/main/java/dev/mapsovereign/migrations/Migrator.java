package dev.mapsovereign.migrations;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.Dialect;
import dev.mapsovereign.migrations.SchemaStatus.Entry;
import dev.mapsovereign.migrations.SchemaStatus.State;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Brings a database to this release's schema: forward only, each file in a transaction of its own
 * together with its row in {@code schema_history}. {@code run_migrations.sh} does the same with
 * psql and leaves the same rows, so either may continue what the other began.
 *
 * <p>On PostgreSQL two runners wait for each other. H2 commits with every statement that changes
 * the schema; files can be run twice, so a run that broke off is continued by running again.
 */
public final class Migrator {
    /** The ASCII of "map_migr"; {@code run_migrations.sh} takes the same advisory lock. */
    private static final long LOCK = 7881704378034906994L;

    /** How long a runner waits for another one, and a file for a table that is in use. */
    private static final String LOCK_TIMEOUT = "60s";

    private final Database database;
    private final List<Migration> migrations;

    /** A runner of this release's files. */
    public Migrator(Database database) {
        this(database, MigrationCatalog.of(database.dialect()));
    }

    Migrator(Database database, List<Migration> migrations) {
        this.database = database;
        this.migrations = List.copyOf(migrations);
    }

    /** Is told before a file is run. */
    @FunctionalInterface
    public interface Progress {
        /**
         * @param number which of those that are applied in this run, from 1
         */
        void applying(Migration migration, int number, int total);
    }

    /** One row of the history. */
    private record Applied(String name, String sha256, Instant at) {}

    /** How the database stands; changes nothing. */
    public SchemaStatus status() {
        return compare(database.read(Migrator::history));
    }

    /**
     * Applies what is pending.
     *
     * @return how it stands then
     * @throws OperatorException with {@link ExitCode#TAMPERING} if an applied file is edited or
     *     missing; nothing is changed then
     */
    public SchemaStatus apply(Progress progress) {
        List<Entry> pending = verify().in(State.PENDING);
        int number = 0;
        for (Entry entry : pending) {
            Migration migration = migrations.get(entry.version() - 1);
            progress.applying(migration, ++number, pending.size());
            database.durably(connection -> applyUnlessDone(connection, migration));
        }
        return verify();
    }

    /**
     * Runs every applied file once more if the audit index lacks a table: each may run twice and
     * makes again only what is not there. For a database that somebody damaged; an empty one needs
     * {@link #apply}. Tables other than the index come back empty.
     *
     * @throws OperatorException as {@link #requireCurrent}
     */
    public void restore(Progress progress) {
        requireCurrent();
        if (database.read(Migrator::hasIndex)) {
            return;
        }
        int number = 0;
        for (Migration migration : migrations) {
            progress.applying(migration, ++number, migrations.size());
            database.durably(connection -> {
                if (database.dialect() == Dialect.POSTGRESQL) {
                    lock(connection);
                }
                return run(connection, migration);
            });
        }
    }

    /**
     * Checks that every applied file is the same still.
     *
     * @throws OperatorException with {@link ExitCode#TAMPERING}, naming each that is edited or
     *     missing
     */
    public SchemaStatus verify() {
        SchemaStatus status = status();
        List<String> findings = new ArrayList<>();
        for (Entry entry : status.in(State.EDITED)) {
            findings.add(entry + " was applied with another text than this release has");
        }
        for (Entry entry : status.in(State.MISSING)) {
            findings.add(entry + " was applied and this release does not have it");
        }
        if (!findings.isEmpty()) {
            throw new OperatorException(
                    ExitCode.TAMPERING,
                    "the schema of the " + database + " is not this release's: " + join(findings),
                    "use the release that applied them, or restore the files it had;"
                            + " applied files are never edited");
        }
        return status;
    }

    /**
     * Lets a program start only on its own schema.
     *
     * @throws OperatorException with {@link ExitCode#ENVIRONMENT} if something is pending, else as
     *     {@link #verify}
     */
    public void requireCurrent() {
        List<Entry> pending = verify().in(State.PENDING);
        if (!pending.isEmpty()) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "the schema of the " + database + " lacks " + join(pending),
                    "run: map migrate apply");
        }
    }

    private boolean applyUnlessDone(Connection connection, Migration migration)
            throws SQLException {
        if (database.dialect() == Dialect.POSTGRESQL) {
            lock(connection);
        }
        if (history(connection).containsKey(migration.version())) {
            return false; // another runner was faster
        }
        boolean _ = run(connection, migration);
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT INTO schema_history (version, name, sha256) VALUES (?, ?, ?)")) {
            insert.setInt(1, migration.version());
            insert.setString(2, migration.name());
            insert.setString(3, migration.sha256());
            return insert.executeUpdate() == 1;
        }
    }

    private static boolean run(Connection connection, Migration migration) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            return statement.execute(migration.sql());
        }
    }

    /** A file may take as long as it takes; only waiting for others has an end. */
    private static void lock(Connection connection) throws SQLException {
        connection.setNetworkTimeout(Runnable::run, 0);
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '"
                            + LOCK_TIMEOUT
                            + "'; SELECT pg_advisory_xact_lock("
                            + LOCK
                            + ")");
        }
    }

    private static Map<Integer, Applied> history(Connection connection) throws SQLException {
        Map<Integer, Applied> history = new HashMap<>();
        if (!hasHistory(connection)) {
            return history;
        }
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT version, name, sha256, applied_at FROM schema_history")) {
            while (row.next()) {
                history.put(
                        row.getInt(1),
                        new Applied(
                                row.getString(2),
                                row.getString(3),
                                row.getObject(4, OffsetDateTime.class).toInstant()));
            }
        }
        return history;
    }

    private static boolean hasHistory(Connection connection) throws SQLException {
        return hasTable(connection, "schema_history");
    }

    private static boolean hasIndex(Connection connection) throws SQLException {
        return hasTable(connection, "audit_chain") && hasTable(connection, "audit_projection");
    }

    private static boolean hasTable(Connection connection, String name) throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement(
                        "SELECT 1 FROM information_schema.tables"
                                + " WHERE table_schema = current_schema AND table_name = ?")) {
            query.setString(1, name);
            try (ResultSet row = query.executeQuery()) {
                return row.next();
            }
        }
    }

    private SchemaStatus compare(Map<Integer, Applied> history) {
        Map<Integer, Migration> known =
                migrations.stream().collect(Collectors.toMap(Migration::version, m -> m));
        TreeSet<Integer> versions = new TreeSet<>(known.keySet());
        versions.addAll(history.keySet());
        return new SchemaStatus(
                versions.stream()
                        .map(version ->
                                entry(
                                        version,
                                        Optional.ofNullable(known.get(version)),
                                        Optional.ofNullable(history.get(version))))
                        .toList());
    }

    private static Entry entry(int version, Optional<Migration> file, Optional<Applied> applied) {
        String name = file.map(Migration::name).or(() -> applied.map(Applied::name)).orElseThrow();
        return new Entry(version, name, state(file, applied), applied.map(Applied::at));
    }

    private static State state(Optional<Migration> file, Optional<Applied> applied) {
        if (file.isEmpty()) {
            return State.MISSING;
        }
        if (applied.isEmpty()) {
            return State.PENDING;
        }
        boolean same =
                file.get().name().equals(applied.get().name())
                        && file.get().sha256().equals(applied.get().sha256());
        return same ? State.APPLIED : State.EDITED;
    }

    private static String join(List<?> findings) {
        return findings.stream().map(Object::toString).collect(Collectors.joining(", "));
    }
}
