package dev.mapsovereign.engine.ratelimit;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.module.CredentialKind;
import dev.mapsovereign.engine.request.AdmittedRequest;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.Caller;
import dev.mapsovereign.engine.request.EnrichedRequest;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.StageName;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Stage 3: whether the tenant may call this protocol, and this caller anything, this often. */
public final class RateLimiting {
    private record Key(TenantId tenant, String protocol) {
        String name() {
            return "map:rate:" + tenant + ":" + protocol;
        }
    }

    private record CallerKey(TenantId tenant, AgentDid did) {
        String name() {
            return "map:rate-caller:" + tenant + ":" + did;
        }
    }

    private final RateLimitConfig config;
    private final CallBuckets<Key> calls;
    private final CallBuckets<CallerKey> callers;
    private final MemoryTokenBuckets<String> anonymous =
            new MemoryTokenBuckets<>(Limits.SOURCE_BUCKETS_MAX, System.nanoTime());

    /**
     * Limits by these rates.
     *
     * @param shared by which several nodes keep them together; calls without credential are each
     *     node's own matter in any case
     */
    public RateLimiting(RateLimitConfig config, Optional<SharedLimits> shared) {
        this.config = config;
        calls = new CallBuckets<>(shared, Key::name);
        callers = new CallBuckets<>(shared, CallerKey::name);
    }

    /**
     * Takes one call from the caller's and the tenant's bucket, or for an anonymous call from its
     * source's.
     *
     * @throws RefusedException {@code rate_limited}, with the time after which a call would pass;
     *     also when Redis is away and then nothing is to pass
     */
    public AdmittedRequest admit(EnrichedRequest request) {
        request.call().enter(StageName.RATE_LIMITING);
        Caller caller = request.caller();
        if (caller.anonymous()) {
            admitAnonymous(request.versioned().inbound().origin().source());
        } else if (caller.kind() != CredentialKind.CONTROL_SOCKET) {
            admitKnown(request, caller);
        }
        return new AdmittedRequest(request);
    }

    /** The caller's own share comes first: who used it up takes nothing from the tenant. */
    private void admitKnown(EnrichedRequest request, Caller caller) {
        TenantId tenant = caller.tenant();
        if (config.callsByCaller().isPresent() && caller.did().isPresent()) {
            take(
                    request.call(),
                    callers,
                    new CallerKey(tenant, caller.did().get()),
                    config.callsByCaller().get(),
                    () -> caller.name() + " calls");
        }
        String protocol = request.versioned().route().protocol();
        take(
                request.call(),
                calls,
                new Key(tenant, protocol),
                config.callsOf(tenant, protocol),
                () -> "tenant " + tenant + " calls " + protocol);
    }

    private static <K> void take(
            Call call, CallBuckets<K> buckets, K key, Rate rate, Supplier<String> who) {
        Taken taken = buckets.take(key, rate);
        call.rated(RateState.of(rate, taken.fullInNanos()));
        if (taken.waitNanos() > 0) {
            throw refused(who.get(), rate, taken.waitNanos());
        }
    }

    private void admitAnonymous(String source) {
        long now = System.nanoTime();
        long wait = anonymous.take(SourceKey.of(source), config.anonymousBySource(), now);
        if (wait > 0) {
            throw refused(
                    "this address calls without credential", config.anonymousBySource(), wait);
        }
        wait = anonymous.take("", config.anonymousTotal(), now);
        if (wait > 0) {
            throw refused("too many call without credential", config.anonymousTotal(), wait);
        }
    }

    private static RefusedException refused(String who, Rate rate, long waitNanos) {
        Duration retryAfter = Duration.ofNanos(waitNanos);
        String limit = rate.permits() + " per " + rate.per().toSeconds() + " s";
        return new RefusedException(
                Refusal.of(
                                ErrorCode.RATE_LIMITED,
                                who
                                        + " more often than "
                                        + limit
                                        + "; wait "
                                        + retryAfter.toMillis()
                                        + " ms")
                        .withDetails(
                                JsonObject.builder()
                                        .put("limit", rate.permits())
                                        .put("per_seconds", rate.per().toSeconds())
                                        .put("burst", rate.burst())
                                        .build())
                        .withRetryAfter(retryAfter));
    }
}
