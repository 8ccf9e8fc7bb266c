package dev.mapsovereign.engine.request;

import java.util.Locale;

/** What a call that did not succeed may have changed; {@code details.effect} of its answer. */
public enum Effect {
    /** Nothing. */
    NONE,
    /** Nobody here knows. */
    UNKNOWN;

    private final String wire = name().toLowerCase(Locale.ROOT);

    /** The name in answers and records. */
    public String wire() {
        return wire;
    }
}
