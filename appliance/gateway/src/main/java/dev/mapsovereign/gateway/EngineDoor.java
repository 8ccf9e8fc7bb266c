package dev.mapsovereign.gateway;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.gateway.forward.ForwardedAnswer;
import dev.mapsovereign.gateway.forward.ForwardedRequest;
import dev.mapsovereign.gateway.forward.Limits;
import dev.mapsovereign.gateway.http.Answer;
import dev.mapsovereign.gateway.http.Request;
import dev.mapsovereign.gateway.http.RequestException;
import java.util.Set;

/**
 * What an engine host answers to gateways: the requests that they hand on, as {@link
 * DispatchRoutes} answers them, and how it is. Only gateways get here; the listener has seen their
 * certificates.
 */
final class EngineDoor implements Routes {
    private static final Set<String> OWN = Set.of("/health", "/ready");
    private static final int UNAVAILABLE = 503;

    private final DispatchRoutes routes;

    EngineDoor(DispatchRoutes routes) {
        this.routes = routes;
    }

    @Override
    public void drain() {
        routes.drain();
    }

    @Override
    public String what() {
        return "engine host";
    }

    @Override
    public int inside() {
        return routes.inside();
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

    private Answer forwarded(ForwardedRequest request) {
        Answer answer =
                switch (request.obstacle()) {
                    case HEAD -> routes.refuse(request.broken());
                    case LOST -> routes.refuseLost(request, request.problem());
                    case NONE, BODY -> routes.handle(request);
                };
        return Answer.of(
                200,
                ForwardedRequest.MEDIA_TYPE,
                new ForwardedAnswer(answer, request.tenant(), isUndone(answer)).bytes());
    }

    /** Whether this host took nothing on, so that another one may. */
    private static boolean isUndone(Answer answer) {
        if (answer.status() != UNAVAILABLE || !(answer.body() instanceof Answer.Whole whole)) {
            return false;
        }
        try {
            JsonObject problem = JsonReader.parseObject(whole.bytes(), JsonReader.Limits.DEFAULT);
            boolean away =
                    problem.text("code").equals(java.util.Optional.of(ErrorCode.DRAINING.wire()))
                            || problem.text("code")
                                    .equals(
                                            java.util.Optional.of(
                                                    ErrorCode.AUDIT_UNAVAILABLE.wire()));
            String effect =
                    problem.object("details").flatMap(all -> all.text("effect")).orElse("none");
            return away && effect.equals("none");
        } catch (JsonException e) {
            return false;
        }
    }

    /** A gateway that sends this is none of ours, or broken; there is no call to record. */
    @Override
    public Answer refuse(BrokenRequest broken) {
        return ProblemDetails.answer(broken.problem().code(), broken.problem().reason()).closing();
    }
}
