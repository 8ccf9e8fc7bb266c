package dev.mapsovereign.gateway;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.Origin;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RejectedRequest;
import dev.mapsovereign.gateway.http.Answer;
import dev.mapsovereign.gateway.http.Request;
import dev.mapsovereign.gateway.http.RequestException;
import java.util.Optional;
import java.util.function.Function;

/**
 * What stands at which path, and the road of a call through the edge: {@link RequestReader}, the
 * dispatcher, {@link ResponseWriter}.
 *
 * <p>Calls, and everything that was sent to a path of calls or was no request at all, are recorded.
 * A GET for a path that does not exist is not a call and leaves no record.
 */
final class DispatchRoutes extends Routes {
    private static final String DISPATCH = "/v1/dispatch";
    private static final String SCHEMAS = "/v1/schemas/";

    private final Dispatcher dispatcher;
    private final Function<String, Optional<byte[]>> schemas;
    private final HoldBack holdBack = new HoldBack();

    DispatchRoutes(
            Dispatcher dispatcher,
            Function<String, Optional<byte[]>> schemas,
            Readiness readiness,
            EdgeMeters meters) {
        super(meters, () -> readiness);
        this.dispatcher = dispatcher;
        this.schemas = schemas;
    }

    @Override
    Answer refused(BrokenRequest broken) {
        EngineResponse response =
                dispatcher.reject(
                        new RejectedRequest(
                                CorrelationId.random(),
                                Credential.Anonymous.INSTANCE,
                                new Origin(
                                        broken.source(),
                                        "",
                                        broken.method().orElse(""),
                                        broken.target().orElse("")),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Refusal.of(broken.problem().code(), broken.problem().reason()),
                                broken.receivedNanos()));
        holdBack.beforeAnswering(response);
        return ResponseWriter.answer(response);
    }

    /** Records and answers a call that another engine host had and did not answer. */
    Answer refuseLost(Request request, RequestException problem) {
        return answered(
                () -> {
                    EngineResponse response =
                            dispatcher.reject(new RequestReader(request).lost(problem));
                    request.decided(response);
                    return ResponseWriter.answer(response);
                },
                () -> ProblemDetails.answer(problem.code(), problem.reason()));
    }

    @Override
    Answer route(Request request) {
        String path = request.path();
        if (path.equals(DISPATCH)) {
            return call(request, "POST", RequestReader::read);
        }
        if (path.equals(TraceQuery.PATH)) {
            return call(request, "GET", RequestReader::readTrace);
        }
        return path.startsWith(SCHEMAS)
                ? read(request, () -> schema(path.substring(SCHEMAS.length())))
                : ProblemDetails.answer(ErrorCode.NOT_FOUND, "there is nothing at this path");
    }

    /** How a request becomes a call. */
    private interface Reading {
        InboundRequest read(RequestReader reader) throws RequestException;
    }

    private Answer call(Request request, String method, Reading reading) {
        RequestReader reader = new RequestReader(request);
        EngineResponse response;
        boolean allowed = request.method().equals(method);
        try {
            if (!allowed) {
                throw new RequestException(
                        ErrorCode.METHOD_NOT_ALLOWED, "calls are sent here with " + method);
            }
            response = dispatcher.handle(reading.read(reader));
        } catch (RequestException e) {
            response = dispatcher.reject(reader.rejected(e));
        }
        holdBack.beforeAnswering(response);
        request.decided(response);
        Answer answer = ResponseWriter.answer(response);
        return allowed ? answer : answer.with("allow", method);
    }

    private Answer schema(String path) {
        return schemas.apply(path)
                .map(bytes ->
                        new Answer(
                                200,
                                ResponseWriter.fields("application/schema+json"),
                                new Answer.Whole(bytes),
                                false))
                .orElseGet(() ->
                        ProblemDetails.answer(ErrorCode.NOT_FOUND, "there is no such schema"));
    }
}
