package dev.mapsovereign.engine.router;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.error.ErrorKind;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.Effect;
import dev.mapsovereign.engine.request.EventSource;
import dev.mapsovereign.engine.request.Refusal;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What one try of a call at a remote process came to.
 *
 * <p>What the process says is taken with care: its refusals pass on when they are about the call,
 * and are failures of the endpoint when they are about the endpoint or about us.
 */
sealed interface UpstreamVerdict {
    /** Whether the endpoint, rather than the call, is to blame. */
    boolean endpointFailed();

    /** The call goes well. */
    sealed interface Good extends UpstreamVerdict {}

    /** The answer has begun and comes in parts. */
    record Begun(EventSource events) implements Good {
        @Override
        public boolean endpointFailed() {
            return false;
        }
    }

    /** The data of the answer. */
    record Answered(JsonObject data) implements Good {
        @Override
        public boolean endpointFailed() {
            return false;
        }
    }

    /**
     * No data.
     *
     * @param refusal what our caller hears
     * @param again whether the call may be tried at another endpoint
     * @param nothingDone whether the try is known to have had no effect
     */
    record Failed(Refusal refusal, Again again, boolean nothingDone, boolean endpointFailed)
            implements UpstreamVerdict {}

    /** Whether a call that failed may be tried again. */
    enum Again {
        /** Another endpoint would say the same. */
        NEVER,
        /** If doing it twice does no harm. */
        IF_REPEATABLE,
        /** In any case: it was not done. */
        ALWAYS
    }

    /** What a remote process may refuse in its own name; its word reaches our caller. */
    Set<ErrorCode> PASSED_ON =
            EnumSet.of(
                    ErrorCode.INVALID_PAYLOAD,
                    ErrorCode.POLICY_DENIED,
                    ErrorCode.NOT_FOUND,
                    ErrorCode.CAPABILITY_DENIED,
                    ErrorCode.RATE_LIMITED,
                    ErrorCode.MESSAGE_TOO_LARGE);

    /** Characters of a remote process's words that reach our caller. */
    int MESSAGE_MAX = 256;

    /** The bounds of its JSON. */
    JsonReader.Limits ANSWER_LIMITS = new JsonReader.Limits(64, Limits.UPSTREAM_BODY_BYTES_MAX);

    /** What that answer of the endpoint {@code name} comes to. */
    static UpstreamVerdict of(String name, UpstreamAnswer answer) {
        JsonObject body;
        try {
            body = JsonReader.parseObject(answer.body(), ANSWER_LIMITS);
        } catch (JsonException malformed) {
            return nonsense(name + " answered " + answer.status() + " with what is not JSON");
        }
        if (answer.status() == 200) {
            return body.object("data")
                    .<UpstreamVerdict>map(Answered::new)
                    .orElseGet(() -> nonsense(name + " answered 200 without data"));
        }
        return refused(name, answer, body);
    }

    /** What that problem document comes to which the endpoint {@code name} sent amid its events. */
    static Failed broken(String name, byte[] problem) {
        JsonObject body;
        try {
            body = JsonReader.parseObject(problem, ANSWER_LIMITS);
        } catch (JsonException malformed) {
            return nonsense(name + " broke off without a word that can be read");
        }
        int status = (int) body.integer("status").orElse(500);
        return refused(
                name,
                new UpstreamAnswer(
                        status < 400 || status > 599 ? 500 : status,
                        Optional.empty(),
                        problem,
                        false,
                        Optional.empty()),
                body);
    }

    private static Failed nonsense(String message) {
        return new Failed(
                Refusal.of(ErrorCode.ADAPTER_ERROR, message), Again.IF_REPEATABLE, false, true);
    }

    private static Failed refused(String name, UpstreamAnswer answer, JsonObject body) {
        Optional<ErrorCode> code = body.text("code").flatMap(ErrorCode::ofWire);
        if (code.isPresent() && PASSED_ON.contains(code.get())) {
            Refusal refusal = Refusal.of(code.get(), clipped(body.text("message").orElse("")));
            return new Failed(
                    answer.retryAfterTime()
                            .filter(_ -> code.get() == ErrorCode.RATE_LIMITED)
                            .map(refusal::withRetryAfter)
                            .orElse(refusal),
                    Again.NEVER,
                    true,
                    false);
        }
        boolean broken = answer.status() >= 500;
        Optional<Boolean> said =
                body.object("details")
                        .flatMap(details -> details.text("effect"))
                        .map(Effect.NONE.wire()::equals);
        boolean nothingDone = said.orElse(!broken);
        ErrorKind kind = code.map(ErrorCode::kind).orElse(ErrorKind.OPERATOR);
        Again inFailure = nothingDone ? Again.ALWAYS : Again.IF_REPEATABLE;
        return new Failed(
                Refusal.of(
                        code.equals(Optional.of(ErrorCode.TIMEOUT))
                                ? ErrorCode.TIMEOUT
                                : ErrorCode.ADAPTER_ERROR,
                        name + " answered " + answer.status()),
                broken ? inFailure : Again.NEVER,
                nothingDone,
                broken || kind != ErrorKind.CALLER);
    }

    private static String clipped(String message) {
        return message.length() <= MESSAGE_MAX ? message : message.substring(0, MESSAGE_MAX) + "…";
    }
}
