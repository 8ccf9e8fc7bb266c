package dev.mapsovereign.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.database.DatabaseAddress.H2File;
import dev.mapsovereign.database.DatabaseAddress.H2Memory;
import dev.mapsovereign.database.DatabaseAddress.Host;
import dev.mapsovereign.database.DatabaseAddress.PostgresServer;
import dev.mapsovereign.database.h2.H2FilePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;

/** How each database is connected to, and the pool in front of it. */
final class DataSources {
    /**
     * What every H2 database here runs with. The modes let one SQL text serve both products.
     *
     * <p>{@code TRACE_LEVEL_FILE=0}: H2 otherwise writes failed statements into a file beside the
     * database. {@code DB_CLOSE_ON_EXIT=FALSE}: the node closes it in its own order.
     */
    private static final String H2_SETTINGS =
            ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH"
                    + ";DB_CLOSE_ON_EXIT=FALSE;TRACE_LEVEL_FILE=0;TRACE_LEVEL_SYSTEM_OUT=0"
                    + ";LOCK_TIMEOUT="
                    + Limits.LOCK.toMillis()
                    + ";QUERY_TIMEOUT="
                    + Limits.STATEMENT.toMillis();

    /**
     * The user of an embedded database. Whoever can open the file owns it: its mode protects it,
     * not a password.
     */
    private static final String H2_USER = "map";

    static {
        H2FilePath.register();
    }

    private DataSources() {}

    /** The plain source of unpooled connections. */
    static DataSource plain(DatabaseConfig config) {
        return switch (config.address()) {
            case PostgresServer server -> postgres(server, config);
            case H2File h2 -> {
                Path prepared = prepared(h2);
                H2FilePath.startWaiting(h2.file());
                yield h2(H2FilePath.SCHEME + ":" + prepared, config);
            }
            case H2Memory h2 -> h2("mem:" + h2.name(), config);
        };
    }

    /** That H2 location under the settings above. */
    static DataSource h2(String location, DatabaseConfig config) {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL("jdbc:h2:" + location + H2_SETTINGS);
        source.setUser(config.user().orElse(H2_USER));
        source.setPassword(passwordText(config.password()));
        return source;
    }

    /** A pool of at most the configured size; opens no connection yet. */
    static HikariDataSource pooled(DataSource plain, DatabaseConfig config) {
        HikariConfig pool = new HikariConfig();
        pool.setPoolName("map-database");
        pool.setDataSource(plain);
        pool.setMaximumPoolSize(config.poolSize());
        pool.setConnectionTimeout(Limits.CONNECTION_WAIT.toMillis());
        pool.setValidationTimeout(Limits.VALIDATION.toMillis());
        pool.setInitializationFailTimeout(-1); // a server that is away now may come
        pool.setAutoCommit(false);
        pool.setIsolateInternalQueries(true); // its own statements leave no transaction open
        if (config.dialect() == Dialect.POSTGRESQL) {
            pool.setMaxLifetime(Limits.CONNECTION_LIFE.toMillis());
            pool.setKeepaliveTime(Limits.KEEPALIVE.toMillis());
            pool.setConnectionInitSql(postgresSession());
        } else {
            pool.setMaxLifetime(0); // nothing between us and an embedded database grows old
            pool.setExceptionOverride(new EvictClosedH2());
        }
        return new HikariDataSource(pool);
    }

    private static PGSimpleDataSource postgres(PostgresServer server, DatabaseConfig config) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(server.hosts().stream().map(Host::name).toArray(String[]::new));
        source.setPortNumbers(server.hosts().stream().mapToInt(Host::port).toArray());
        source.setDatabaseName(server.database());
        config.user().ifPresent(source::setUser);
        config.password().ifPresent(password -> source.setPassword(text(password)));
        source.setApplicationName("map-sovereign");
        source.setConnectTimeout(seconds(Limits.CONNECT));
        source.setSocketTimeout(seconds(Limits.SOCKET));
        source.setCancelSignalTimeout(seconds(Limits.CONNECT));
        source.setTcpKeepAlive(true);
        source.setGssEncMode("disable");
        source.setReWriteBatchedInserts(true);
        // Details quote the values of the row that was refused; they have no place in a log.
        source.setLogServerErrorDetail(false);
        if (server.hosts().size() > 1) {
            source.setTargetServerType("primary");
        }
        // Off this machine the server proves who it is, unless the operator wrote otherwise.
        if (!server.hosts().stream().allMatch(Host::isLoopback)) {
            source.setSslMode("verify-full");
        }
        server.parameters().forEach((name, value) -> set(source, name, value));
        return source;
    }

    private static void set(PGSimpleDataSource source, String name, String value) {
        try {
            source.setProperty(name, value);
        } catch (SQLException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "the database address has a value for "
                            + name
                            + " that the driver does not take");
        }
    }

    /**
     * Bounds on the server's side, and commits that are synced before they are acknowledged ({@code
     * off} is raised to {@code on}; {@code remote_apply} and the like stay).
     */
    private static String postgresSession() {
        return "SET statement_timeout = "
                + Limits.STATEMENT.toMillis()
                + "; SET lock_timeout = "
                + Limits.LOCK.toMillis()
                + "; SET idle_in_transaction_session_timeout = "
                + Limits.IDLE_IN_TRANSACTION.toMillis()
                + "; SELECT set_config('synchronous_commit', 'on', false)"
                + " WHERE current_setting('synchronous_commit') = 'off'";
    }

    /**
     * Makes folder and file before H2 would: readable by the node alone, and the names synced,
     * since a synced file whose name is lost in a power cut is lost.
     */
    private static Path prepared(H2File h2) {
        Path folder = h2.path().getParent();
        try {
            if (folder != null && !Files.isDirectory(folder)) {
                DurableFiles.createDirectories(folder, Mode.PRIVATE);
            }
            if (!Files.exists(h2.file())) {
                DurableFiles.writeNew(h2.file(), new byte[0], Mode.PRIVATE);
            }
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "cannot make the database file " + h2.file(), e);
        }
        return h2.path();
    }

    private static String passwordText(Optional<Secret> password) {
        return password.map(DataSources::text).orElse("");
    }

    private static String text(Secret secret) {
        return secret.use(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private static int seconds(Duration duration) {
        return Math.toIntExact(duration.toSeconds());
    }

    /** The driver property exists, so that a renamed one is noticed by a test, not by a site. */
    static boolean isDriverProperty(String name) {
        return PGProperty.forName(name) != null;
    }

    /** After a failed write H2 closes the whole database; every connection to it is dead then. */
    private static final class EvictClosedH2 implements SQLExceptionOverride {
        @java.lang.Override // the interface has a type of that name
        public Override adjudicate(SQLException failure) {
            return Dialect.H2.isUnavailable(failure)
                            && failure.getErrorCode() != org.h2.api.ErrorCode.LOCK_TIMEOUT_1
                    ? Override.MUST_EVICT
                    : Override.CONTINUE_EVICT;
        }
    }
}
