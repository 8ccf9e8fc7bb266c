package dev.mapsovereign.engine.ratelimit;

import dev.mapsovereign.base.identity.TenantId;
import java.util.Map;
import java.util.Optional;

/**
 * The rates of stage 3 and of the buckets before the node's own log.
 *
 * @param calls for each pair of tenant and protocol that has no rate of its own
 * @param callsByProtocol instead of {@code calls}, by protocol
 * @param callsByTenant instead of both, by tenant; for each of its protocols
 * @param callsByCaller for each caller in each tenant, over all protocols; empty for none
 * @param anonymousBySource calls of anonymous operations from one source
 * @param anonymousTotal calls of anonymous operations from everywhere
 * @param unverifiedBySource recorded refusals without verified credential, from one source
 * @param unverifiedTotal the same from everywhere: what a flood can add to the node's log
 */
public record RateLimitConfig(
        Rate calls,
        Map<String, Rate> callsByProtocol,
        Map<TenantId, Rate> callsByTenant,
        Optional<Rate> callsByCaller,
        Rate anonymousBySource,
        Rate anonymousTotal,
        Rate unverifiedBySource,
        Rate unverifiedTotal) {

    /**
     * 5,000 calls a second for each tenant and protocol, twice that at once; for strangers what a
     * handshake needs, and a node's log that grows by at most 70 records of strangers a second.
     */
    public static final RateLimitConfig DEFAULT =
            new RateLimitConfig(
                    Rate.perSecond(5_000, 10_000),
                    Map.of(),
                    Map.of(),
                    Optional.empty(),
                    Rate.perSecond(10, 30),
                    Rate.perSecond(50, 200),
                    Rate.perSecond(5, 20),
                    Rate.perSecond(20, 200));

    /** Copies the maps. */
    public RateLimitConfig {
        callsByProtocol = Map.copyOf(callsByProtocol);
        callsByTenant = Map.copyOf(callsByTenant);
    }

    /** The rate for calls of that tenant to that protocol. */
    public Rate callsOf(TenantId tenant, String protocol) {
        Rate byTenant = callsByTenant.get(tenant);
        return byTenant != null ? byTenant : callsByProtocol.getOrDefault(protocol, calls);
    }
}
