package dev.mapsovereign.node;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Which part of the product a process is. */
public enum Role {
    /** Gateway and engine in one process. */
    ALL,
    /** Takes calls, and hands them to engine hosts. */
    GATEWAY,
    /** Answers what gateways hand on; no caller reaches it. */
    ENGINE;

    /**
     * The role that those names make together.
     *
     * @param text names with commas between
     * @throws IllegalArgumentException if one of them is no role that this release has
     */
    public static Role parse(String text) {
        Set<Role> roles = new TreeSet<>();
        for (String name : text.split(",", -1)) {
            roles.add(
                    Arrays.stream(values())
                            .filter(role -> role.wire().equals(name.strip()))
                            .findFirst()
                            .orElseThrow(() ->
                                    new IllegalArgumentException(
                                            "no role '"
                                                    + name.strip()
                                                    + "'; there are all, gateway and engine")));
        }
        return roles.size() == 1 ? roles.iterator().next() : ALL;
    }

    /** The name on the command line. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
