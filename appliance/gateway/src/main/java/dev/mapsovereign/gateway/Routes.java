package dev.mapsovereign.gateway;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.gateway.http.Answer;
import dev.mapsovereign.gateway.http.Request;
import dev.mapsovereign.gateway.http.RequestHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * What stands behind a listener, whoever answers: counts who is inside, turns defects into answers,
 * ends connections when it drains, and says at {@code /health} and {@code /ready} how it is.
 */
abstract class Routes implements RequestHandler {
    private static final System.Logger LOG = System.getLogger(Routes.class.getName());

    private final EdgeMeters meters;
    private final Supplier<Readiness> readiness;
    private final AtomicInteger inside = new AtomicInteger();
    private volatile boolean draining;

    /**
     * Nobody is inside.
     *
     * @param readiness asked at each {@code /ready}
     */
    Routes(EdgeMeters meters, Supplier<Readiness> readiness) {
        this.meters = meters;
        this.readiness = readiness;
    }

    /** Answers what is for no other path here; may throw. */
    abstract Answer route(Request request);

    /** Records and answers what never became a request; may throw. */
    abstract Answer refused(BrokenRequest broken);

    /** Answers every request with {@code Connection: close} from now on, and health with 503. */
    final void drain() {
        draining = true;
    }

    /** How many requests are being answered. */
    final int inside() {
        return inside.get();
    }

    /** Whether {@link #drain} was said. */
    final boolean draining() {
        return draining;
    }

    @Override
    public final Answer handle(Request request) {
        return answered(
                () -> own(request).orElseGet(() -> route(request)),
                () ->
                        ProblemDetails.answer(
                                        ErrorCode.INTERNAL,
                                        "something failed that should not; the node's log has it")
                                .closing());
    }

    @Override
    public final Answer refuse(BrokenRequest broken) {
        return answered(
                        () -> refused(broken),
                        () ->
                                ProblemDetails.answer(
                                        broken.problem().code(), broken.problem().reason()))
                .closing();
    }

    /**
     * Runs {@code making}.
     *
     * @param instead what is answered if it throws
     */
    final Answer answered(Supplier<Answer> making, Supplier<Answer> instead) {
        inside.incrementAndGet();
        try {
            Answer answer;
            try {
                answer = making.get();
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "a request failed at the edge", e);
                answer = instead.get();
            }
            meters.answered(answer.status());
            return draining ? answer.closing() : answer;
        } finally {
            inside.decrementAndGet();
        }
    }

    /** The paths that every listener answers by itself. */
    private Optional<Answer> own(Request request) {
        return switch (request.path()) {
            case "/health" -> Optional.of(read(request, this::health));
            case "/ready" -> Optional.of(read(request, this::ready));
            default -> Optional.empty();
        };
    }

    /** What a path answers that is only read. */
    static Answer read(Request request, Supplier<Answer> answer) {
        return request.method().equals("GET") || request.method().equals("HEAD")
                ? answer.get()
                : ProblemDetails.answer(ErrorCode.METHOD_NOT_ALLOWED, "this path is read with GET")
                        .with("allow", "GET, HEAD");
    }

    private Answer health() {
        return draining
                ? ProblemDetails.answer(ErrorCode.DRAINING, "this node is stopping")
                : json(200, JsonObject.builder().put("status", "ok").build());
    }

    private Answer ready() {
        Readiness.Report report = readiness.get().report();
        JsonObject.Builder body = JsonObject.builder().put("ready", report.ready());
        if (!report.ready()) {
            body.put("not_ready", notices(report.notReady()));
        }
        if (!report.warnings().isEmpty()) {
            body.put("warnings", notices(report.warnings()));
        }
        return json(report.ready() ? 200 : 503, body.build());
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
