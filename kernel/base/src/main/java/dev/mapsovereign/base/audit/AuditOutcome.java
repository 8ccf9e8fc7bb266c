package dev.mapsovereign.base.audit;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How what a record tells of ended. */
public enum AuditOutcome {
    /** Done as asked. */
    SUCCESS,
    /** Not done, by a rule or by the caller's fault. */
    REFUSED,
    /** Tried, and failed or left open. */
    ERROR;

    private final String wire = name().toLowerCase(Locale.ROOT);

    /** The word as it stands in a record. */
    public String wire() {
        return wire;
    }

    /** The outcome of that word; empty for any other. */
    public static Optional<AuditOutcome> ofWire(String wire) {
        return Arrays.stream(values()).filter(outcome -> outcome.wire.equals(wire)).findFirst();
    }
}
