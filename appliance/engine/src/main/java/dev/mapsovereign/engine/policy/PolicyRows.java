package dev.mapsovereign.engine.policy;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.RowTime;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The table {@code policy}. */
final class PolicyRows {
    private static final String COLUMNS =
            "id, version, tenant_id, body, active_from, reason, authored_at, activated_at,"
                    + " retired_at";

    private PolicyRows() {}

    /** Every version that was activated and not retired. */
    static List<Policy> active(Connection connection) throws SQLException {
        return select(
                connection,
                "WHERE activated_at IS NOT NULL AND retired_at IS NULL",
                Optional.empty());
    }

    static List<Policy> all(Connection connection) throws SQLException {
        return select(connection, "", Optional.empty());
    }

    static List<Policy> of(Connection connection, String id) throws SQLException {
        return select(connection, "WHERE id = ?", Optional.of(id));
    }

    private static List<Policy> select(Connection connection, String where, Optional<String> id)
            throws SQLException {
        String sql =
                "SELECT "
                        + COLUMNS
                        + " FROM policy "
                        + where
                        + " ORDER BY id, authored_at, version";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            if (id.isPresent()) {
                statement.setString(1, id.get());
            }
            List<Policy> found = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.add(row(rows));
                }
            }
            return found;
        }
    }

    private static Policy row(ResultSet rows) throws SQLException {
        return new Policy(
                new PolicyName(rows.getString(1), rows.getString(2)),
                Optional.ofNullable(rows.getString(3)).map(TenantId::of),
                rows.getString(4),
                RowTime.read(rows, 5),
                rows.getString(6),
                RowTime.read(rows, 7).orElse(Instant.EPOCH),
                RowTime.read(rows, 8),
                RowTime.read(rows, 9));
    }

    /** False where that version is there already. */
    static boolean insert(Connection connection, Policy policy) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO policy ("
                                + COLUMNS
                                + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")) {
            statement.setString(1, policy.name().id());
            statement.setString(2, policy.name().version());
            statement.setString(3, policy.tenant().map(TenantId::value).orElse(null));
            statement.setString(4, policy.body());
            RowTime.set(statement, 5, policy.activeFrom());
            statement.setString(6, policy.reason());
            statement.setObject(7, RowTime.of(policy.authoredAt()));
            RowTime.set(statement, 8, policy.activatedAt());
            RowTime.set(statement, 9, policy.retiredAt());
            return statement.executeUpdate() == 1;
        }
    }

    /** Changes the times of a version; its text stays what it is. */
    static void update(Connection connection, Policy policy) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "UPDATE policy SET activated_at = ?, retired_at = ?"
                                + " WHERE id = ? AND version = ?")) {
            RowTime.set(statement, 1, policy.activatedAt());
            RowTime.set(statement, 2, policy.retiredAt());
            statement.setString(3, policy.name().id());
            statement.setString(4, policy.name().version());
            statement.executeUpdate();
        }
    }
}
