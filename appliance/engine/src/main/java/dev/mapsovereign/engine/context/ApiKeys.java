package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.crypto.ConstantTime;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.RowTime;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * API keys: {@code map_live_<id>_<base64url of 32 random bytes>}, each bound to one DID and tenant.
 *
 * <p>Of a key only the SHA-256 of its whole text is kept. That needs no salt and no slow hash: 32
 * random bytes cannot be guessed, whatever a guess costs. All keys are in memory, so that a call
 * needs no database and goes on when it is away; whatever another node on the same database changes
 * arrives with {@link #refresh}. Creating and revoking are durable before they are acknowledged,
 * and in force on this node from then on. Safe for use by several threads.
 */
public final class ApiKeys {
    private static final Pattern FORM =
            Pattern.compile("map_live_([0-9a-f]{16})_([A-Za-z0-9_-]{43})");
    private static final int ID_BYTES = 8;
    private static final int SECRET_BYTES = 32;
    private static final String COLUMNS =
            "id, secret_sha256, tenant_id, did, label, created_at, expires_at, revoked_at";

    /**
     * A key just made.
     *
     * @param key what stays known
     * @param text the key itself; shown once, kept nowhere
     */
    public record Created(ApiKey key, String text) {
        /** Keeps the secret out of logs. */
        @Override
        public String toString() {
            return "Created[" + key.id() + "]";
        }
    }

    /**
     * What a presented key proved.
     *
     * @param id which key
     * @param tenant in whose scope it calls
     * @param did as whom it calls
     */
    public record Verified(String id, TenantId tenant, AgentDid did) {}

    private record Entry(ApiKey key, byte[] sha256, Verified verified) {}

    private final Database database;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();

    private ApiKeys(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Reads all keys. */
    public static ApiKeys open(Database database, Clock clock) {
        ApiKeys keys = new ApiKeys(database, clock);
        keys.refresh();
        return keys;
    }

    /** Takes over what other nodes on the same database created and revoked. */
    public void refresh() {
        List<Entry> rows = database.read(ApiKeys::select);
        for (Entry row : rows) {
            // A revocation made here while the rows were read must not be undone by an older row.
            entries.merge(
                    row.key().id(),
                    row,
                    (here, read) -> here.key().revokedAt().isPresent() ? here : read);
        }
    }

    /**
     * Asks the database for its table, cheaply.
     *
     * @throws dev.mapsovereign.database.DatabaseException when the database is away, or empty
     */
    public void requireTable() {
        database.read(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("SELECT id FROM api_key WHERE id = ''")) {
                return statement.execute();
            }
        });
    }

    /**
     * Makes a key.
     *
     * @throws dev.mapsovereign.database.DatabaseUnavailableException when it cannot be made durable
     */
    public Created create(
            TenantId tenant, AgentDid did, String label, Optional<Instant> expiresAt) {
        byte[] id = new byte[ID_BYTES];
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(id);
        random.nextBytes(secret);
        ApiKey key =
                new ApiKey(
                        HexFormat.of().formatHex(id),
                        tenant,
                        did,
                        label,
                        RowTime.kept(clock.instant()),
                        expiresAt.map(RowTime::kept),
                        Optional.empty());
        String text = "map_live_" + key.id() + "_" + StrictBase64.encodeUrl(secret);
        Entry entry = entry(key, digest(text));
        database.durably(connection -> {
            insert(connection, entry);
            return true;
        });
        entries.put(key.id(), entry);
        return new Created(key, text);
    }

    /**
     * Revokes a key; a second time changes nothing.
     *
     * @return the key as it is now; empty when there is none of that id
     * @throws dev.mapsovereign.database.DatabaseUnavailableException when it cannot be made durable
     */
    public Optional<ApiKey> revoke(String id) {
        Entry entry = entries.get(id);
        if (entry == null || entry.key().revokedAt().isPresent()) {
            return Optional.ofNullable(entry).map(Entry::key);
        }
        Instant now = RowTime.kept(clock.instant());
        database.durably(connection -> markRevoked(connection, id, now));
        ApiKey revoked = entry.key().revoked(now);
        entries.put(id, entry(revoked, entry.sha256()));
        return Optional.of(revoked);
    }

    /** All keys, of one tenant where one is named, oldest first. */
    public List<ApiKey> list(Optional<TenantId> tenant) {
        return entries.values().stream()
                .map(Entry::key)
                .filter(key -> tenant.map(key.tenant()::equals).orElse(true))
                .sorted(Comparator.comparing(ApiKey::createdAt).thenComparing(ApiKey::id))
                .toList();
    }

    /** The tenants in which that DID holds an active key. */
    public List<TenantId> tenantsOf(AgentDid did) {
        Instant now = clock.instant();
        return entries.values().stream()
                .map(Entry::key)
                .filter(key -> key.did().equals(did) && key.active(now))
                .map(ApiKey::tenant)
                .distinct()
                .toList();
    }

    /** Whose key this is; empty when it is malformed, unknown, wrong, expired or revoked. */
    public Optional<Verified> verify(String presented) {
        var match = FORM.matcher(presented);
        if (!match.matches()) {
            return Optional.empty();
        }
        Entry entry = entries.get(match.group(1));
        if (entry == null
                || !ConstantTime.equal(digest(presented), entry.sha256())
                || !entry.key().active(clock.instant())) {
            return Optional.empty();
        }
        return Optional.of(entry.verified());
    }

    private static byte[] digest(String text) {
        return Sha256.hash(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static Entry entry(ApiKey key, byte[] sha256) {
        return new Entry(key, sha256, new Verified(key.id(), key.tenant(), key.did()));
    }

    private static void insert(Connection connection, Entry entry) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO api_key (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)")) {
            ApiKey key = entry.key();
            statement.setString(1, key.id());
            statement.setBytes(2, entry.sha256());
            statement.setString(3, key.tenant().value());
            statement.setString(4, key.did().text());
            statement.setString(5, key.label());
            statement.setObject(6, RowTime.of(key.createdAt()));
            RowTime.set(statement, 7, key.expiresAt());
            RowTime.set(statement, 8, key.revokedAt());
            statement.executeUpdate();
        }
    }

    private static boolean markRevoked(Connection connection, String id, Instant now)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")) {
            statement.setObject(1, RowTime.of(now));
            statement.setString(2, id);
            return statement.executeUpdate() == 1;
        }
    }

    private static List<Entry> select(Connection connection) throws SQLException {
        List<Entry> found = new ArrayList<>();
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT " + COLUMNS + " FROM api_key");
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                ApiKey key =
                        new ApiKey(
                                rows.getString(1),
                                TenantId.of(rows.getString(3)),
                                AgentDid.parse(rows.getString(4), true),
                                Optional.ofNullable(rows.getString(5)).orElse(""),
                                RowTime.read(rows, 6).orElse(Instant.EPOCH),
                                RowTime.read(rows, 7),
                                RowTime.read(rows, 8));
                found.add(entry(key, rows.getBytes(2)));
            }
        }
        return found;
    }
}
