package dev.mapsovereign.engine.request;

import dev.mapsovereign.engine.balance.EndpointLease;

/**
 * After stage 6: the endpoint is chosen and counts this call. Whoever holds it closes the lease.
 *
 * @param authorized who may do what
 * @param lease the chosen endpoint
 */
public record BalancedRequest(AuthorizedRequest authorized, EndpointLease lease) {}
