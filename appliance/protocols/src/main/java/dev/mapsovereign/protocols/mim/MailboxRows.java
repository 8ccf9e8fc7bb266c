package dev.mapsovereign.protocols.mim;

import dev.mapsovereign.base.identity.TenantId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The tables {@code mailbox} and {@code mailbox_binding}. */
final class MailboxRows {
    private MailboxRows() {}

    static Optional<String> owner(Connection connection, TenantId tenant, String name)
            throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement(
                        "SELECT owner_did FROM mailbox WHERE tenant_id = ? AND name = ?")) {
            query.setString(1, tenant.value());
            query.setString(2, name);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
            }
        }
    }

    /** How many the tenant has. */
    static int count(Connection connection, TenantId tenant) throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement("SELECT COUNT(*) FROM mailbox WHERE tenant_id = ?")) {
            query.setString(1, tenant.value());
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        }
    }

    /** False when there is one of that name. */
    static boolean create(
            Connection connection, TenantId tenant, String name, String owner, Instant now)
            throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        """
                        INSERT INTO mailbox (tenant_id, name, owner_did, created_at)
                        VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
                        """)) {
            insert.setString(1, tenant.value());
            insert.setString(2, name);
            insert.setString(3, owner);
            insert.setObject(4, now.atOffset(ZoneOffset.UTC));
            return insert.executeUpdate() == 1;
        }
    }

    static boolean delete(Connection connection, TenantId tenant, String name) throws SQLException {
        return update(
                        connection,
                        "DELETE FROM mailbox WHERE tenant_id = ? AND name = ?",
                        tenant.value(),
                        name)
                == 1;
    }

    /** The mailboxes that get what is sent to {@code source}, by name. */
    static List<String> boundTo(Connection connection, TenantId tenant, String source)
            throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement(
                        """
                        SELECT mailbox FROM mailbox_binding WHERE tenant_id = ? AND source = ?
                        ORDER BY mailbox
                        """)) {
            query.setString(1, tenant.value());
            query.setString(2, source);
            List<String> bound = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    bound.add(row.getString(1));
                }
            }
            return bound;
        }
    }

    /** False when it was bound already. */
    static boolean bind(Connection connection, TenantId tenant, String source, String mailbox)
            throws SQLException {
        return update(
                        connection,
                        """
                        INSERT INTO mailbox_binding (tenant_id, source, mailbox)
                        VALUES (?, ?, ?) ON CONFLICT DO NOTHING
                        """,
                        tenant.value(),
                        source,
                        mailbox)
                == 1;
    }

    static boolean unbind(Connection connection, TenantId tenant, String source, String mailbox)
            throws SQLException {
        return update(
                        connection,
                        """
                        DELETE FROM mailbox_binding
                        WHERE tenant_id = ? AND source = ? AND mailbox = ?
                        """,
                        tenant.value(),
                        source,
                        mailbox)
                == 1;
    }

    /** Removes what is bound to {@code source}. */
    static void unbindAll(Connection connection, TenantId tenant, String source)
            throws SQLException {
        update(
                connection,
                "DELETE FROM mailbox_binding WHERE tenant_id = ? AND source = ?",
                tenant.value(),
                source);
    }

    private static int update(Connection connection, String sql, String... values)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int at = 0; at < values.length; at++) {
                statement.setString(at + 1, values[at]);
            }
            return statement.executeUpdate();
        }
    }
}
