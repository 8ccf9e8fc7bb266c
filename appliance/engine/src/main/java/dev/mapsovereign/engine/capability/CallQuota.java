package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.Limits;
import java.time.Duration;
import java.time.Instant;
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
 * <p>Counted on this node, since its start. Safe for use by several threads.
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
    }

    /**
     * One count.
     *
     * @param window the number of the minute, hour or day since 1970
     * @param endsAt when it ends, in seconds since 1970
     */
    private record Count(long window, long endsAt, long calls) {}

    private final Map<Key, Count> counts = new ConcurrentHashMap<>();

    /**
     * Counts one call against every limit of those entries, or against none.
     *
     * @return empty when it was counted; otherwise how long until it can be
     */
    Optional<Duration> take(TenantId tenant, List<CapabilitySearch.Held> way, Instant now) {
        List<Key> taken = new ArrayList<>();
        for (CapabilitySearch.Held held : way) {
            for (Map.Entry<String, Long> limit : held.entry().capability().limits().entrySet()) {
                Long seconds = Capability.COUNTED.get(limit.getKey());
                if (seconds == null) {
                    continue;
                }
                Key key = Key.of(tenant, held, limit.getKey());
                Optional<Duration> wait = take(key, limit.getValue(), seconds, now);
                if (wait.isPresent()) {
                    taken.forEach(this::giveBack);
                    return wait;
                }
                taken.add(key);
            }
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
