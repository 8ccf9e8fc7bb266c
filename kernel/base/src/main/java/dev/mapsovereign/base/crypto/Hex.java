package dev.mapsovereign.base.crypto;

import java.util.HexFormat;

/** Lower-case hexadecimal with exactly one accepted spelling of each value. */
public final class Hex {
    private static final HexFormat LOWER = HexFormat.of();

    private Hex() {}

    /** Two lower-case digits a byte. */
    public static String encode(byte[] bytes) {
        return LOWER.formatHex(bytes);
    }

    /**
     * The bytes that {@code text} spells. Upper case is refused, since texts are compared and
     * hashed, and a second spelling would be a second text for one value.
     *
     * @throws IllegalArgumentException for an odd length or any character but {@code 0-9a-f}
     */
    public static byte[] decode(String text) {
        if (text.length() % 2 != 0) {
            throw new IllegalArgumentException(
                    "hexadecimal text has an odd length, " + text.length());
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                throw new IllegalArgumentException(
                        "not a lower-case hexadecimal digit at position " + i);
            }
        }
        return LOWER.parseHex(text);
    }
}
