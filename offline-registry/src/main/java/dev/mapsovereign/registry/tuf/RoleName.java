package dev.mapsovereign.registry.tuf;

import java.util.Locale;

/** The four top-level roles of TUF 1.0; delegations are not used here. */
public enum RoleName {
    ROOT,
    TARGETS,
    SNAPSHOT,
    TIMESTAMP;

    /** The name in metadata: {@code root}, {@code targets}, {@code snapshot}, {@code timestamp}. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
