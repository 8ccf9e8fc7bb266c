package dev.mapsovereign.gateway.http;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One whole answer.
 *
 * <p>The connection adds {@code Date}, {@code Content-Length} and {@code Connection}.
 *
 * @param status the HTTP status
 * @param fields header fields in order; names and values hold no control characters
 * @param body the body's bytes; not copied, the maker gives them away
 * @param close whether the connection ends with this answer
 */
public record Answer(int status, List<Fields.Field> fields, byte[] body, boolean close) {
    /** Copies the list; refuses what would split the response. */
    public Answer {
        fields = List.copyOf(fields);
        for (Fields.Field field : fields) {
            refuseControls(field.name());
            refuseControls(field.value());
        }
    }

    /** An answer with a body of that media type, after which the connection stays open. */
    public static Answer of(int status, String mediaType, byte[] body) {
        return new Answer(
                status, List.of(new Fields.Field("content-type", mediaType)), body, false);
    }

    /** The same with a text as body, in UTF-8. */
    public static Answer of(int status, String mediaType, String body) {
        return of(status, mediaType, body.getBytes(StandardCharsets.UTF_8));
    }

    /** The same, with which the connection ends. */
    public Answer closing() {
        return close ? this : new Answer(status, fields, body, true);
    }

    private static void refuseControls(String text) {
        for (int at = 0; at < text.length(); at++) {
            char character = text.charAt(at);
            if (character < ' ' || character > '~') {
                throw new IllegalArgumentException(
                        "a response header field holds a character outside printable ASCII");
            }
        }
    }
}
