package dev.mapsovereign.protocols.mim;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The table {@code message}. A row is {@code ready} until it is {@code acknowledged}. */
final class MessageRows {
    private static final byte[] NO_BODY = {};

    private MessageRows() {}

    /** Forgets a key that was used before {@code oldest}; its message stays. */
    static void releaseKey(
            Connection connection, TenantId tenant, Mailboxes.Draft draft, Instant oldest)
            throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement(
                        """
                        UPDATE message SET dedup_key = NULL
                        WHERE tenant_id = ? AND mailbox = ? AND sender_did = ? AND dedup_key = ?
                          AND created_at < ?
                        """)) {
            update.setString(1, tenant.value());
            update.setString(2, draft.mailbox());
            update.setString(3, draft.sender().text());
            update.setString(4, draft.dedupKey().orElseThrow());
            update.setObject(5, at(oldest));
            update.executeUpdate();
        }
    }

    /** The message that has that key. */
    static Optional<Mailboxes.Accepted> find(
            Connection connection, TenantId tenant, String mailbox, AgentDid sender, String key)
            throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement(
                        """
                        SELECT id, created_at FROM message
                        WHERE tenant_id = ? AND mailbox = ? AND sender_did = ? AND dedup_key = ?
                        """)) {
            query.setString(1, tenant.value());
            query.setString(2, mailbox);
            query.setString(3, sender.text());
            query.setString(4, key);
            try (ResultSet row = query.executeQuery()) {
                return row.next()
                        ? Optional.of(
                                new Mailboxes.Accepted(row.getString(1), instant(row, 2), true))
                        : Optional.empty();
            }
        }
    }

    /** False when the sender's key is taken already. */
    static boolean insert(
            Connection connection,
            TenantId tenant,
            Mailboxes.Draft draft,
            String mailbox,
            String id,
            Instant now)
            throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        """
                        INSERT INTO message (id, tenant_id, mailbox, sender_did, qos, dedup_key,
                                             body, state, available_at, attempts, created_at)
                        VALUES (?, ?, ?, ?, ?, ?, ?, 'ready', ?, 0, ?) ON CONFLICT DO NOTHING
                        """)) {
            insert.setString(1, id);
            insert.setString(2, tenant.value());
            insert.setString(3, mailbox);
            insert.setString(4, draft.sender().text());
            insert.setString(5, draft.quality().wire());
            insert.setString(6, draft.dedupKey().orElse(null));
            insert.setBytes(7, draft.body());
            insert.setObject(8, at(now));
            insert.setObject(9, at(now));
            return insert.executeUpdate() == 1;
        }
    }

    /** How many wait in that mailbox, leased ones included; stops counting at the bound. */
    static int waiting(Connection connection, TenantId tenant, String mailbox) throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement(
                        """
                        SELECT COUNT(*) FROM (
                            SELECT id FROM message
                            WHERE tenant_id = ? AND mailbox = ? AND state = 'ready' LIMIT ?) waiting
                        """)) {
            query.setString(1, tenant.value());
            query.setString(2, mailbox);
            query.setInt(3, Limits.WAITING_MAX);
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        }
    }

    /** Whether a receiver would get something. */
    static boolean anyReady(Connection connection, TenantId tenant, String mailbox, Instant now)
            throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement(
                        """
                        SELECT id FROM message
                        WHERE tenant_id = ? AND mailbox = ? AND state = 'ready'
                          AND (available_at <= ? OR available_at > ?) LIMIT 1
                        """)) {
            query.setString(1, tenant.value());
            query.setString(2, mailbox);
            query.setObject(3, at(now));
            query.setObject(4, at(now.plus(Limits.HIDDEN_MAX)));
            try (ResultSet row = query.executeQuery()) {
                return row.next();
            }
        }
    }

    /** Ends these messages; returns how many were not ended before. */
    static int acknowledge(
            Connection connection, TenantId tenant, Mailboxes.Request request, Instant now)
            throws SQLException {
        int acknowledged = 0;
        try (PreparedStatement update =
                connection.prepareStatement(
                        """
                        UPDATE message SET state = 'acknowledged', acknowledged_at = ?, body = ?
                        WHERE tenant_id = ? AND mailbox = ? AND id = ? AND state = 'ready'
                          AND attempts > 0
                        """)) {
            for (String id : request.acknowledge()) {
                update.setObject(1, at(now));
                update.setBytes(2, NO_BODY);
                update.setString(3, tenant.value());
                update.setString(4, request.mailbox());
                update.setString(5, id);
                acknowledged += update.executeUpdate();
            }
        }
        return acknowledged;
    }

    /** The oldest messages that nobody holds, hidden from now on for the lease. */
    static List<Message> lease(
            Connection connection, TenantId tenant, Mailboxes.Request request, Instant now)
            throws SQLException {
        List<Message> messages = new ArrayList<>();
        for (String id : lockNext(connection, tenant, request, now)) {
            Message message = read(connection, id);
            messages.add(message);
            if (message.quality() == QualityOfService.AT_MOST_ONCE) {
                deliveredForGood(connection, id, now);
            } else {
                delivered(connection, id, now.plusSeconds(request.leaseSeconds()));
            }
        }
        return messages;
    }

    /** Locks what fits into one answer: without the bodies, which together may be very large. */
    private static List<String> lockNext(
            Connection connection, TenantId tenant, Mailboxes.Request request, Instant now)
            throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement(
                        """
                        SELECT id, octet_length(body) FROM message
                        WHERE tenant_id = ? AND mailbox = ? AND state = 'ready'
                          AND (available_at <= ? OR available_at > ?)
                        ORDER BY created_at, id LIMIT ? FOR UPDATE SKIP LOCKED
                        """)) {
            query.setString(1, tenant.value());
            query.setString(2, request.mailbox());
            query.setObject(3, at(now));
            query.setObject(4, at(now.plus(Limits.HIDDEN_MAX)));
            query.setInt(5, request.max());
            List<String> ids = new ArrayList<>();
            long bytes = 0;
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    bytes += row.getLong(2);
                    if (bytes > Limits.DELIVERY_BYTES_MAX) {
                        break;
                    }
                    ids.add(row.getString(1));
                }
            }
            return ids;
        }
    }

    private static Message read(Connection connection, String id) throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement(
                        """
                        SELECT sender_did, body, qos, created_at, attempts FROM message WHERE id = ?
                        """)) {
            query.setString(1, id);
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return new Message(
                        id,
                        row.getString(1),
                        JsonReader.parseObject(row.getBytes(2), JsonReader.Limits.DEFAULT),
                        QualityOfService.ofWire(row.getString(3)),
                        instant(row, 4),
                        row.getInt(5) + 1);
            }
        }
    }

    private static void delivered(Connection connection, String id, Instant again)
            throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement(
                        "UPDATE message SET attempts = attempts + 1, available_at = ?"
                                + " WHERE id = ?")) {
            update.setObject(1, at(again));
            update.setString(2, id);
            update.executeUpdate();
        }
    }

    private static void deliveredForGood(Connection connection, String id, Instant now)
            throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement(
                        "UPDATE message SET attempts = attempts + 1, state = 'acknowledged',"
                                + " acknowledged_at = ?, body = ? WHERE id = ?")) {
            update.setObject(1, at(now));
            update.setBytes(2, NO_BODY);
            update.setString(3, id);
            update.executeUpdate();
        }
    }

    /** Removes rows of acknowledged messages that nobody must remember any more. */
    static void sweep(Connection connection, TenantId tenant, String mailbox, Instant oldest)
            throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement(
                        """
                        DELETE FROM message WHERE id IN (
                            SELECT id FROM message
                            WHERE tenant_id = ? AND mailbox = ? AND state = 'acknowledged'
                              AND (dedup_key IS NULL OR created_at < ?) LIMIT ?)
                        """)) {
            delete.setString(1, tenant.value());
            delete.setString(2, mailbox);
            delete.setObject(3, at(oldest));
            delete.setInt(4, Limits.SWEEP_MAX);
            delete.executeUpdate();
        }
    }

    /** Removes all that waits; returns how many. Keys of acknowledged messages stay known. */
    static int purge(Connection connection, TenantId tenant, String mailbox) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement(
                        """
                        DELETE FROM message
                        WHERE tenant_id = ? AND mailbox = ? AND state = 'ready'
                        """)) {
            delete.setString(1, tenant.value());
            delete.setString(2, mailbox);
            return delete.executeUpdate();
        }
    }

    private static OffsetDateTime at(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private static Instant instant(ResultSet row, int column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
