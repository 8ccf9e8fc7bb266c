package dev.mapsovereign.gateway;

import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.RejectedRequest;

/**
 * What stands behind the edge: the engine of this process, or, for measuring, something that
 * answers a constant. Called by many threads at once; may block.
 */
public interface Dispatcher {
    /** Takes a call all the way; its record is durable when this returns. */
    EngineResponse handle(InboundRequest request);

    /** Records and answers what the edge could not turn into a call. */
    EngineResponse reject(RejectedRequest request);
}
