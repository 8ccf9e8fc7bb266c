package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.request.Arrival;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Refusal;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * DidAuth: sessions that a DID opens by proving that it holds its key, and the requests it then
 * signs one by one.
 *
 * <p>The handshake has three steps that anybody may call; the protocol module MACS offers them.
 * {@link #negotiate} notes who wants to be proven, {@link #challenge} gives what must be signed,
 * {@link #verify} opens the session. The first two say nothing about whether such a DID or tenant
 * exists. An open session is bound to DID, key, tenant and authority; each request in it carries a
 * signature over everything that matters ({@link DidAuthMessage}) and a nonce used once.
 *
 * <p>Sessions live in memory alone and end with the process, so a restart needs no revocation list.
 * The age of a request is measured on the session's own clock, which is the wall clock at its start
 * plus monotonic time: setting the wall clock back does not let an old request pass again. Safe for
 * use by several threads.
 */
public final class DidAuthSessions {
    private static final String CHALLENGE_TYPE = "openagent-challenge-v1";
    private static final String REALM_ANY = "map";
    private static final int TOKEN_BYTES = 32;

    /**
     * A handshake begun.
     *
     * @param session its id
     * @param challengeBy until when a challenge must be asked for and answered
     */
    public record Negotiated(String session, Instant challengeBy) {}

    /**
     * A session opened.
     *
     * @param session its id, to be sent with every request
     * @param did who is proven
     * @param tenant in whose scope it calls
     * @param keyId by which key
     * @param expiresAt when it ends
     */
    public record Opened(
            String session, AgentDid did, TenantId tenant, String keyId, Instant expiresAt) {}

    /** What came of checking a signed request. */
    public sealed interface Check {}

    /**
     * It is good, and its nonce is used up.
     *
     * @param tenant the session's
     * @param did the session's
     * @param session its id
     */
    public record Good(TenantId tenant, AgentDid did, String session) implements Check {}

    /**
     * It is not good.
     *
     * @param refusal what to say
     */
    public record Bad(Refusal refusal) implements Check {}

    private record Pending(
            AgentDid did,
            Optional<String> tenant,
            String authority,
            long endNanos,
            AtomicReference<@Nullable JsonObject> challenge) {}

    private record Session(
            AgentDid did,
            TenantId tenant,
            VerificationKey key,
            String authority,
            Instant beganAt,
            long beganNanos,
            long endNanos,
            NonceWindow nonces) {
        Instant now() {
            return beganAt.plusNanos(System.nanoTime() - beganNanos);
        }

        boolean over() {
            return System.nanoTime() - endNanos >= 0;
        }
    }

    private final DidAuthConfig config;
    private final IdentityDirectory identities;
    private final TenantMembers members;
    private final Ed25519 ed25519;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Pending> pending = new ConcurrentHashMap<>();
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();

    /** No sessions yet. */
    public DidAuthSessions(
            DidAuthConfig config,
            IdentityDirectory identities,
            TenantMembers members,
            Ed25519 ed25519,
            Clock clock) {
        this.config = config;
        this.identities = identities;
        this.members = members;
        this.ed25519 = ed25519;
        this.clock = clock;
    }

    /**
     * First step.
     *
     * @param did who wants to be proven
     * @param tenant in whose scope; where it is empty, the only one that the DID belongs to
     * @param authority the authority that the caller addressed
     * @throws ModuleRefusal {@code rate_limited} when too many handshakes are open
     */
    public Negotiated negotiate(AgentDid did, Optional<String> tenant, String authority)
            throws ModuleRefusal {
        if (pending.size() >= Limits.HANDSHAKES_MAX) {
            pending.values().removeIf(old -> System.nanoTime() - old.endNanos() >= 0);
        }
        if (pending.size() >= Limits.HANDSHAKES_MAX) {
            throw new ModuleRefusal(
                    ErrorCode.RATE_LIMITED, "too many handshakes are open; try again in a minute");
        }
        String session = token();
        Duration time = config.challengeTime().multipliedBy(2);
        pending.put(
                session,
                new Pending(
                        did,
                        tenant,
                        normalized(authority),
                        System.nanoTime() + time.toNanos(),
                        new AtomicReference<>()));
        return new Negotiated(session, clock.instant().plus(time));
    }

    /**
     * Second step: what the caller must sign in its RFC 8785 form. A later challenge of the same
     * handshake replaces an earlier one.
     *
     * @throws ModuleRefusal {@code not_found} when there is no such handshake
     */
    public JsonObject challenge(String session) throws ModuleRefusal {
        Pending handshake = pendingOf(session);
        byte[] nonce = new byte[TOKEN_BYTES];
        random.nextBytes(nonce);
        JsonObject challenge =
                JsonObject.builder()
                        .put("nonce", HexFormat.of().formatHex(nonce))
                        .put("origin", config.scheme() + "://" + handshake.authority())
                        .put("realm", handshake.tenant().orElse(REALM_ANY))
                        .put(
                                "timestamp",
                                clock.instant().truncatedTo(ChronoUnit.SECONDS).toString())
                        .put("type", CHALLENGE_TYPE)
                        .build();
        handshake.challenge().set(challenge);
        return challenge;
    }

    /**
     * Third step: opens the session. The challenge is used up, whether the answer is right or not.
     *
     * @param signature 64 bytes, unpadded base64url, over the challenge's RFC 8785 form
     * @throws ModuleRefusal {@code not_found} without such a handshake or challenge, {@code
     *     unauthenticated} for any other reason, {@code rate_limited} when too many are open
     */
    public Opened verify(String session, String signature) throws ModuleRefusal {
        Pending handshake = pendingOf(session);
        JsonObject challenge = handshake.challenge().getAndSet(null);
        if (challenge == null) {
            throw new ModuleRefusal(
                    ErrorCode.NOT_FOUND, "ask for a challenge first; each can be answered once");
        }
        if (expired(challenge)) {
            throw unproven("the challenge has expired; ask for another");
        }
        ResolvedIdentity identity =
                identities
                        .resolve(handshake.did())
                        .filter(ResolvedIdentity::usable)
                        .orElseThrow(DidAuthSessions::unproven);
        VerificationKey key =
                keyThatSigned(identity, CanonicalJson.encode(challenge), signature)
                        .orElseThrow(DidAuthSessions::unproven);
        TenantId tenant = tenantOf(handshake);
        pending.remove(session);
        return open(session, handshake, tenant, key);
    }

    /** Ends a session; nothing happens when there is none. */
    public void end(String session) {
        sessions.remove(session);
    }

    /** How many sessions are open. */
    public int size() {
        return sessions.size();
    }

    /**
     * Checks a signed request. Whatever can be checked without using the nonce up comes first, so
     * that only the holder of the key can use nonces up.
     */
    public Check check(Credential.DidAuth signed, Arrival arrival) {
        Session session = sessions.get(signed.session());
        if (session == null || session.over()) {
            sessions.remove(signed.session());
            return bad("the session is unknown or over; open another by MACS.auth_negotiation");
        }
        if (!session.authority().equals(normalized(arrival.origin().authority()))) {
            return bad("the session was opened at another authority");
        }
        SignedCall call =
                new SignedCall(
                        DidAuthMessage.LABEL,
                        signed.session(),
                        signed.created(),
                        signed.nonce(),
                        signed.signature());
        Optional<Instant> created = call.time();
        if (created.isEmpty()) {
            return bad("created is not a unix time in seconds");
        }
        Duration age = Duration.between(created.get(), session.now());
        if (age.abs().compareTo(config.clockSkew()) > 0) {
            return new Bad(SignedCall.skewed(config.clockSkew(), clock.instant()));
        }
        if (!keyIsCurrent(session)) {
            sessions.remove(signed.session());
            return bad(session.did() + " was deactivated, revoked, or changed its key");
        }
        Optional<String> problem =
                call.problem(arrival, session.did(), List.of(session.key()), ed25519);
        if (problem.isPresent()) {
            return bad(problem.get());
        }
        return switch (session.nonces().use(signed.nonce())) {
            case FRESH -> new Good(session.tenant(), session.did(), signed.session());
            case SEEN -> bad("the nonce was used before");
            case FULL -> bad("the session has used too many nonces lately; open another");
        };
    }

    private Opened open(String id, Pending handshake, TenantId tenant, VerificationKey key)
            throws ModuleRefusal {
        if (sessions.size() >= Limits.SESSIONS_MAX) {
            sessions.values().removeIf(Session::over);
        }
        if (sessions.size() >= Limits.SESSIONS_MAX) {
            throw new ModuleRefusal(
                    ErrorCode.RATE_LIMITED, "too many sessions are open; try again in a minute");
        }
        Instant now = clock.instant();
        long nanos = System.nanoTime();
        sessions.put(
                id,
                new Session(
                        handshake.did(),
                        tenant,
                        key,
                        handshake.authority(),
                        now,
                        nanos,
                        nanos + config.sessionTime().toNanos(),
                        new NonceWindow(config.clockSkew())));
        return new Opened(id, handshake.did(), tenant, key.id(), now.plus(config.sessionTime()));
    }

    private Pending pendingOf(String session) throws ModuleRefusal {
        Pending handshake = pending.get(session);
        if (handshake == null || System.nanoTime() - handshake.endNanos() >= 0) {
            pending.remove(session);
            throw new ModuleRefusal(
                    ErrorCode.NOT_FOUND, "no such handshake; begin by MACS.auth_negotiation");
        }
        return handshake;
    }

    private TenantId tenantOf(Pending handshake) throws ModuleRefusal {
        Set<TenantId> tenants = members.tenantsOf(handshake.did());
        if (handshake.tenant().isPresent()) {
            String named = handshake.tenant().get();
            return tenants.stream()
                    .filter(tenant -> tenant.value().equals(named))
                    .findFirst()
                    .orElseThrow(DidAuthSessions::unproven);
        }
        if (tenants.size() != 1) {
            throw unproven("name the tenant when you negotiate");
        }
        return tenants.iterator().next();
    }

    private Optional<VerificationKey> keyThatSigned(
            ResolvedIdentity identity, byte[] message, String signatureText) {
        Optional<byte[]> signature = SignedCall.decoded(signatureText);
        if (signature.isEmpty() || signature.get().length != SignedCall.SIGNATURE_BYTES) {
            return Optional.empty();
        }
        return identity.keys().stream()
                .limit(Limits.DID_KEYS_MAX)
                .filter(key -> ed25519.verify(key.publicKey(), message, signature.get()))
                .findFirst();
    }

    private boolean keyIsCurrent(Session session) {
        return identities
                .resolve(session.did())
                .filter(ResolvedIdentity::usable)
                .map(identity -> identity.keys().contains(session.key()))
                .orElse(false);
    }

    private boolean expired(JsonObject challenge) {
        Instant given = Instant.parse(challenge.text("timestamp").orElseThrow());
        // The timestamp is cut to whole seconds: allow for the part that was cut.
        Instant end = given.plus(config.challengeTime()).plusSeconds(1);
        return clock.instant().isAfter(end);
    }

    private static Check bad(String message) {
        return new Bad(Refusal.of(ErrorCode.UNAUTHENTICATED, message));
    }

    private static ModuleRefusal unproven() {
        return unproven("the DID, its key and the tenant could not be proven together");
    }

    private static ModuleRefusal unproven(String message) {
        return new ModuleRefusal(ErrorCode.UNAUTHENTICATED, message);
    }

    private String token() {
        byte[] bytes = new byte[TOKEN_BYTES];
        random.nextBytes(bytes);
        return StrictBase64.encodeUrl(bytes);
    }

    private static String normalized(String authority) {
        return authority.toLowerCase(Locale.ROOT);
    }
}
