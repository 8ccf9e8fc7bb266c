package dev.mapsovereign.redis;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A Lua script that the server runs as one step. It is named by its SHA-1, as Redis names scripts,
 * and its text is sent only where the server does not know that name.
 */
public final class RedisScript {
    private final String text;
    private final String name;

    /** The script of that text. */
    public RedisScript(String text) {
        this.text = text;
        try {
            name =
                    HexFormat.of()
                            .formatHex(
                                    MessageDigest.getInstance("SHA-1")
                                            .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-1", e);
        }
    }

    String text() {
        return text;
    }

    String name() {
        return name;
    }
}
