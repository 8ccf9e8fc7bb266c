package dev.mapsovereign.engine.trace;

import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * One span of a trace, as a collector gets it.
 *
 * @param traceId 32 lower-case hex digits
 * @param spanId 16 lower-case hex digits
 * @param parentId the span around it, or the caller's; empty for the first of a trace
 * @param name a route's or a stage's, never a caller's text
 * @param kind which side of a call it shows
 * @param time from when to when
 * @param attributes texts by name, in the order of their names
 * @param failed whether its status is an error
 */
public record Span(
        String traceId,
        String spanId,
        Optional<String> parentId,
        String name,
        Kind kind,
        Interval time,
        SequencedMap<String, String> attributes,
        boolean failed) {

    /** Which side of a call a span shows; the numbers are those of OTLP's {@code SpanKind}. */
    public enum Kind {
        /** A part of what goes on inside. */
        INTERNAL(1),
        /** A call that came in. */
        SERVER(2),
        /** A call that goes out. */
        CLIENT(3);

        private final int number;
        private final String wire = name().toLowerCase(Locale.ROOT);

        Kind(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }

        /** The word in answers. */
        public String wire() {
            return wire;
        }
    }
}
