package dev.mapsovereign.database;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * What is done with a connection, in one transaction that {@link Database} begins and ends. It must
 * neither commit nor keep the connection, nor call {@link Database} again (that would take a second
 * connection while holding the first). It may run more than once if the database asks for a repeat,
 * so it has no other effect than on the database.
 */
@FunctionalInterface
public interface Work<T> {
    /** Does it; whatever it throws rolls the transaction back. */
    T run(Connection connection) throws SQLException;
}
