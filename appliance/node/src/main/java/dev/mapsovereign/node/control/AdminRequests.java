package dev.mapsovereign.node.control;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.gateway.http.Answer;
import dev.mapsovereign.gateway.http.Request;
import dev.mapsovereign.gateway.http.RequestException;
import dev.mapsovereign.gateway.http.RequestHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** The requests of one operator on the control socket. */
final class AdminRequests implements RequestHandler {
    private static final System.Logger LOG = System.getLogger(AdminRequests.class.getName());
    private static final String PREFIX = "/v1/admin/";
    private static final Pattern VERB = Pattern.compile("[a-z][a-z0-9._-]{0,63}");
    private static final String LINES = "application/x-ndjson";
    private static final JsonReader.Limits ARGUMENTS =
            new JsonReader.Limits(Limits.ARGUMENTS_DEPTH_MAX, Limits.ARGUMENTS_BYTES_MAX);

    private final Operator operator;
    private final boolean allowed;
    private final AdminHandler handler;

    AdminRequests(Operator operator, boolean allowed, AdminHandler handler) {
        this.operator = operator;
        this.allowed = allowed;
        this.handler = handler;
    }

    @Override
    public Answer handle(Request request) {
        try {
            if (!allowed) {
                return problem(
                                403,
                                "forbidden",
                                "user " + operator.user() + " may not give this node orders")
                        .closing();
            }
            if (!request.path().startsWith(PREFIX)
                    || !VERB.matcher(request.path().substring(PREFIX.length())).matches()) {
                return problem(ErrorCode.NOT_FOUND, "there is nothing at " + request.path());
            }
            if (!request.method().equals("POST")) {
                return problem(ErrorCode.METHOD_NOT_ALLOWED, "verbs are sent with POST")
                        .with("allow", "POST");
            }
            JsonObject arguments = arguments(request);
            String verb = request.path().substring(PREFIX.length());
            return request.fields().hasToken("accept", LINES)
                    ? lines(verb, arguments)
                    : whole(verb, arguments);
        } catch (RequestException e) {
            return problem(e.code(), e.reason()).closing();
        }
    }

    @Override
    public Answer refuse(BrokenRequest broken) {
        return problem(broken.problem().code(), broken.problem().reason());
    }

    private static JsonObject arguments(Request request) throws RequestException {
        byte[] body = request.body(Limits.ARGUMENTS_BYTES_MAX);
        if (body.length == 0) {
            return JsonObject.EMPTY;
        }
        try {
            return JsonReader.parseObject(body, ARGUMENTS);
        } catch (JsonException e) {
            throw RequestException.malformed("the arguments are no JSON object: " + e.getMessage());
        }
    }

    private Answer whole(String verb, JsonObject arguments) {
        Outcome outcome = run(verb, arguments, progress -> {});
        return Answer.of(
                outcome.status(), outcome.mediaType(), CanonicalJson.encode(outcome.body()));
    }

    /** One JSON object a line: what the work says on its way, then its result or its problem. */
    private Answer lines(String verb, JsonObject arguments) {
        return new Answer(
                200,
                Answer.of(200, LINES, "").fields(),
                new Answer.Streamed(sink -> {
                    try {
                        Outcome outcome =
                                run(verb, arguments, progress -> line(sink, "progress", progress));
                        line(sink, outcome.status() == 200 ? "result" : "problem", outcome.body());
                    } catch (UncheckedIOException e) {
                        throw e.getCause();
                    }
                }),
                false);
    }

    private static void line(Answer.Sink sink, String kind, JsonObject content) {
        JsonObject line = JsonObject.builder().put(kind, content).build();
        try {
            sink.write((CanonicalJson.text(line) + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Outcome(int status, JsonObject body) {
        String mediaType() {
            return status == 200 ? "application/json" : "application/problem+json";
        }
    }

    private Outcome run(String verb, JsonObject arguments, Consumer<JsonObject> progress) {
        try {
            return new Outcome(200, handler.handle(verb, arguments, operator, progress));
        } catch (OperatorException e) {
            return new Outcome(status(e.exit()), AdminProblem.of(e, status(e.exit())));
        } catch (AdminHandler.UnknownVerbException e) {
            return new Outcome(404, AdminProblem.of(ErrorCode.NOT_FOUND, text(e)));
        } catch (UncheckedIOException e) {
            // The operator's own connection broke while progress was sent.
            throw e;
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "the verb " + verb + " failed", e);
            return new Outcome(
                    500,
                    AdminProblem.of(
                            ErrorCode.INTERNAL, "the verb failed; the node's log says more"));
        }
    }

    private static int status(ExitCode exit) {
        return switch (exit) {
            case DONE, FAILED -> 422;
            case USAGE -> 400;
            case ENVIRONMENT -> 503;
            case TAMPERING -> 409;
        };
    }

    private static Answer problem(ErrorCode code, String message) {
        return Answer.of(
                code.status(),
                "application/problem+json",
                CanonicalJson.encode(AdminProblem.of(code, message)));
    }

    private static Answer problem(int status, String code, String message) {
        return Answer.of(
                status,
                "application/problem+json",
                CanonicalJson.encode(
                        AdminProblem.of(status, code, "Forbidden", message, ExitCode.ENVIRONMENT)));
    }

    private static String text(Exception e) {
        return String.valueOf(e.getMessage());
    }

    /** How a failure looks on the control socket; read back by {@link ControlClient}. */
    static final class AdminProblem {
        private AdminProblem() {}

        static JsonObject of(OperatorException e, int status) {
            JsonObject problem =
                    of(
                            status,
                            e.exit().name().toLowerCase(Locale.ROOT),
                            "The verb failed",
                            text(e),
                            e.exit());
            return e.hint().map(hint -> problem.with("hint", new JsonString(hint))).orElse(problem);
        }

        static JsonObject of(ErrorCode code, String message) {
            ExitCode exit =
                    code == ErrorCode.MALFORMED_REQUEST || code == ErrorCode.NOT_FOUND
                            ? ExitCode.USAGE
                            : ExitCode.FAILED;
            return of(code.status(), code.wire(), code.title(), message, exit);
        }

        static JsonObject of(int status, String code, String title, String message, ExitCode exit) {
            return JsonObject.builder()
                    .put("type", "urn:map:error:" + code)
                    .put("title", title)
                    .put("status", status)
                    .put("code", code)
                    .put("message", message)
                    .put("exit", exit.number())
                    .build();
        }
    }
}
