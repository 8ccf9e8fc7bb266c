package dev.mapsovereign.engine.request;

import dev.mapsovereign.engine.balance.EndpointPool;

/**
 * After stage 5: at least one endpoint of the target is believed to work.
 *
 * @param authorized who may do what
 * @param pool the target's endpoints
 */
public record PermittedRequest(AuthorizedRequest authorized, EndpointPool pool) {}
