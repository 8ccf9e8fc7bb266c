package dev.mapsovereign.custody;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;

/**
 * One key's file: five readable lines, then the 32-byte seed.
 *
 * <pre>
 * map-key/v1
 * format: plain
 * role: did
 * created: 2026-11-23T18:00:00Z
 * public: &lt;hex of the Ed25519 public key&gt;
 * seed: &lt;base64&gt;
 * </pre>
 *
 * <p>{@code format} leaves room for a sealed form; this version reads {@code plain} alone. Whoever
 * reads the public line has no need to read the seed, and a wrong public line is refused.
 *
 * @param seed 32 bytes; closing it is the caller's business
 */
record KeyFile(KeyRole role, Instant created, byte[] publicKey, Secret seed) {
    private static final String HEADER = "map-key/v1";
    private static final List<String> NAMES =
            List.of("format", "role", "created", "public", "seed");

    byte[] bytes() {
        byte[] head =
                String.join(
                                "\n",
                                HEADER,
                                "format: plain",
                                "role: " + role.text(),
                                "created: " + created,
                                "public: " + Hex.encode(publicKey),
                                "seed: ")
                        .getBytes(StandardCharsets.US_ASCII);
        return seed.use(bytes -> {
            byte[] text = (StrictBase64.encode(bytes) + "\n").getBytes(StandardCharsets.US_ASCII);
            byte[] all = Arrays.copyOf(head, head.length + text.length);
            System.arraycopy(text, 0, all, head.length, text.length);
            Arrays.fill(text, (byte) 0);
            return all;
        });
    }

    /**
     * Reads a key file's bytes, which the caller wipes.
     *
     * @param where for messages
     */
    static KeyFile parse(byte[] bytes, String where) {
        String[] lines = new String(bytes, StandardCharsets.US_ASCII).split("\n", -1);
        if (lines.length != NAMES.size() + 2
                || !lines[0].equals(HEADER)
                || !lines[lines.length - 1].isEmpty()) {
            throw malformed(
                    where,
                    "it does not start with " + HEADER + " or has other lines than that form has");
        }
        String[] values = new String[NAMES.size()];
        for (int i = 0; i < values.length; i++) {
            String prefix = NAMES.get(i) + ": ";
            if (!lines[i + 1].startsWith(prefix)) {
                throw malformed(where, "line " + (i + 2) + " is not '" + NAMES.get(i) + "'");
            }
            values[i] = lines[i + 1].substring(prefix.length());
        }
        if (!values[0].equals("plain")) {
            throw malformed(where, "format '" + values[0] + "' is not one that this version reads");
        }
        try {
            byte[] seed = StrictBase64.decode(values[4]);
            if (seed.length != 32) {
                throw malformed(where, "the seed has not 32 bytes");
            }
            Secret secret = Secret.copyOf(seed);
            Arrays.fill(seed, (byte) 0);
            return new KeyFile(
                    KeyRole.of(values[1]), Instant.parse(values[2]), Hex.decode(values[3]), secret);
        } catch (IllegalArgumentException | DateTimeParseException e) {
            // The cause's text could quote the seed's line.
            throw malformed(where, "role, time, public key or seed is malformed");
        }
    }

    private static OperatorException malformed(String where, String what) {
        return new OperatorException(
                ExitCode.ENVIRONMENT,
                "not a key file: " + where + ": " + what,
                "restore it from your backup");
    }
}
