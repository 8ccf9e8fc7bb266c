package dev.mapsovereign.engine.policy;

import dev.mapsovereign.base.identity.CapabilityName;
import java.util.Set;

/** Actions that stand for many: the patterns of capabilities, and two kinds. */
final class ActionGroups {
    /** Every operation. */
    static final String EVERYTHING = "map.*.*";

    /** Every operation that changes nothing. */
    static final String READ_ONLY = "action_kind:read-only";

    /** Every other. */
    static final String READ_WRITE = "action_kind:read-write";

    private ActionGroups() {}

    /** The groups that an operation's action is in. */
    static Set<String> of(CapabilityName operation, boolean readOnly) {
        return Set.of(
                "map." + operation.protocol() + ".*",
                EVERYTHING,
                readOnly ? READ_ONLY : READ_WRITE);
    }
}
