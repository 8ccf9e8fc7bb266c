package dev.mapsovereign.base.json;

import java.nio.charset.StandardCharsets;

/**
 * The one spelling of a value: RFC 8785, JSON Canonicalization Scheme. What is hashed or signed is
 * these bytes.
 */
public final class CanonicalJson {
    private CanonicalJson() {}

    /** The canonical form in UTF-8. */
    public static byte[] encode(JsonValue value) {
        return new CanonicalWriter().value(value).toByteArray();
    }

    /** The canonical form as text. */
    public static String text(JsonValue value) {
        return new String(encode(value), StandardCharsets.UTF_8);
    }
}
