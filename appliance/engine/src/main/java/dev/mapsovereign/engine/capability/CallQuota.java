package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.ratelimit.SharedLimits;
import dev.mapsovereign.redis.Redis;
import dev.mapsovereign.redis.RedisScript;
import dev.mapsovereign.redis.RedisUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts calls against the limits that a capability carries: at most so many in each minute, hour
 * or day by the clock (UTC), so that whoever reads the log can count them too. A bucket would let
 * twice as many through in its first hour.
 *
 * <p>Where nodes share their limits, Redis counts, by its clock: every call is one question, and
 * over all nodes the count is exact. What Redis let through is counted here too, so that this node
 * goes on from there when Redis is away. Else counted on this node alone, since its start. Safe for
 * use by several threads.
 */
final class CallQuota {
    /**
     * Whose calls are counted, by which rule.
     *
     * @param holder a DID, or a treaty
     * @param rule of which entry, so that a granted and a declared limit are two
     */
    private record Key(TenantId tenant, String holder, String rule, String limit) {
        static Key of(TenantId tenant, CapabilitySearch.Held held, String limit) {
            CapabilitySet.Entry entry = held.entry();
            String delegation =
                    entry.origin() instanceof CapabilitySet.Origin.Delegated delegated
                            ? delegated.id()
                            : "";
            return new Key(
                    tenant,
                    held.holder(),
                    entry.name() + " " + entry.source() + " " + delegation,
                    limit);
        }

        /** In Redis. */
        String shared() {
            return String.join(":", "map:count", tenant.value(), holder, limit, rule);
        }
    }

    /**
     * One limit of an entry.
     *
     * @param seconds its window
     */
    private record Counted(Key key, long callsMax, long seconds) {}

    /**
     * One count.
     *
     * @param window the number of the minute, hour or day since 1970
     * @param endsAt when it ends, in seconds since 1970
     */
    private record Count(long window, long endsAt, long calls) {}

    /**
     * Counts all or nothing. A count is the text {@code window:calls}; a clock that was set back
     * finds the count of the later window, not a new one.
     */
    private static final RedisScript COUNT =
            new RedisScript(
                    """
                    local time = redis.call('TIME')
                    local now = tonumber(time[1])
                    local counted = {}
                    for i, key in ipairs(KEYS) do
                      local seconds, most = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
                      local window, calls = math.floor(now / seconds), 0
                      local kept, keptCalls = string.match(redis.call('GET', key) or '', '^(%d+):(%d+)$')
                      if kept and tonumber(kept) >= window then
                        window, calls = tonumber(kept), tonumber(keptCalls)
                      end
                      local ends = (window + 1) * seconds
                      if calls >= most then
                        return {(ends - now) * 1000000 - tonumber(time[2])}
                      end
                      counted[i] = {string.format('%d:%d', window, calls + 1), ends - now}
                    end
                    for i, key in ipairs(KEYS) do
                      redis.call('SET', key, counted[i][1], 'EX', counted[i][2])
                    end
                    return {0}
                    """);

    private final Map<Key, Count> counts = new ConcurrentHashMap<>();
    private final Optional<SharedLimits> shared;

    /** Counts with others, or alone. */
    CallQuota(Optional<SharedLimits> shared) {
        this.shared = shared;
    }

    /**
     * Counts one call against every limit of those entries, or against none.
     *
     * @return empty when it was counted; otherwise how long until it can be
     * @throws dev.mapsovereign.engine.request.RefusedException {@code rate_limited} when Redis is
     *     away and that is to be refused
     */
    Optional<Duration> take(TenantId tenant, List<CapabilitySearch.Held> way, Instant now) {
        List<Counted> limits = new ArrayList<>();
        for (CapabilitySearch.Held held : way) {
            held.entry()
                    .capability()
                    .limits()
                    .forEach((limit, callsMax) -> {
                        Long seconds = Capability.COUNTED.get(limit);
                        if (seconds != null) {
                            limits.add(new Counted(Key.of(tenant, held, limit), callsMax, seconds));
                        }
                    });
        }
        if (limits.isEmpty() || shared.isEmpty()) {
            return takeHere(limits, now);
        }
        try {
            Optional<Duration> wait = takeShared(limits, shared.get().redis());
            if (wait.isEmpty()) {
                limits.forEach(each -> take(each.key(), Long.MAX_VALUE, each.seconds(), now));
            }
            return wait;
        } catch (RedisUnavailableException away) {
            shared.get().withoutRedis(away);
            return takeHere(limits, now);
        }
    }

    private static Optional<Duration> takeShared(List<Counted> limits, Redis redis)
            throws RedisUnavailableException {
        List<String> arguments = new ArrayList<>();
        for (Counted each : limits) {
            arguments.add(Long.toString(each.seconds()));
            arguments.add(Long.toString(each.callsMax()));
        }
        List<String> keys = limits.stream().map(each -> each.key().shared()).toList();
        long waitMicros = redis.run(COUNT, keys, arguments).getFirst();
        return waitMicros == 0
                ? Optional.empty()
                : Optional.of(Duration.of(waitMicros, ChronoUnit.MICROS));
    }

    private Optional<Duration> takeHere(List<Counted> limits, Instant now) {
        List<Key> taken = new ArrayList<>();
        for (Counted each : limits) {
            Optional<Duration> wait = take(each.key(), each.callsMax(), each.seconds(), now);
            if (wait.isPresent()) {
                taken.forEach(this::giveBack);
                return wait;
            }
            taken.add(each.key());
        }
        return Optional.empty();
    }

    private Optional<Duration> take(Key key, long callsMax, long seconds, Instant now) {
        long window = Math.floorDiv(now.getEpochSecond(), seconds);
        if (counts.size() >= Limits.CAPABILITY_COUNTS_MAX && !counts.containsKey(key)) {
            long second = now.getEpochSecond();
            counts.values().removeIf(count -> count.endsAt() <= second);
            if (counts.size() >= Limits.CAPABILITY_COUNTS_MAX) {
                return Optional.of(Duration.ofSeconds(1));
            }
        }
        long[] endsAt = {0};
        counts.compute(
                key,
                (absent, count) -> {
                    // A clock that goes back finds the count of the later hour, not a new one.
                    Count current =
                            count == null || count.window() < window
                                    ? new Count(window, (window + 1) * seconds, 0)
                                    : count;
                    if (current.calls() >= callsMax) {
                        endsAt[0] = current.endsAt();
                        return current;
                    }
                    return new Count(current.window(), current.endsAt(), current.calls() + 1);
                });
        return endsAt[0] == 0
                ? Optional.empty()
                : Optional.of(Duration.between(now, Instant.ofEpochSecond(endsAt[0])));
    }

    private void giveBack(Key key) {
        counts.computeIfPresent(
                key, (same, count) -> new Count(count.window(), count.endsAt(), count.calls() - 1));
    }
}
