package dev.mapsovereign.base.json;

import java.util.Arrays;

/** A range of bytes in a text that was read: what is hashed or passed on as it arrived. */
public record Slice(int offset, int length) {
    /**
     * @throws IllegalArgumentException for a negative offset or length
     */
    public Slice {
        if (offset < 0 || length < 0) {
            throw new IllegalArgumentException("slice of " + length + " bytes at " + offset);
        }
    }

    /** A copy of the bytes in that range of {@code source}. */
    public byte[] of(byte[] source) {
        return Arrays.copyOfRange(source, offset, offset + length);
    }
}
