package dev.mapsovereign.auditexport.prune;

import dev.mapsovereign.base.identity.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/**
 * What may be pruned.
 *
 * @param before only records older than this
 * @param tenants only their logs; empty for all
 * @param stations how many different stations must hold a record, at least one
 * @param age how long ago, by their own clocks, they must have said so
 */
public record PruneRules(Instant before, Set<TenantId> tenants, int stations, Duration age) {
    /**
     * @throws IllegalArgumentException for no station, or an age below zero
     */
    public PruneRules {
        tenants = Set.copyOf(tenants);
        if (stations < 1 || age.isNegative()) {
            throw new IllegalArgumentException("pruning needs a station and an age");
        }
    }
}
