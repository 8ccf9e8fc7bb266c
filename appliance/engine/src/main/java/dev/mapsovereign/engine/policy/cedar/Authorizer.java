package dev.mapsovereign.engine.policy.cedar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Cedar's verdict over a request: denied unless a {@code permit} applies, and then denied all the
 * same where a {@code forbid} applies. A statement whose condition is an error applies to nothing,
 * and the error is reported.
 */
public final class Authorizer {
    private Authorizer() {}

    /**
     * A statement under the name by which the verdict refers to it.
     *
     * @param name any text, different for each
     */
    public record Named(String name, Statement statement) {}

    /**
     * The verdict.
     *
     * @param allowed what is decided
     * @param determining the names of the statements that decided it: the forbids that apply, or
     *     else the permits that apply; empty where nothing applied
     * @param errors of each statement that could not be judged, by its name
     */
    public record Answer(boolean allowed, List<String> determining, Map<String, String> errors) {
        /** Copies the collections; keeps the order of the statements. */
        public Answer {
            determining = List.copyOf(determining);
            errors = new LinkedHashMap<>(errors);
        }
    }

    /** Judges; every statement is looked at, so that every error is told. */
    public static Answer judge(List<Named> statements, Request request) {
        Evaluator evaluator = new Evaluator(request);
        List<String> permits = new ArrayList<>();
        List<String> forbids = new ArrayList<>();
        Map<String, String> errors = new LinkedHashMap<>();
        for (Named each : statements) {
            try {
                if (evaluator.applies(each.statement())) {
                    switch (each.statement().effect()) {
                        case PERMIT -> permits.add(each.name());
                        case FORBID -> forbids.add(each.name());
                    }
                }
            } catch (CedarErrorException error) {
                errors.put(each.name(), String.valueOf(error.getMessage()));
            }
        }
        return forbids.isEmpty()
                ? new Answer(!permits.isEmpty(), permits, errors)
                : new Answer(false, forbids, errors);
    }
}
