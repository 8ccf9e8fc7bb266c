package dev.mapsovereign.engine.ratelimit;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.StageName;
import java.time.Duration;
import java.util.Optional;

/**
 * Decides whether the refusal of a caller that nobody knows gets a record of its own, so that
 * nobody can fill the node's log by being refused. Tenants have their own bound: a share of the
 * journal, which the audit log keeps.
 */
public final class RecordAdmission {
    private final RateLimitConfig config;
    private final UnrecordedRefusals unrecorded;
    private final MemoryTokenBuckets<String> sources =
            new MemoryTokenBuckets<>(Limits.SOURCE_BUCKETS_MAX, System.nanoTime());

    /** Admits by these rates and counts the rest. */
    public RecordAdmission(RateLimitConfig config, UnrecordedRefusals unrecorded) {
        this.config = config;
        this.unrecorded = unrecorded;
    }

    /**
     * Takes the place of one record in the node's own chain.
     *
     * @param source the peer's address
     * @return what to answer instead when there is none left; then the refusal has been counted
     */
    public Optional<Refusal> take(String source) {
        long now = System.nanoTime();
        long wait = sources.take(SourceKey.of(source), config.unverifiedBySource(), now);
        if (wait == 0) {
            wait = sources.take("", config.unverifiedTotal(), now);
        }
        if (wait == 0) {
            return Optional.empty();
        }
        unrecorded.count();
        return Optional.of(
                Refusal.of(
                                ErrorCode.RATE_LIMITED,
                                "too many refused calls without a verified credential")
                        .at(StageName.RATE_LIMITING)
                        .withRetryAfter(Duration.ofNanos(wait)));
    }
}
