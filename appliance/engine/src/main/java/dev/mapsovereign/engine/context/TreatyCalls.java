package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.agreement.Agreements;
import dev.mapsovereign.engine.agreement.Treaty;
import dev.mapsovereign.engine.request.Arrival;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Refusal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Calls by agents of another organization, each signed by the agent's own key and let in by a
 * treaty that is installed here. No handshake, hence no session: what a session does elsewhere is
 * done here by the time alone.
 *
 * <p><b>Replay.</b> A call is taken if it was signed no longer ago than the clock skew and at most
 * {@link Limits#TREATY_CALL_AHEAD_MAX} ahead; within that time its nonce is remembered. Nonces are
 * in memory: after a start, nothing is taken that could have been used before it, so treaty calls
 * are refused for the first seconds. Time is the wall clock at the start plus monotonic time, so
 * setting the clock back does not let an old call pass again. Safe for use by several threads.
 */
public final class TreatyCalls {
    /** What came of checking a call. */
    public sealed interface Check {}

    /**
     * It is good, and its nonce is used up.
     *
     * @param tenant where it runs: the other party's
     * @param did the agent
     * @param treaty its id
     */
    public record Good(TenantId tenant, AgentDid did, String treaty) implements Check {}

    /**
     * It is not good.
     *
     * @param refusal what to say
     */
    public record Bad(Refusal refusal) implements Check {}

    private final Duration clockSkew;
    private final Agreements agreements;
    private final IdentityDirectory identities;
    private final Ed25519 ed25519;
    private final Clock clock;
    private final Instant startedAt;
    private final long startedNanos = System.nanoTime();

    /** Guards {@link #windows}. */
    private final ReentrantLock lock = new ReentrantLock();

    /** The nonces of each agent, the agent that called last at the end. */
    private final Map<AgentDid, Used> windows = new LinkedHashMap<>(16, 0.75f, true);

    private static final class Used {
        private final NonceWindow nonces;
        private long lastNanos;

        Used(Duration skew) {
            nonces = new NonceWindow(skew);
        }
    }

    /**
     * No calls yet.
     *
     * @param clockSkew how long ago a call may have been signed
     */
    public TreatyCalls(
            Duration clockSkew,
            Agreements agreements,
            IdentityDirectory identities,
            Ed25519 ed25519,
            Clock clock) {
        this.clockSkew = clockSkew;
        this.agreements = agreements;
        this.identities = identities;
        this.ed25519 = ed25519;
        this.clock = clock;
        startedAt = clock.instant();
    }

    /** Checks one call; whatever can be checked without using the nonce up comes first. */
    public Check check(Credential.Treaty shown, Arrival arrival) {
        Optional<Agreements.Held<Treaty>> held = agreements.treaty(shown.treaty());
        if (held.isEmpty()
                || held.get().problem().isPresent()
                || !held.get().terms().holds(clock.instant())) {
            return bad("no treaty of that id is in force here");
        }
        Optional<AgentDid> did = arrival.agentDidHeader().flatMap(TreatyCalls::did);
        if (did.isEmpty()) {
            return bad("a call by treaty names its agent in X-Agent-Did");
        }
        Treaty treaty = held.get().terms();
        Optional<Treaty.Party> party = treaty.partyOf(did.get());
        if (party.isEmpty()) {
            return bad("the treaty does not name " + did.get() + " as one party's agent");
        }
        return checkSignature(shown, arrival, did.get(), treaty.other(party.get()).tenant());
    }

    private Check checkSignature(
            Credential.Treaty shown, Arrival arrival, AgentDid did, TenantId tenant) {
        SignedCall call =
                new SignedCall(
                        DidAuthMessage.TREATY_LABEL,
                        shown.treaty(),
                        shown.created(),
                        shown.nonce(),
                        shown.signature());
        Optional<Instant> created = call.time();
        if (created.isEmpty()) {
            return bad("created is not a unix time in seconds");
        }
        Instant now = startedAt.plusNanos(System.nanoTime() - startedNanos);
        Duration age = Duration.between(created.get(), now);
        if (age.compareTo(clockSkew) > 0) {
            return new Bad(SignedCall.skewed(clockSkew, clock.instant()));
        }
        if (age.negated().compareTo(Limits.TREATY_CALL_AHEAD_MAX) > 0) {
            return new Bad(SignedCall.skewed(Limits.TREATY_CALL_AHEAD_MAX, clock.instant()));
        }
        Instant provable = startedAt.plus(Limits.TREATY_CALL_AHEAD_MAX).plusSeconds(1);
        if (created.get().isBefore(provable)) {
            Duration wait = Duration.between(now, provable).plusSeconds(1);
            return new Bad(
                    Refusal.of(
                                    ErrorCode.UNAUTHENTICATED,
                                    "this node has started since, and could not tell a"
                                            + " repetition; sign the call again in a few seconds")
                            .withRetryAfter(wait.isPositive() ? wait : Duration.ofSeconds(1)));
        }
        Optional<ResolvedIdentity> identity =
                identities
                        .resolve(did)
                        .filter(ResolvedIdentity::usable)
                        .filter(ResolvedIdentity::lineageVerified);
        if (identity.isEmpty()) {
            return bad(did + " is not in the registry here, or does not verify");
        }
        Optional<String> problem = call.problem(arrival, did, identity.get().keys(), ed25519);
        if (problem.isPresent()) {
            return bad(problem.get());
        }
        return use(did, shown.nonce())
                .<Check>map(TreatyCalls::bad)
                .orElseGet(() -> new Good(tenant, did, shown.treaty()));
    }

    /** Uses the nonce up; says why it cannot. */
    private Optional<String> use(AgentDid did, String nonce) {
        NonceWindow nonces = window(did);
        if (nonces == null) {
            return Optional.of("too many agents call by treaty; try again in a minute");
        }
        return switch (nonces.use(nonce)) {
            case FRESH -> Optional.empty();
            case SEEN -> Optional.of("the nonce was used before");
            case FULL -> Optional.of("the agent has used too many nonces lately; wait a minute");
        };
    }

    private @Nullable NonceWindow window(AgentDid did) {
        lock.lock();
        try {
            long now = System.nanoTime();
            Used used = windows.get(did);
            if (used == null) {
                forgetOld(now);
                if (windows.size() >= Limits.TREATY_CALLERS_MAX) {
                    return null;
                }
                used = new Used(clockSkew);
                windows.put(did, used);
            }
            used.lastNanos = now;
            return used.nonces;
        } finally {
            lock.unlock();
        }
    }

    /** Of whoever has not called for so long, no call could be repeated. */
    private void forgetOld(long now) {
        long keptNanos = 4 * clockSkew.toNanos();
        var eldest = windows.values().iterator();
        while (eldest.hasNext() && now - eldest.next().lastNanos > keptNanos) {
            eldest.remove();
        }
    }

    private static Optional<AgentDid> did(String text) {
        try {
            return Optional.of(AgentDid.parse(text));
        } catch (IllegalArgumentException notOne) {
            return Optional.empty();
        }
    }

    private static Bad bad(String message) {
        return new Bad(Refusal.of(ErrorCode.UNAUTHENTICATED, message));
    }
}
