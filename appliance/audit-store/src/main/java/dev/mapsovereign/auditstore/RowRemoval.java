package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.prune.IndexRange;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.Dialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Removes rows of one node, a few thousand in each transaction. Safe for use by several threads.
 */
public final class RowRemoval {
    private final Database database;
    private final String node;

    /** Of that node's rows. */
    public RowRemoval(Database database, String node) {
        this.database = database;
        this.node = node;
    }

    /**
     * Nothing, where the database's login may remove rows; a serving node's need not.
     *
     * @param verb what is to be done, for the message
     * @throws OperatorException environment, where it may not
     */
    public void requireRight(String verb) {
        if (database.dialect() != Dialect.POSTGRESQL) {
            return;
        }
        boolean permitted =
                database.read(connection -> {
                    try (Statement statement = connection.createStatement();
                            ResultSet row =
                                    statement.executeQuery(
                                            "SELECT has_table_privilege('audit_chain',"
                                                    + " 'DELETE')")) {
                        return row.next() && row.getBoolean(1);
                    }
                });
        if (!permitted) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "the login of the " + database + " may not remove rows of audit_chain",
                    verb + " with the login that owns the tables");
        }
    }

    /**
     * Removes the rows of some records of a tenant.
     *
     * @return how many there were
     */
    public long remove(TenantId tenant, IndexRange range) {
        long removed = 0;
        for (long from = range.from(); from < range.to(); from += Limits.CLEAR_ROWS) {
            long first = from;
            long end = Math.min(range.to(), from + Limits.CLEAR_ROWS);
            removed += database.write(connection -> remove(connection, tenant, first, end));
        }
        return removed;
    }

    private long remove(Connection connection, TenantId tenant, long from, long to)
            throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement(
                        "DELETE FROM audit_chain WHERE node = ? AND tenant_id = ? AND idx >= ? AND"
                                + " idx < ?")) {
            delete.setString(1, node);
            delete.setString(2, tenant.value());
            delete.setLong(3, from);
            delete.setLong(4, to);
            return delete.executeUpdate();
        }
    }
}
