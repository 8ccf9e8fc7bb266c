package dev.mapsovereign.engine.request;

import dev.mapsovereign.engine.route.Operation;
import dev.mapsovereign.engine.route.Route;

/**
 * After stage 1: what is called is known.
 *
 * @param call the call
 * @param inbound as it came in
 * @param route the implementation that serves it
 * @param operation the operation of that implementation
 */
public record VersionedRequest(
        Call call, InboundRequest inbound, Route route, Operation operation) {}
