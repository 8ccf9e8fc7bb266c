package dev.mapsovereign.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/**
 * Brings what H2 has committed onto the disk.
 *
 * <p>H2 acknowledges a commit when it is in memory; a thread of its own writes it up to half a
 * second later and leaves the sync to the operating system, whatever {@code WRITE_DELAY} says. The
 * SQL statement {@code CHECKPOINT SYNC} writes and syncs, but has a gap: when another thread's
 * chunk is already on its way to H2's writer threads (as soon as unsaved changes fill its buffer),
 * it finds nothing left to write, does not wait for that chunk, and syncs a file that may not hold
 * it yet. So the statement's two steps are taken here with the wait between them: under H2's store
 * lock both writer threads are emptied, then the file is synced.
 *
 * <p>One connection is kept for this, which also keeps the database open. Used by one thread.
 */
final class H2Disk implements GroupSync.Sync<MVStore>, AutoCloseable {
    /** What H2 says when fsync itself failed, as opposed to a write. */
    private static final String SYNC_FAILED = "Could not sync";

    private final DataSource source;
    private Optional<Connection> connection = Optional.empty();
    private Optional<MVStoreException> lost = Optional.empty();

    H2Disk(DataSource source) {
        this.source = source;
    }

    /** Opens the database. */
    void open() throws SQLException {
        store();
    }

    /**
     * Everything that was committed to the returned store before this call is on the disk when it
     * returns.
     *
     * @return the store. After a failure H2 opens the database anew as another store, without what
     *     the old one had in memory only: a caller compares with the store it committed to
     * @throws SQLException if the database cannot be opened again after it was closed by a failure
     * @throws MVStoreException if writing or syncing failed. After a failed sync every later call
     *     fails too: the operating system has by then dropped what it could not write and would
     *     report success next time, with a hole in the file
     */
    @Override
    public MVStore run() throws SQLException {
        if (lost.isPresent()) {
            throw lost.get();
        }
        try {
            MVStore store = store();
            if (store.isPersistent()) {
                store.commit();
                store.executeFilestoreOperation(store::sync);
            }
            return store;
        } catch (MVStoreException e) {
            closeQuietly();
            if (String.valueOf(e.getMessage()).contains(SYNC_FAILED)) {
                lost = Optional.of(e);
            }
            throw e;
        }
    }

    private MVStore store() throws SQLException {
        Connection open = connection.isPresent() ? connection.get() : source.getConnection();
        connection = Optional.of(open);
        return storeOf(open);
    }

    /** The store behind a connection, pooled or not. */
    static MVStore storeOf(Connection connection) throws SQLException {
        SessionLocal session = (SessionLocal) connection.unwrap(JdbcConnection.class).getSession();
        return session.getDatabase().getStore().getMvStore();
    }

    private void closeQuietly() {
        try {
            close();
        } catch (SQLException e) {
            connection = Optional.empty(); // it was broken, which is why it is closed
        }
    }

    @Override
    public void close() throws SQLException {
        if (connection.isPresent()) {
            Connection open = connection.get();
            connection = Optional.empty();
            open.close();
        }
    }
}
