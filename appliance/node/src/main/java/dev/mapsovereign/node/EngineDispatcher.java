package dev.mapsovereign.node;

import dev.mapsovereign.engine.Engine;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.RejectedRequest;
import dev.mapsovereign.gateway.Dispatcher;

/** Puts this process's engine behind the edge. */
record EngineDispatcher(Engine engine) implements Dispatcher {
    @Override
    public EngineResponse handle(InboundRequest request) {
        return engine.handle(request);
    }

    @Override
    public EngineResponse reject(RejectedRequest request) {
        return engine.reject(request);
    }
}
