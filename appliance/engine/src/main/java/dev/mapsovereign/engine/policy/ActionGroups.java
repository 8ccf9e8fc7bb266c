package dev.mapsovereign.engine.policy;

/** Actions that stand for many: the patterns of capabilities, and two kinds. */
final class ActionGroups {
    /** Every operation. */
    static final String EVERYTHING = "map.*.*";

    /** Every operation that changes nothing. */
    static final String READ_ONLY = "action_kind:read-only";

    /** Every other. */
    static final String READ_WRITE = "action_kind:read-write";

    private ActionGroups() {}
}
