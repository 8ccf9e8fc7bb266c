package dev.mapsovereign.engine.request;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A "no", made in one place and audited like a "yes".
 *
 * @param code what kind of no
 * @param stage the stage that said it; empty for what the edge or the drain refused
 * @param message for people: what was attempted, with which value, what to do next
 * @param details for programs
 * @param retryAfter when trying again makes sense
 * @param challenges values for {@code WWW-Authenticate}, one header each
 */
public record Refusal(
        ErrorCode code,
        Optional<StageName> stage,
        String message,
        JsonObject details,
        Optional<Duration> retryAfter,
        List<String> challenges) {

    /** Copies the list. */
    public Refusal {
        challenges = List.copyOf(challenges);
    }

    /** A refusal that no stage has claimed yet. */
    public static Refusal of(ErrorCode code, String message) {
        return new Refusal(
                code, Optional.empty(), message, JsonObject.EMPTY, Optional.empty(), List.of());
    }

    /** The same, said by {@code stage}. */
    public Refusal at(StageName stage) {
        return new Refusal(code, Optional.of(stage), message, details, retryAfter, challenges);
    }

    /** The same with other details. */
    public Refusal withDetails(JsonObject details) {
        return new Refusal(code, stage, message, details, retryAfter, challenges);
    }

    /** The same with a time after which trying again makes sense. */
    public Refusal withRetryAfter(Duration retryAfter) {
        return new Refusal(code, stage, message, details, Optional.of(retryAfter), challenges);
    }

    /** The same with values for {@code WWW-Authenticate}. */
    public Refusal withChallenges(List<String> challenges) {
        return new Refusal(code, stage, message, details, retryAfter, challenges);
    }
}
