package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.Position;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Optional;

/**
 * A node's row in {@code audit_projection}: what the projection does, and where in the journal it
 * goes on.
 */
record ProjectionState(Phase phase, Optional<String> position) {
    private static final String UPDATE =
            "UPDATE audit_projection SET state = ?, position = ?, updated_at = current_timestamp"
                    + " WHERE node = ?";

    /** What it does. */
    enum Phase {
        /** It takes records over as they come. */
        FOLLOWING,
        /** A rebuild removes the old rows first; goes on after a crash. */
        CLEARING;

        String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    Position resume() {
        return position.map(Position::parse).orElse(Position.START);
    }

    /** The node's state; the beginning if it has none. */
    static ProjectionState read(Connection connection, String node) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT state, position FROM audit_projection WHERE node = ?")) {
            statement.setString(1, node);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return new ProjectionState(Phase.FOLLOWING, Optional.empty());
                }
                return new ProjectionState(
                        Phase.valueOf(row.getString(1).toUpperCase(Locale.ROOT)),
                        Optional.ofNullable(row.getString(2)));
            }
        }
    }

    /** Makes this the node's state, whatever it was. */
    void write(Connection connection, String node) throws SQLException {
        if (update(connection, node) == 0) {
            try (PreparedStatement insert =
                    connection.prepareStatement(
                            "INSERT INTO audit_projection (state, position, node)"
                                    + " VALUES (?, ?, ?)")) {
                insert.setString(1, phase.wire());
                insert.setString(2, position.orElse(null));
                insert.setString(3, node);
                insert.executeUpdate();
            }
        }
    }

    /** Makes this the node's state if it was {@code before}; else changes nothing. */
    boolean replace(Connection connection, String node, ProjectionState before)
            throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement(
                        UPDATE + " AND state = ? AND position IS NOT DISTINCT FROM ?")) {
            set(update, node);
            update.setString(4, before.phase.wire());
            update.setString(5, before.position.orElse(null));
            return update.executeUpdate() == 1;
        }
    }

    private int update(Connection connection, String node) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
            set(update, node);
            return update.executeUpdate();
        }
    }

    private void set(PreparedStatement update, String node) throws SQLException {
        update.setString(1, phase.wire());
        update.setString(2, position.orElse(null));
        update.setString(3, node);
    }
}
