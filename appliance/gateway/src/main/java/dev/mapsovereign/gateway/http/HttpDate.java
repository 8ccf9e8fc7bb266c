package dev.mapsovereign.gateway.http;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The value of {@code Date} (RFC 9110 §5.6.7), made once a second. Any thread: two that race make
 * the same text.
 */
public final class HttpDate {
    private static final DateTimeFormatter FORM =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);

    private final InstantSource clock;
    private volatile Cached cached = new Cached(Long.MIN_VALUE, "");

    private record Cached(long second, String text) {}

    /** Reads that clock. */
    public HttpDate(InstantSource clock) {
        this.clock = clock;
    }

    /** Now, as text. */
    public String now() {
        long second = Math.floorDiv(clock.millis(), 1000L);
        Cached last = cached;
        if (last.second() != second) {
            last = new Cached(second, of(Instant.ofEpochSecond(second)));
            cached = last;
        }
        return last.text();
    }

    /** That time, as text. */
    public static String of(Instant time) {
        return FORM.format(time.atOffset(ZoneOffset.UTC));
    }
}
