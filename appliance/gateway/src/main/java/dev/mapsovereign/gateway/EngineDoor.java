package dev.mapsovereign.gateway;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.gateway.forward.ForwardedAnswer;
import dev.mapsovereign.gateway.forward.ForwardedRequest;
import dev.mapsovereign.gateway.forward.Limits;
import dev.mapsovereign.gateway.http.Answer;
import dev.mapsovereign.gateway.http.Request;
import dev.mapsovereign.gateway.http.RequestException;
import dev.mapsovereign.gateway.http.RequestHandler;
import java.util.Set;

/**
 * What an engine host answers to gateways: the requests that they hand on, as {@link
 * DispatchRoutes} answers them, and how it is. Only gateways get here; the listener has seen their
 * certificates.
 */
final class EngineDoor implements RequestHandler {
    private static final Set<String> OWN = Set.of("/health", "/ready");

    private final DispatchRoutes routes;

    EngineDoor(DispatchRoutes routes) {
        this.routes = routes;
    }

    @Override
    public Answer handle(Request request) {
        if (!request.path().equals(ForwardedRequest.PATH)) {
            return OWN.contains(request.path())
                    ? routes.handle(request)
                    : ProblemDetails.answer(
                            ErrorCode.NOT_FOUND, "gateways alone are answered here");
        }
        if (!request.method().equals("POST")) {
            return ProblemDetails.answer(ErrorCode.METHOD_NOT_ALLOWED, "requests come with POST");
        }
        try {
            return forwarded(
                    ForwardedRequest.parse(
                            request.body(Limits.FORWARDED_BYTES_MAX), request.receivedNanos()));
        } catch (RequestException e) {
            return ProblemDetails.answer(e.code(), e.reason()).closing();
        }
    }

    /** A host that drains ends the gateway's connection, never the caller's. */
    private Answer forwarded(ForwardedRequest request) {
        Answer answer =
                switch (request.obstacle()) {
                    case HEAD -> routes.refuse(request.broken());
                    case LOST -> routes.refuseLost(request, request.problem());
                    case NONE, BODY -> routes.handle(request);
                };
        boolean draining = routes.draining();
        Answer hop =
                Answer.of(
                        200,
                        ForwardedRequest.MEDIA_TYPE,
                        new ForwardedAnswer(
                                        answer,
                                        answer.close() && !draining,
                                        request.tenant(),
                                        request.undone())
                                .bytes());
        return draining ? hop.closing() : hop;
    }

    /** A gateway that sends this is none of ours, or broken; there is no call to record. */
    @Override
    public Answer refuse(BrokenRequest broken) {
        return ProblemDetails.answer(broken.problem().code(), broken.problem().reason()).closing();
    }
}
