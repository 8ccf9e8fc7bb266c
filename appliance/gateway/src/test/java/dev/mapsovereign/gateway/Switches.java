package dev.mapsovereign.gateway;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What the checks of a {@link SwitchedBuild} ask before they refuse. */
public final class Switches {
    /** Checks that are off. */
    public static final Set<String> OFF = ConcurrentHashMap.newKeySet();

    /** Checks that were about to refuse, switched off ones included. */
    public static final Set<String> REACHED = ConcurrentHashMap.newKeySet();

    private Switches() {}

    /** Whether a check lets pass what it would refuse. */
    public static boolean off(String check) {
        REACHED.add(check);
        return OFF.contains(check);
    }
}
