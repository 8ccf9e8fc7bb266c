package dev.mapsovereign.base.crypto;

import java.security.MessageDigest;

/** Comparison whose duration says nothing about where two secrets differ. */
public final class ConstantTime {
    private ConstantTime() {}

    /**
     * Whether both hold the same bytes; the time taken depends on {@code presented}'s length only.
     */
    public static boolean equal(byte[] expected, byte[] presented) {
        return MessageDigest.isEqual(presented, expected);
    }
}
