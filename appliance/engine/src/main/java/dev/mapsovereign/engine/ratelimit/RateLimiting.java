package dev.mapsovereign.engine.ratelimit;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.module.CredentialKind;
import dev.mapsovereign.engine.request.AdmittedRequest;
import dev.mapsovereign.engine.request.Caller;
import dev.mapsovereign.engine.request.EnrichedRequest;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.StageName;
import java.time.Duration;

/** Stage 3: whether the tenant may call this protocol this often. */
public final class RateLimiting {
    private record Key(TenantId tenant, String protocol) {}

    private final RateLimitConfig config;
    private final MemoryTokenBuckets<Key> calls =
            new MemoryTokenBuckets<>(Limits.CALL_BUCKETS_MAX, System.nanoTime());
    private final MemoryTokenBuckets<String> anonymous =
            new MemoryTokenBuckets<>(Limits.SOURCE_BUCKETS_MAX, System.nanoTime());

    /** Limits by these rates. */
    public RateLimiting(RateLimitConfig config) {
        this.config = config;
    }

    /**
     * Takes one call from the tenant's bucket, or for an anonymous call from its source's.
     *
     * @throws RefusedException {@code rate_limited}, with the time after which a call would pass
     */
    public AdmittedRequest admit(EnrichedRequest request) {
        request.call().enter(StageName.RATE_LIMITING);
        Caller caller = request.caller();
        if (caller.anonymous()) {
            admitAnonymous(request.versioned().inbound().origin().source());
        } else if (caller.kind() != CredentialKind.CONTROL_SOCKET) {
            admitTenant(caller.tenant(), request.versioned().route().protocol());
        }
        return new AdmittedRequest(request);
    }

    private void admitTenant(TenantId tenant, String protocol) {
        Rate rate = config.callsOf(tenant, protocol);
        long wait = calls.take(new Key(tenant, protocol), rate, System.nanoTime());
        if (wait > 0) {
            throw refused("tenant " + tenant + " calls " + protocol, rate, wait);
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
