package dev.mapsovereign.engine.agreement;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.RowTime;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The table {@code agreement}. A row is written once and ended once, and stays. */
final class AgreementRows {
    private static final String COLUMNS =
            "kind, id, tenant_id, holder, document, imported_at, expires_at, ended_at, reason";

    enum Kind {
        DELEGATION("delegation"),
        TREATY("treaty");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    /**
     * One row.
     *
     * @param tenant of a delegation
     * @param holder the DID to whom something was delegated
     * @param document the signed text, RFC 8785
     * @param reason why it was ended, in the operator's words
     */
    record Row(
            Kind kind,
            String id,
            Optional<String> tenant,
            Optional<String> holder,
            String document,
            Instant importedAt,
            Instant expiresAt,
            Optional<Instant> endedAt,
            String reason) {
        boolean active(Instant now) {
            return endedAt.isEmpty() && now.isBefore(expiresAt);
        }
    }

    private final Database database;
    private final Clock clock;

    AgreementRows(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Writes a row, unless there is one of that name.
     *
     * @param holderMax how many active ones the holder may have
     * @return the one that was there
     * @throws IllegalArgumentException when the holder has so many
     */
    Optional<Row> insert(Row row, int holderMax) {
        return database.durably(connection -> {
            Optional<Row> there = find(connection, row.kind(), row.id());
            if (there.isPresent()) {
                return there;
            }
            if (row.holder().isPresent()) {
                Instant now = clock.instant();
                long active =
                        select(
                                        connection,
                                        "WHERE kind = ? AND tenant_id = ? AND holder = ?",
                                        row.kind().text,
                                        row.tenant().orElse(""),
                                        row.holder().get())
                                .stream()
                                .filter(other -> other.active(now))
                                .count();
                if (active >= holderMax) {
                    throw new IllegalArgumentException(
                            row.holder().get() + " has " + holderMax + " already, the most");
                }
            }
            write(connection, row);
            return Optional.empty();
        });
    }

    /** Ends one; one that is ended stays as it is. Empty when there is none of that name. */
    Optional<Row> end(Kind kind, String id, String reason) {
        return database.durably(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement(
                            "UPDATE agreement SET ended_at = ?, reason = ? WHERE kind = ? AND id = ?"
                                    + " AND ended_at IS NULL")) {
                statement.setObject(1, RowTime.of(now()));
                statement.setString(2, reason);
                statement.setString(3, kind.text);
                statement.setString(4, id);
                statement.executeUpdate();
            }
            return find(connection, kind, id);
        });
    }

    Optional<Row> find(Kind kind, String id) {
        return database.read(connection -> find(connection, kind, id));
    }

    List<Row> all(Kind kind) {
        return database.read(connection -> select(connection, "WHERE kind = ?", kind.text));
    }

    List<Row> notEnded(Kind kind) {
        return database.read(
                connection -> select(connection, "WHERE kind = ? AND ended_at IS NULL", kind.text));
    }

    List<Row> delegations(TenantId tenant) {
        return database.read(connection ->
                select(
                        connection,
                        "WHERE kind = ? AND tenant_id = ?",
                        Kind.DELEGATION.text,
                        tenant.value()));
    }

    List<Row> delegations(TenantId tenant, AgentDid holder) {
        return database.read(connection ->
                select(
                        connection,
                        "WHERE kind = ? AND tenant_id = ? AND holder = ?" + " AND ended_at IS NULL",
                        Kind.DELEGATION.text,
                        tenant.value(),
                        holder.text()));
    }

    /** Both databases keep microseconds. */
    Instant now() {
        return RowTime.kept(clock.instant());
    }

    private static Optional<Row> find(Connection connection, Kind kind, String id)
            throws SQLException {
        return select(connection, "WHERE kind = ? AND id = ?", kind.text, id).stream().findFirst();
    }

    private static List<Row> select(Connection connection, String where, String... values)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT "
                                + COLUMNS
                                + " FROM agreement "
                                + where
                                + " ORDER BY imported_at, id")) {
            for (int i = 0; i < values.length; i++) {
                statement.setString(i + 1, values[i]);
            }
            List<Row> rows = new ArrayList<>();
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    rows.add(row(result));
                }
            }
            return rows;
        }
    }

    private static Row row(ResultSet result) throws SQLException {
        String kind = result.getString(1);
        return new Row(
                kind.equals(Kind.TREATY.text) ? Kind.TREATY : Kind.DELEGATION,
                result.getString(2),
                Optional.ofNullable(result.getString(3)),
                Optional.ofNullable(result.getString(4)),
                result.getString(5),
                RowTime.read(result, 6).orElse(Instant.EPOCH),
                RowTime.read(result, 7).orElse(Instant.EPOCH),
                RowTime.read(result, 8),
                Optional.ofNullable(result.getString(9)).orElse(""));
    }

    private static void write(Connection connection, Row row) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO agreement ("
                                + COLUMNS
                                + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            statement.setString(1, row.kind().text);
            statement.setString(2, row.id());
            statement.setString(3, row.tenant().orElse(null));
            statement.setString(4, row.holder().orElse(null));
            statement.setString(5, row.document());
            statement.setObject(6, RowTime.of(row.importedAt()));
            statement.setObject(7, RowTime.of(row.expiresAt()));
            RowTime.set(statement, 8, row.endedAt());
            statement.setString(9, row.reason());
            statement.executeUpdate();
        }
    }
}
