package dev.mapsovereign.engine.idempotency;

import dev.mapsovereign.base.crypto.ConstantTime;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseUnavailableException;
import dev.mapsovereign.database.RowTime;
import dev.mapsovereign.database.Work;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.AuthorizedRequest;
import dev.mapsovereign.engine.request.Caller;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.StageName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Idempotency keys: one row for each tenant, caller and key, in the database.
 *
 * <p><b>The road of a key.</b> After stage 4 {@link #look} asks whether the key was used before. If
 * not, {@link #claim} takes it just before the call takes effect: of two calls that come at once
 * only one can insert the row, the other is told that the first is in progress. When the call is
 * done, {@link #keep} puts the answer into the row, durably, before the caller gets it. A call that
 * was refused and changed nothing gives its key back ({@link #giveBack}), so that it may be tried
 * again; one that failed with unknown effect keeps its failure under the key, because running it
 * again could do the work twice.
 *
 * <p><b>After a crash</b> a row is still "in progress" though nobody runs the call. Rows of this
 * node's own journal are settled when the node starts ({@link #settleOwn}): a read-only call's key
 * is given back; any other gets the answer "interrupted, effect unknown" for good, beside the
 * record with the code {@code interrupted} that the journal's recovery writes. A row of another
 * node on the same database is settled the same way once it is older than {@link
 * Limits#IDEMPOTENCY_LEASE}, which is longer than any call may take.
 *
 * <p>Safe for use by several threads and several nodes.
 */
public final class IdempotencyStore {
    private static final System.Logger LOG = System.getLogger(IdempotencyStore.class.getName());
    private static final String IN_PROGRESS = "in_progress";
    private static final String DONE = "done";
    private static final String WHERE_KEY =
            " WHERE tenant_id = ? AND caller_did = ? AND idem_key = ?";
    private static final int KEY_LENGTH_MAX = 255;

    private record Row(byte[] bodySha256, boolean done, StoredAnswer answer, Instant createdAt) {}

    private final Database database;
    private final String node;
    private final Duration kept;
    private final Clock clock;

    /**
     * Keys in that database.
     *
     * @param node name of this node's journal
     * @param kept how long an answer can be given again
     */
    public IdempotencyStore(Database database, String node, Duration kept, Clock clock) {
        this.database = database;
        this.node = node;
        this.kept = kept;
        this.clock = clock;
    }

    /**
     * Looks whether the call's key was used before.
     *
     * @return the answer to give again; empty when the call has no key or a fresh one
     * @throws RefusedException {@code idempotency_in_progress}, {@code idempotency_key_reuse},
     *     {@code malformed_request}
     */
    public Optional<StoredAnswer> look(AuthorizedRequest request) {
        Optional<IdempotencyKey> key = keyOf(request);
        if (key.isEmpty()) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        Optional<Row> row = database.read(connection -> select(connection, key.get(), now));
        if (row.isEmpty()) {
            return Optional.empty();
        }
        byte[] body = Sha256.hash(request.versioned().inbound().body());
        if (!ConstantTime.equal(body, row.get().bodySha256())) {
            throw refused(
                    ErrorCode.IDEMPOTENCY_KEY_REUSE,
                    "this idempotency key belongs to a call with another body; use a new key");
        }
        if (row.get().done()) {
            return Optional.of(row.get().answer());
        }
        if (row.get().createdAt().plus(Limits.IDEMPOTENCY_LEASE).isAfter(now)) {
            throw inProgress(
                    JsonObject.builder()
                            .put("first_correlation_id", row.get().answer().correlationId())
                            .build());
        }
        return settle(key.get(), row.get().answer());
    }

    /**
     * Takes the key for a call that is about to take effect; durable where the call changes
     * anything.
     *
     * @return what to hold while it runs; empty when the call has no key
     * @throws RefusedException {@code idempotency_in_progress} when another call was faster
     */
    public Optional<Claim> claim(AuthorizedRequest request) {
        Optional<IdempotencyKey> key = keyOf(request);
        if (key.isEmpty()) {
            return Optional.empty();
        }
        boolean readOnly = request.versioned().operation().spec().readOnly();
        StoredAnswer running =
                StoredAnswer.running(request.call().correlationId().toString(), node, readOnly);
        byte[] body = Sha256.hash(request.versioned().inbound().body());
        Instant now = RowTime.kept(clock.instant());
        Work<Boolean> insert =
                connection -> {
                    deleteExpired(connection, key.get(), now);
                    return insert(connection, key.get(), body, running, now);
                };
        boolean taken = readOnly ? database.write(insert) : database.durably(insert);
        if (!taken) {
            throw inProgress(JsonObject.EMPTY);
        }
        return Optional.of(new Claim(key.get(), running));
    }

    /** Keeps an answer under a claimed key; durable when this returns. */
    public void keep(Claim claim, StoredAnswer answer) {
        keep(claim.key(), answer);
    }

    /** Gives a claimed key back, as if it had never been used. */
    public void giveBack(Claim claim) {
        giveBack(claim.key());
    }

    /**
     * Settles what this node left unfinished; to be called once, before the first call.
     *
     * @return how many keys were settled; none when the database is away, and then their leases
     *     settle them later
     */
    public int settleOwn() {
        try {
            Instant now = clock.instant();
            Map<IdempotencyKey, StoredAnswer> unfinished =
                    database.read(connection -> selectInProgress(connection, now));
            int settled = 0;
            for (var entry : unfinished.entrySet()) {
                if (entry.getValue().node().equals(node)) {
                    settle(entry.getKey(), entry.getValue());
                    settled++;
                }
            }
            return settled;
        } catch (DatabaseUnavailableException away) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "idempotency keys of an earlier run stay in progress until their lease is over: "
                            + away.getMessage());
            return 0;
        }
    }

    /** Removes rows whose time is over; to be called now and then. */
    public int purge() {
        Instant now = clock.instant();
        return database.write(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement(
                            "DELETE FROM idempotency_result WHERE expires_at <= ?")) {
                statement.setObject(1, RowTime.of(now));
                return statement.executeUpdate();
            }
        });
    }

    private Optional<StoredAnswer> settle(IdempotencyKey key, StoredAnswer unfinished) {
        if (unfinished.readOnly()) {
            giveBack(key);
            return Optional.empty();
        }
        StoredAnswer interrupted = unfinished.interrupted();
        keep(key, interrupted);
        return Optional.of(interrupted);
    }

    private void keep(IdempotencyKey key, StoredAnswer answer) {
        database.durably(connection -> update(connection, key, answer));
    }

    private void giveBack(IdempotencyKey key) {
        database.write(connection -> delete(connection, key));
    }

    /**
     * The key is judged whoever sends it, since it is also handed on; only known callers own one.
     */
    private static Optional<IdempotencyKey> keyOf(AuthorizedRequest request) {
        Optional<String> sent = request.versioned().inbound().idempotencyKey();
        if (sent.isEmpty()) {
            return Optional.empty();
        }
        String key = sent.get();
        if (key.isEmpty() || key.length() > KEY_LENGTH_MAX || !printable(key)) {
            throw refused(
                    ErrorCode.MALFORMED_REQUEST,
                    "an idempotency key has 1 to "
                            + KEY_LENGTH_MAX
                            + " printable ASCII characters, without space");
        }
        Caller caller = request.enriched().caller();
        return caller.anonymous()
                ? Optional.empty()
                : Optional.of(new IdempotencyKey(caller.tenant().value(), caller.name(), key));
    }

    private static boolean printable(String key) {
        return key.chars().allMatch(character -> character > 0x20 && character < 0x7f);
    }

    private static RefusedException inProgress(JsonObject details) {
        return new RefusedException(
                Refusal.of(
                                ErrorCode.IDEMPOTENCY_IN_PROGRESS,
                                "a call with this idempotency key is still running; ask again later")
                        .at(StageName.ROUTER_INVOCATION)
                        .withDetails(details)
                        .withRetryAfter(Limits.IDEMPOTENCY_RETRY));
    }

    private static RefusedException refused(ErrorCode code, String message) {
        return new RefusedException(Refusal.of(code, message).at(StageName.ROUTER_INVOCATION));
    }

    private static Optional<Row> select(Connection connection, IdempotencyKey key, Instant now)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT body_sha256, state, answer, created_at FROM idempotency_result"
                                + WHERE_KEY
                                + " AND expires_at > ?")) {
            setKey(statement, 1, key);
            statement.setObject(4, RowTime.of(now));
            try (ResultSet rows = statement.executeQuery()) {
                if (!rows.next()) {
                    return Optional.empty();
                }
                return Optional.of(
                        new Row(
                                rows.getBytes(1),
                                DONE.equals(rows.getString(2)),
                                StoredAnswer.decode(rows.getBytes(3)),
                                rows.getObject(4, OffsetDateTime.class).toInstant()));
            }
        }
    }

    private static Map<IdempotencyKey, StoredAnswer> selectInProgress(
            Connection connection, Instant now) throws SQLException {
        Map<IdempotencyKey, StoredAnswer> found = new HashMap<>();
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT tenant_id, caller_did, idem_key, answer FROM idempotency_result"
                                + " WHERE state = ? AND expires_at > ?")) {
            statement.setString(1, IN_PROGRESS);
            statement.setObject(2, RowTime.of(now));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.put(
                            new IdempotencyKey(
                                    rows.getString(1), rows.getString(2), rows.getString(3)),
                            StoredAnswer.decode(rows.getBytes(4)));
                }
            }
        }
        return found;
    }

    private boolean insert(
            Connection connection,
            IdempotencyKey key,
            byte[] body,
            StoredAnswer running,
            Instant now)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO idempotency_result (tenant_id, caller_did, idem_key,"
                                + " body_sha256, state, answer, created_at, expires_at)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")) {
            setKey(statement, 1, key);
            statement.setBytes(4, body);
            statement.setString(5, IN_PROGRESS);
            statement.setBytes(6, running.encode());
            statement.setObject(7, RowTime.of(now));
            statement.setObject(8, RowTime.of(now.plus(kept)));
            return statement.executeUpdate() == 1;
        }
    }

    private static void deleteExpired(Connection connection, IdempotencyKey key, Instant now)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "DELETE FROM idempotency_result" + WHERE_KEY + " AND expires_at <= ?")) {
            setKey(statement, 1, key);
            statement.setObject(4, RowTime.of(now));
            statement.executeUpdate();
        }
    }

    private static boolean update(Connection connection, IdempotencyKey key, StoredAnswer answer)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "UPDATE idempotency_result SET state = ?, answer = ?, record_index = ?"
                                + WHERE_KEY)) {
            statement.setString(1, DONE);
            statement.setBytes(2, answer.encode());
            statement.setObject(3, answer.recordIndex().map(Long::valueOf).orElse(null));
            setKey(statement, 4, key);
            return statement.executeUpdate() == 1;
        }
    }

    private static boolean delete(Connection connection, IdempotencyKey key) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "DELETE FROM idempotency_result" + WHERE_KEY + " AND state = ?")) {
            setKey(statement, 1, key);
            statement.setString(4, IN_PROGRESS);
            return statement.executeUpdate() == 1;
        }
    }

    private static void setKey(PreparedStatement statement, int first, IdempotencyKey key)
            throws SQLException {
        statement.setString(first, key.tenant());
        statement.setString(first + 1, key.caller());
        statement.setString(first + 2, key.text());
    }
}
