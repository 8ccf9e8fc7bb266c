package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.capability.Caveat;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.RowTime;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Capabilities that operators grant and revoke, in the database. Both are durable before they are
 * acknowledged and in force on this node from that moment. Safe for use by several threads.
 *
 * <p>A revocation is a row of its own, {@code revoked_at} equal to {@code granted_at}, because it
 * also takes away what was never granted here but declared in a document or configured.
 */
public final class Grants {
    private static final String COLUMNS =
            "id, tenant_id, did, capability, granted_at, expires_at, revoked_at, reason, terms";

    /**
     * One row.
     *
     * @param id random
     * @param tenant in whose scope it holds
     * @param did whose it is
     * @param capability exact or with wildcard
     * @param grantedAt since when
     * @param expiresAt until when
     * @param terms its limits and caveats
     * @param revokedAt when it was taken away
     * @param reason why, in the operator's words
     */
    public record Grant(
            String id,
            TenantId tenant,
            AgentDid did,
            CapabilityName capability,
            Instant grantedAt,
            Optional<Instant> expiresAt,
            Capability terms,
            Optional<Instant> revokedAt,
            String reason) {
        /** What was given, with everything that bounds it. */
        public Capability given() {
            return new Capability(capability, expiresAt, terms.limits(), terms.caveats());
        }

        /** Whether it allows anything at {@code now}. */
        public boolean active(Instant now) {
            return revokedAt.isEmpty() && expiresAt.map(now::isBefore).orElse(true);
        }
    }

    /** Is told after a change is durable and before it is acknowledged. */
    @FunctionalInterface
    public interface Listener {
        /** Something changed for that DID in that tenant. */
        void changed(TenantId tenant, AgentDid did);
    }

    private final Database database;
    private final Clock clock;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    /** Passes what changed here on to other nodes. */
    private volatile Listener announcer = (tenant, did) -> {};

