package dev.mapsovereign.base.identity;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What an OAS identity stands for: the kind segment of a {@code did:oas}. */
public enum EntityKind {
    /** One human: a root of trust. */
    HUMAN_ROOT("hmr", true),
    /** Several humans by threshold signature: a root of trust. */
    MULTI_HUMAN_ROOT("mhr", true),
    /** A named organization: a root of its own lineage, itself under a human root. */
    ENTITY_NAME_RECORD("enr", true),
    /** An autonomous organization. */
    AUTONOMOUS_ORGANIZATION("ao", false),
    AGENT("agent", false),
    /** One running instance of an agent; the only token that holds the DID's separator. */
    AGENT_INSTANCE("agent:instance", false),
    TOOL("tool", false),
    SKILL("skill", false),
    WORKFLOW("workflow", false),
    MODEL("model", false),
    DATASET("dataset", false),
    SERVICE("service", false);

    private static final Map<String, EntityKind> BY_TOKEN =
            Arrays.stream(values())
                    .collect(Collectors.toUnmodifiableMap(EntityKind::token, Function.identity()));

    private final String token;
    private final boolean root;

    EntityKind(String token, boolean root) {
        this.token = token;
        this.root = root;
    }

    /** The segment as it stands in a DID. */
    public String token() {
        return token;
    }

    /**
     * Whether it may begin a lineage without a parent. Trust ends at a human root alone ({@code
     * hmr}, {@code mhr}), see {@link #isHumanRoot()}.
     */
    public boolean isRoot() {
        return root;
    }

    /** Whether a verified lineage may end here. */
    public boolean isHumanRoot() {
        return this == HUMAN_ROOT || this == MULTI_HUMAN_ROOT;
    }

    /** The kind of that token; empty for any other text. */
    public static Optional<EntityKind> ofToken(String token) {
        return Optional.ofNullable(BY_TOKEN.get(token));
    }
}
