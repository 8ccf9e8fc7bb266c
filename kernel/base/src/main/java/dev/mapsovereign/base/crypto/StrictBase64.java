package dev.mapsovereign.base.crypto;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * Base64 (RFC 4648) with exactly one accepted spelling of each value.
 *
 * <p>The JDK's decoders take text without its padding and text whose unused last bits are not zero,
 * so that several texts give the same bytes. Where a text is signed, hashed or used once, that lets
 * somebody alter it unseen; so whatever is decoded here is encoded again and compared (RFC 4648
 * §3.5).
 */
public final class StrictBase64 {
    private StrictBase64() {}

    /** The standard alphabet with padding (§4). */
    public static String encode(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /**
     * The bytes spelled in the standard alphabet with padding (§4).
     *
     * @throws IllegalArgumentException for any other text, a second spelling included
     */
    public static byte[] decode(String text) {
        return decode(text, Base64.getDecoder(), Base64.getEncoder());
    }

    /** The alphabet for URLs and file names without padding (§5). */
    public static String encodeUrl(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /**
     * The bytes spelled in the alphabet for URLs and file names without padding (§5).
     *
     * @throws IllegalArgumentException for any other text, a second spelling included
     */
    public static byte[] decodeUrl(String text) {
        return decode(text, Base64.getUrlDecoder(), Base64.getUrlEncoder().withoutPadding());
    }

    private static byte[] decode(String text, Base64.Decoder decoder, Base64.Encoder encoder) {
        // Not ISO_8859_1, which Base64.Decoder.decode(String) uses: it turns any character beyond
        // U+00FF into '?', and the comparison should see what came.
        byte[] spelled = text.getBytes(StandardCharsets.UTF_8);
        byte[] bytes;
        try {
            bytes = decoder.decode(spelled);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not base64: " + e.getMessage(), e);
        }
        if (!Arrays.equals(encoder.encode(bytes), spelled)) {
            throw new IllegalArgumentException(
                    "base64 in a second spelling: padding or unused bits are not as they must be");
        }
        return bytes;
    }
}
