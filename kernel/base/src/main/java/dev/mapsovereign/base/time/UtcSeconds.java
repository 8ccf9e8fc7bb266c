package dev.mapsovereign.base.time;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoUnit;

/** RFC 3339 in the one spelling used here: UTC, whole seconds, {@code 2026-01-31T09:00:00Z}. */
public final class UtcSeconds {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'")
                    .withResolverStyle(ResolverStyle.STRICT);

    private UtcSeconds() {}

    /** The text of {@code instant}, cut to the second. */
    public static String format(Instant instant) {
        return FORMAT.format(instant.truncatedTo(ChronoUnit.SECONDS).atOffset(ZoneOffset.UTC));
    }

    /**
     * The instant that {@code text} names.
     *
     * @throws java.time.format.DateTimeParseException for any other spelling
     */
    public static Instant parse(String text) {
        return LocalDateTime.parse(text, FORMAT).toInstant(ZoneOffset.UTC);
    }
}
