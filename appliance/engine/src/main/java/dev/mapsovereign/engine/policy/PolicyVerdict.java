package dev.mapsovereign.engine.policy;

import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.util.List;
import java.util.Map;

/**
 * What the policies of one level, site or tenant, say of a call.
 *
 * @param outcome what came of it
 * @param level {@code site} or {@code tenant}
 * @param deciding the statements that decided, by name; where nothing permits, those that could
 *     have
 * @param policies the policies that these stand in, in the same order
 * @param errors of each statement that could not be judged, by its name
 */
public record PolicyVerdict(
        Outcome outcome,
        String level,
        List<String> deciding,
        List<PolicyName> policies,
        Map<String, String> errors) {
    private static final int NAMED_MAX = 5;

    /** What came of it. */
    public enum Outcome {
        /** No policy in force names the operation: the capability decides. */
        NOT_CONSULTED("not_consulted", true),
        /** Only forbids name it, and none applies: the capability decides. */
        NOT_FORBIDDEN("not_forbidden", true),
        /** A permit applies and no forbid. */
        PERMITTED("permitted", true),
        /** A forbid applies. */
        FORBIDDEN("forbidden", false),
        /** A forbid cannot be judged, so it counts as one that applies. */
        UNJUDGEABLE("unjudgeable", false),
        /** Permits name it, and none applies. */
        NOT_PERMITTED("not_permitted", false),
        /** A policy in force cannot be read by this release. */
        UNREADABLE("unreadable", false);

        private final String wire;
        private final boolean allowed;

        Outcome(String wire, boolean allowed) {
            this.wire = wire;
            this.allowed = allowed;
        }

        /** The word in answers and records. */
        public String wire() {
            return wire;
        }

        /** Whether the call may go on. */
        public boolean allowed() {
            return allowed;
        }
    }

    /** Copies the lists. */
    public PolicyVerdict {
        deciding = List.copyOf(deciding);
        policies = List.copyOf(policies);
    }

    /** Why not, for the caller: names policies, never a value of the call. */
    public String sentence(CapabilityName operation, String caller) {
        String named = named();
        return switch (outcome) {
            case NOT_CONSULTED, NOT_FORBIDDEN -> "the capability decides about " + operation;
            case PERMITTED -> operation + " is permitted by policy " + named;
            case FORBIDDEN -> operation + " is forbidden to " + caller + " by policy " + named;
            case UNJUDGEABLE ->
                    "policy "
                            + named
                            + " may forbid "
                            + operation
                            + " and cannot be judged for this call: "
                            + firstError();
            case NOT_PERMITTED ->
                    "no policy permits "
                            + operation
                            + " to "
                            + caller
                            + "; asked: "
                            + named
                            + (errors.isEmpty() ? "" : " (" + firstError() + ")");
            case UNREADABLE ->
                    "policy " + named + " is in force and cannot be read: " + firstError();
        };
    }

    private String firstError() {
        return errors.values().stream().findFirst().orElse("");
    }

    private String named() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(deciding.size(), NAMED_MAX); i++) {
            text.append(i == 0 ? "" : ", ")
                    .append(deciding.get(i))
                    .append(' ')
                    .append(policies.get(i).version());
        }
        return text.append(deciding.size() > NAMED_MAX ? " and others" : "").toString();
    }

    /** For programs: {@code policy} is the first that decided. */
    public JsonObject details(CapabilityName operation) {
        JsonObject.Builder json =
                JsonObject.builder()
                        .put("capability", operation.value())
                        .put("policy", deciding.getFirst())
                        .put("policy_version", policies.getFirst().version())
                        .put("policy_level", level)
                        .put("policy_outcome", outcome.wire());
        if (deciding.size() > 1) {
            json.put("policies", JsonArray.ofStrings(deciding.stream().limit(NAMED_MAX).toList()));
        }
        return json.build();
    }

    /** Everything, for an operator. */
    public JsonObject json() {
        JsonObject.Builder told = JsonObject.builder();
        errors.forEach(told::put);
        JsonObject.Builder json =
                JsonObject.builder()
                        .put("level", level)
                        .put("outcome", outcome.wire())
                        .put("allowed", outcome.allowed())
                        .put("deciding", JsonArray.ofStrings(deciding));
        return errors.isEmpty() ? json.build() : json.put("errors", told.build()).build();
    }
}
