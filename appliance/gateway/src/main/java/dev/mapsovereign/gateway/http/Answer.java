package dev.mapsovereign.gateway.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One answer.
 *
 * <p>The connection adds {@code Date}, the body's framing and {@code Connection}.
 *
 * @param status the HTTP status
 * @param fields header fields in order; names and values hold no control characters
 * @param body what follows the head
 * @param close whether the connection ends with this answer
 */
public record Answer(int status, List<Fields.Field> fields, Body body, boolean close) {
    /** Copies the list; refuses what would split the response. */
    public Answer {
        fields = List.copyOf(fields);
        for (Fields.Field field : fields) {
            refuseControls(field.name());
            refuseControls(field.value());
        }
    }

    /** What follows an answer's head. */
    public sealed interface Body {}

    /**
     * A body that is known.
     *
     * @param bytes not copied: the maker gives them away
     */
    public record Whole(byte[] bytes) implements Body {}

    /**
     * A body that is made while it is sent.
     *
     * @param source writes it, on the connection's thread
     */
    public record Streamed(Source source) implements Body {}

    /** Makes a streamed body. */
    @FunctionalInterface
    public interface Source {
        /**
         * Writes all of it. When it throws, the connection is cut, so that a truncated body cannot
         * be taken for a whole one.
         */
        void writeTo(Sink sink) throws IOException;

        /** Called once nothing more is sent, be it that nothing ever was. */
        default void close() {}
    }

    /** Takes a streamed body; each part is sent at once. */
    @FunctionalInterface
    public interface Sink {
        /** Sends one part. */
        void write(byte[] part) throws IOException;
    }

    /** An answer with a body of that media type, after which the connection stays open. */
    public static Answer of(int status, String mediaType, byte[] body) {
        return new Answer(
                status,
                List.of(new Fields.Field("content-type", mediaType)),
                new Whole(body),
                false);
    }

    /** The same with a text as body, in UTF-8. */
    public static Answer of(int status, String mediaType, String body) {
        return of(status, mediaType, body.getBytes(StandardCharsets.UTF_8));
    }

    /** The same with one more header field. */
    public Answer with(String name, String value) {
        List<Fields.Field> more = new ArrayList<>(fields);
        more.add(new Fields.Field(name, value));
        return new Answer(status, more, body, close);
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
