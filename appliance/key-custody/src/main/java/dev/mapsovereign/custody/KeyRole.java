package dev.mapsovereign.custody;

import java.util.Locale;

/**
 * What a key is for: one key, one role, so that a signature for one purpose never serves another.
 */
public enum KeyRole {
    /** Seed from which the node's log keys are derived, one pair for each log and epoch. */
    LOG,
    /** The node's own DID. */
    DID,
    /** Signs compliance reports. */
    REPORT,
    /** Seals the keys of stored payloads. */
    PAYLOAD,
    /** Signs plugins of the site. */
    PLUGIN,
    /** TUF role root of the site's own registry snapshots; its use is a ceremony. */
    REGISTRY_ROOT,
    /** TUF role targets. */
    REGISTRY_TARGETS,
    /** TUF role snapshot. */
    REGISTRY_SNAPSHOT,
    /** TUF role timestamp. */
    REGISTRY_TIMESTAMP;

    /** The name in files, commands and records: lower case with hyphens. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The role of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static KeyRole of(String text) {
        for (KeyRole role : values()) {
            if (role.text().equals(text)) {
                return role;
            }
        }
        throw new IllegalArgumentException("no key role " + text);
    }
}
