package dev.mapsovereign.ca;

import java.util.Arrays;
import java.util.List;

/** Why a certificate is taken back; the names and numbers of RFC 5280 §5.3.1. */
public enum RevocationReason {
    UNSPECIFIED("unspecified", 0),
    KEY_COMPROMISE("keyCompromise", 1),
    AFFILIATION_CHANGED("affiliationChanged", 3),
    SUPERSEDED("superseded", 4),
    CESSATION_OF_OPERATION("cessationOfOperation", 5),
    PRIVILEGE_WITHDRAWN("privilegeWithdrawn", 9);

    private final String wire;
    private final int code;

    RevocationReason(String wire, int code) {
        this.wire = wire;
        this.code = code;
    }

    /** The word on command lines and in reports. */
    public String wire() {
        return wire;
    }

    /** The number in a revocation list. */
    int code() {
        return code;
    }

    /** All words. */
    public static List<String> words() {
        return Arrays.stream(values()).map(RevocationReason::wire).toList();
    }

    /**
     * The reason of that word.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static RevocationReason of(String wire) {
        return Arrays.stream(values())
                .filter(each -> each.wire.equals(wire))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "no reason '" + wire + "'; there are " + words()));
    }
}
