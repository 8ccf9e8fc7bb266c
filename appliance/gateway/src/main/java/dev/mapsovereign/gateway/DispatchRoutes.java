package dev.mapsovereign.gateway;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * What stands at which path, and the road of a call through the edge: {@link RequestReader}, the
 * dispatcher, {@link ResponseWriter}.
 *
 * <p>Calls, and everything that was sent to a path of calls or was no request at all, are recorded.
 * A GET for a path that does not exist is not a call and leaves no record.
 */
final class DispatchRoutes implements Routes {
    private static final System.Logger LOG = System.getLogger(DispatchRoutes.class.getName());
    private static final String DISPATCH = "/v1/dispatch";
    private static final String SCHEMAS = "/v1/schemas/";

    private final Dispatcher dispatcher;
    private final Function<String, Optional<byte[]>> schemas;
    private final Readiness readiness;
    private final EdgeMeters meters;
    private final HoldBack holdBack = new HoldBack();
    private final AtomicInteger inside = new AtomicInteger();
    private volatile boolean draining;

    DispatchRoutes(
            Dispatcher dispatcher,
            Function<String, Optional<byte[]>> schemas,
            Readiness readiness,
            EdgeMeters meters) {
        this.dispatcher = dispatcher;
        this.schemas = schemas;
        this.readiness = readiness;
        this.meters = meters;
    }

    @Override
    public void drain() {
        draining = true;
    }

    @Override
    public int inside() {
        return inside.get();
    }

    @Override
    public Answer handle(Request request) {
        inside.incrementAndGet();
        try {
            return finished(route(request));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "a request failed at the edge", e);
            return finished(
                    ProblemDetails.answer(
                                    ErrorCode.INTERNAL,
                                    "something failed that should not; the node's log has it")
                            .closing());
        } finally {
            inside.decrementAndGet();
        }
    }

    @Override
    public Answer refuse(BrokenRequest broken) {
        inside.incrementAndGet();
        try {
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
            return finished(ResponseWriter.answer(response)).closing();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "a broken request could not be recorded", e);
            return finished(
                            ProblemDetails.answer(
                                    broken.problem().code(), broken.problem().reason()))
                    .closing();
        } finally {
            inside.decrementAndGet();
        }
    }

    /** Records and answers a call that another engine host had and did not answer. */
    Answer refuseLost(Request request, RequestException problem) {
        inside.incrementAndGet();
        try {
            EngineResponse response = dispatcher.reject(new RequestReader(request).lost(problem));
            response.metadata().tenant().ifPresent(request::answeredFor);
            return finished(ResponseWriter.answer(response));
        } finally {
            inside.decrementAndGet();
        }
    }

    private Answer finished(Answer answer) {
        meters.answered(answer.status());
        return draining ? answer.closing() : answer;
    }

    private Answer route(Request request) {
        String path = request.path();
        if (path.equals(DISPATCH)) {
            return call(request, "POST", RequestReader::read);
        }
        if (path.equals(TraceQuery.PATH)) {
            return call(request, "GET", RequestReader::readTrace);
        }
        boolean known = path.equals("/health") || path.equals("/ready") || path.startsWith(SCHEMAS);
        if (!known) {
            return ProblemDetails.answer(ErrorCode.NOT_FOUND, "there is nothing at this path");
        }
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            return ProblemDetails.answer(ErrorCode.METHOD_NOT_ALLOWED, "this path is read with GET")
                    .with("allow", "GET, HEAD");
        }
        return switch (path) {
            case "/health" -> health();
            case "/ready" -> ready(readiness);
            default -> schema(path.substring(SCHEMAS.length()));
        };
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
        response.metadata().tenant().ifPresent(request::answeredFor);
        Answer answer = ResponseWriter.answer(response);
        return allowed ? answer : answer.with("allow", method);
    }

    private Answer health() {
        if (draining) {
            return ProblemDetails.answer(ErrorCode.DRAINING, "this node is stopping");
        }
        return json(200, JsonObject.builder().put("status", "ok").build());
    }

    /** What {@code /ready} says, also at a gateway without an engine. */
    static Answer ready(Readiness readiness) {
        Readiness.Report report = readiness.report();
        JsonObject.Builder body = JsonObject.builder().put("ready", report.ready());
        if (!report.ready()) {
            body.put("not_ready", notices(report.notReady()));
        }
        if (!report.warnings().isEmpty()) {
            body.put("warnings", notices(report.warnings()));
        }
        return json(report.ready() ? 200 : 503, body.build());
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

    private static JsonArray notices(List<Readiness.Notice> notices) {
        List<JsonValue> values = new ArrayList<>();
        for (Readiness.Notice notice : notices) {
            values.add(
                    JsonObject.builder()
                            .put("component", notice.component())
                            .put("reason", notice.reason())
                            .build());
        }
        return new JsonArray(values);
    }

    private static Answer json(int status, JsonObject body) {
        return new Answer(
                status,
                ResponseWriter.fields("application/json"),
                new Answer.Whole(CanonicalJson.encode(body)),
                false);
    }
}
