package dev.mapsovereign.testing;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/**
 * One database of a {@link TestPostgres}.
 *
 * @param host always the loopback address
 * @param name of the database
 * @param user a superuser
 */
public record TestDatabase(String host, int port, String name, String user, String password) {
    /** {@code jdbc:postgresql://host:port/name}, without user and password. */
    public String jdbcUrl() {
        return "jdbc:postgresql://" + host + ":" + port + "/" + name;
    }

    /** {@code postgres://user:password@host:port/name}. */
    public String url() {
        return "postgres://" + user + ":" + password + "@" + host + ":" + port + "/" + name;
    }

    /** A connection, to be closed by the caller. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(jdbcUrl(), user, password);
    }
}
