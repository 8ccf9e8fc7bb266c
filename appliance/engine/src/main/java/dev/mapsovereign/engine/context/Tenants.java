package dev.mapsovereign.engine.context;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The tenants of this node, in memory. That a tenant exists is decided by the audit log, where it
 * has a chain of its own; whether it is suspended stands in the database. Safe for use by several
 * threads.
 */
public final class Tenants {
    private static final System.Logger LOG = System.getLogger(Tenants.class.getName());
    private static final String ACTIVE = "active";
    private static final String SUSPENDED = "suspended";

    /**
     * One tenant.
     *
     * @param id its name
     * @param active false while it is suspended
     * @param createdAt when it was made, where the database knows
     */
    public record Tenant(TenantId id, boolean active, Optional<Instant> createdAt) {}

    private final Database database;
    private final AuditLog log;
    private final Clock clock;
    private final Map<String, Tenant> tenants = new ConcurrentHashMap<>();

    private Tenants(Database database, AuditLog log, Clock clock) {
        this.database = database;
        this.log = log;
        this.clock = clock;
    }

    /**
     * Reads all tenants, and makes the chains of those that have none on this node yet: another
     * node on the same database may have made the tenant.
     */
    public static Tenants open(Database database, AuditLog log, Clock clock) {
        Tenants tenants = new Tenants(database, log, clock);
        tenants.refresh();
        return tenants;
    }

    /** Takes over what other nodes on the same database changed. */
    public void refresh() {
        try {
            for (TenantId id : log.tenants()) {
                if (!id.isNode()) {
                    tenants.putIfAbsent(id.value(), new Tenant(id, true, Optional.empty()));
                }
            }
            for (Tenant tenant : database.read(Tenants::select)) {
                ensureChain(tenant.id());
                tenants.put(tenant.id().value(), tenant);
            }
        } catch (AuditUnavailableException unavailable) {
            // The node runs and refuses every call until an operator has seen to the log; who its
            // tenants are can wait that long.
            LOG.log(System.Logger.Level.WARNING, "tenants not read: the log is away", unavailable);
        }
    }

    /**
     * Makes a tenant; one that exists stays as it is.
     *
     * @throws IllegalArgumentException for {@code _node}, which the node alone makes
     */
    public Tenant create(TenantId id) {
        if (id.isNode()) {
            throw new IllegalArgumentException("the tenant " + id + " belongs to the node itself");
        }
        Tenant known = tenants.get(id.value());
        if (known != null) {
            return known;
        }
        ensureChain(id);
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        database.durably(connection -> insert(connection, id, ACTIVE, now));
        Tenant made = new Tenant(id, true, Optional.of(now));
        tenants.put(id.value(), made);
        return made;
    }

    /**
     * Suspends a tenant or takes it back; in force once this returns.
     *
     * @return the tenant as it is now; empty when there is none of that name
     */
    public Optional<Tenant> setActive(TenantId id, boolean active) {
        Tenant known = tenants.get(id.value());
        if (known == null) {
            return Optional.empty();
        }
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        String status = active ? ACTIVE : SUSPENDED;
        database.durably(connection ->
                updateStatus(connection, id, status) || insert(connection, id, status, now));
        Tenant changed = new Tenant(id, active, known.createdAt());
        tenants.put(id.value(), changed);
        return Optional.of(changed);
    }

    /** All tenants, by name. */
    public List<Tenant> list() {
        return tenants.values().stream()
                .sorted((one, other) -> one.id().compareTo(other.id()))
                .toList();
    }

    /** Whether that tenant exists and is not suspended. */
    public boolean isActive(TenantId id) {
        Tenant known = tenants.get(id.value());
        return known != null && known.active();
    }

    /** The tenant of that name, suspended or not, the node's own included. */
    public Optional<TenantId> find(String name) {
        if (name.equals(TenantId.NODE.value())) {
            return Optional.of(TenantId.NODE);
        }
        return Optional.ofNullable(tenants.get(name)).map(Tenant::id);
    }

    private void ensureChain(TenantId id) {
        if (!log.exists(id)) {
            log.createTenant(id);
        }
    }

    private static boolean insert(
            Connection connection, TenantId id, String status, Instant createdAt)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO tenant (id, status, created_at) VALUES (?, ?, ?)"
                                + " ON CONFLICT DO NOTHING")) {
            statement.setString(1, id.value());
            statement.setString(2, status);
            statement.setObject(3, createdAt.atOffset(ZoneOffset.UTC));
            return statement.executeUpdate() == 1;
        }
    }

    private static boolean updateStatus(Connection connection, TenantId id, String status)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("UPDATE tenant SET status = ? WHERE id = ?")) {
            statement.setString(1, status);
            statement.setString(2, id.value());
            return statement.executeUpdate() == 1;
        }
    }

    private static List<Tenant> select(Connection connection) throws SQLException {
        List<Tenant> found = new ArrayList<>();
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT id, status, created_at FROM tenant");
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                found.add(
                        new Tenant(
                                TenantId.of(rows.getString(1)),
                                ACTIVE.equals(rows.getString(2)),
                                Optional.of(rows.getObject(3, OffsetDateTime.class).toInstant())));
            }
        }
        return found;
    }
}
