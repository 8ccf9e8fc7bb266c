package dev.mapsovereign.base.age;

import dev.mapsovereign.base.crypto.StrictBase64;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One wrapping of the file key, for one recipient of whatever kind (C2SP age, "Recipient stanza").
 *
 * @param arguments at least one, each of visible ASCII; the first names the kind
 */
record Stanza(List<String> arguments, byte[] body) {
    /** Columns of a full line of a body. */
    static final int COLUMNS = 64;

    private static final String MARK = "->";

    Stanza {
        arguments = List.copyOf(arguments);
        body = body.clone();
    }

    String kind() {
        return arguments.getFirst();
    }

    /** The arguments in the line that opens a stanza. */
    static List<String> arguments(String line) throws AgeException {
        List<String> parts = List.of(line.split(" ", -1));
        if (!parts.getFirst().equals(MARK) || parts.size() < 2) {
            throw AgeHeader.refused("a line that should open a stanza does not");
        }
        List<String> arguments = parts.subList(1, parts.size());
        for (String argument : arguments) {
            if (argument.isEmpty() || !argument.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
                throw AgeHeader.refused("a stanza's argument is empty or not visible ASCII");
            }
        }
        return new ArrayList<>(arguments);
    }

    String text() {
        String encoded = encode(body);
        StringBuilder text = new StringBuilder();
        text.append(MARK).append(' ').append(String.join(" ", arguments)).append('\n');
        int at = 0;
        while (encoded.length() - at >= COLUMNS) {
            text.append(encoded, at, at + COLUMNS).append('\n');
            at += COLUMNS;
        }
        return text.append(encoded, at, encoded.length()).append('\n').toString();
    }

    /** Base64 without padding. */
    static String encode(byte[] bytes) {
        return StrictBase64.encode(bytes).replace("=", "");
    }

    /** The bytes of base64 without padding, in its one canonical spelling. */
    static byte[] decode(String text) throws AgeException {
        if (text.endsWith("=") || text.length() % 4 == 1) {
            throw AgeHeader.refused("base64 with padding or of no possible length");
        }
        try {
            return StrictBase64.decode(text + "=".repeat((4 - text.length() % 4) % 4));
        } catch (IllegalArgumentException e) {
            throw AgeHeader.refused("base64 in no or a second spelling");
        }
    }

    byte[] bytes() {
        return text().getBytes(StandardCharsets.US_ASCII);
    }
}