    /** Grants in that database. */
    public Grants(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Tells {@code listener} of every change from now on. */
    public void onChange(Listener listener) {
        listeners.add(listener);
    }

    /** Tells {@code listener} of changes made here and not of those made on other nodes. */
    void announceTo(Listener listener) {
        announcer = listener;
    }

    /** Something changed for that DID in that tenant, by another node's hand. */
    void changedElsewhere(TenantId tenant, AgentDid did) {
        listeners.forEach(listener -> listener.changed(tenant, did));
    }

    /**
     * Grants a capability; an earlier revocation of the same or more no longer covers it.
     *
     * @throws dev.mapsovereign.database.DatabaseUnavailableException when it cannot be made durable
     */
    public Grant grant(TenantId tenant, AgentDid did, Capability capability, String reason) {
        Grant granted =
                database.durably(connection -> {
                    Grant row =
                            new Grant(
                                    UUID.randomUUID().toString(),
                                    tenant,
                                    did,
                                    capability.name(),
                                    afterRevocations(connection, tenant, did),
                                    capability.expires().map(RowTime::kept),
                                    capability,
                                    Optional.empty(),
                                    reason);
                    insert(connection, row);
                    return row;
                });
        tell(tenant, did);
        return granted;
    }

    /** Grants a capability without limits and caveats. */
    public Grant grant(
            TenantId tenant,
            AgentDid did,
            CapabilityName capability,
            Optional<Instant> expiresAt,
            String reason) {
        return grant(
                tenant, did, new Capability(capability, expiresAt, Map.of(), List.of()), reason);
    }

    /**
     * Revokes a capability: every grant of exactly that name ends, and whatever else would allow
     * it, or what a wildcard covers, stops doing so.
     *
     * @throws dev.mapsovereign.database.DatabaseUnavailableException when it cannot be made durable
     */
    public Grant revoke(TenantId tenant, AgentDid did, CapabilityName capability, String reason) {
        Grant revoked =
                database.durably(connection -> {
                    Instant now = laterThanGrants(connection, tenant, did);
                    endGrants(connection, tenant, did, capability, now);
                    Grant row =
                            new Grant(
                                    UUID.randomUUID().toString(),
                                    tenant,
                                    did,
                                    capability,
                                    now,
                                    Optional.empty(),
                                    Capability.of(capability),
                                    Optional.of(now),
                                    reason);
                    insert(connection, row);
                    return row;
                });
        tell(tenant, did);
        return revoked;
    }

    /** Every row of that DID in that tenant, oldest first. */
    public List<Grant> of(TenantId tenant, AgentDid did) {
        return database.read(connection -> select(connection, tenant, Optional.of(did)));
    }

    /** Every row of that tenant, oldest first. */
    public List<Grant> list(TenantId tenant) {
        return database.read(connection -> select(connection, tenant, Optional.empty()));
    }

    /** The tenants in which that DID holds an active grant. */
    public List<TenantId> tenantsOf(AgentDid did) {
        return database.read(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement(
                            "SELECT DISTINCT tenant_id FROM capability_grant WHERE did = ?"
                                    + " AND revoked_at IS NULL"
                                    + " AND (expires_at IS NULL OR expires_at > ?)")) {
                statement.setString(1, did.text());
                statement.setObject(2, RowTime.of(clock.instant()));
                List<TenantId> tenants = new ArrayList<>();
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        tenants.add(TenantId.of(rows.getString(1)));
                    }
                }
                return tenants;
            }
        });
    }

    private void tell(TenantId tenant, AgentDid did) {
        for (Listener listener : listeners) {
            listener.changed(tenant, did);
        }
        announcer.changed(tenant, did);
    }

    /** Now, or one microsecond after the newest revocation where clocks stand still or go back. */
    private Instant afterRevocations(Connection connection, TenantId tenant, AgentDid did)
            throws SQLException {
        return laterThan(connection, tenant, did, "revoked_at");
    }

    private Instant laterThanGrants(Connection connection, TenantId tenant, AgentDid did)
            throws SQLException {
        return laterThan(connection, tenant, did, "granted_at");
    }

    private Instant laterThan(Connection connection, TenantId tenant, AgentDid did, String column)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT MAX("
                                + column
                                + ") FROM capability_grant WHERE tenant_id = ? AND did = ?")) {
            statement.setString(1, tenant.value());
            statement.setString(2, did.text());
            Instant now = RowTime.kept(clock.instant());
            try (ResultSet rows = statement.executeQuery()) {
                Optional<Instant> newest = rows.next() ? RowTime.read(rows, 1) : Optional.empty();
                return newest.filter(time -> !time.isBefore(now))
                        .map(time -> time.plus(1, ChronoUnit.MICROS))
                        .orElse(now);
            }
        }
    }

    private static void endGrants(
            Connection connection,
            TenantId tenant,
            AgentDid did,
            CapabilityName capability,
            Instant now)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "UPDATE capability_grant SET revoked_at = ? WHERE tenant_id = ? AND did = ?"
                                + " AND capability = ? AND revoked_at IS NULL")) {
            statement.setObject(1, RowTime.of(now));
            statement.setString(2, tenant.value());
            statement.setString(3, did.text());
            statement.setString(4, capability.value());
            statement.executeUpdate();
        }
    }

    private static void insert(Connection connection, Grant row) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO capability_grant ("
                                + COLUMNS
                                + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            statement.setString(1, row.id());
            statement.setString(2, row.tenant().value());
            statement.setString(3, row.did().text());
            statement.setString(4, row.capability().value());
            statement.setObject(5, RowTime.of(row.grantedAt()));
            RowTime.set(statement, 6, row.expiresAt());
            RowTime.set(statement, 7, row.revokedAt());
            statement.setString(8, row.reason());
            statement.setString(
                    9, row.terms().isPlain() ? null : CanonicalJson.text(row.terms().terms()));
            statement.executeUpdate();
        }
    }

    private static List<Grant> select(
            Connection connection, TenantId tenant, Optional<AgentDid> did) throws SQLException {
        String sql =
                "SELECT "
                        + COLUMNS
                        + " FROM capability_grant WHERE tenant_id = ?"
                        + (did.isPresent() ? " AND did = ?" : "")
                        + " ORDER BY granted_at, id";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, tenant.value());
            if (did.isPresent()) {
                statement.setString(2, did.get().text());
            }
            List<Grant> grants = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    grants.add(row(rows));
                }
            }
            return grants;
        }
    }

    private static Grant row(ResultSet rows) throws SQLException {
        CapabilityName name = new CapabilityName(rows.getString(4));
        return new Grant(
                rows.getString(1),
                TenantId.of(rows.getString(2)),
                AgentDid.parse(rows.getString(3), true),
                name,
                RowTime.read(rows, 5).orElse(Instant.EPOCH),
                RowTime.read(rows, 6),
                terms(name, rows.getString(9)),
                RowTime.read(rows, 7),
                Optional.ofNullable(rows.getString(8)).orElse(""));
    }

    /** Terms that cannot be read are terms that nobody can meet. */
    private static Capability terms(CapabilityName name, @Nullable String text) {
        if (text == null) {
            return Capability.of(name);
        }
        try {
            return Capability.parse(
                    JsonReader.parseObject(
                                    text.getBytes(StandardCharsets.UTF_8),
                                    JsonReader.Limits.DEFAULT)
                            .with("name", new JsonString(name.value())));
        } catch (JsonException | IllegalArgumentException e) {
            return new Capability(
                    name,
                    Optional.empty(),
                    Map.of(),
                    List.of(new Caveat.Unknown(new JsonString(text))));
        }
    }
}
