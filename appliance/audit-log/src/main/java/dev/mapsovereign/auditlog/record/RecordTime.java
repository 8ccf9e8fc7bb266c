package dev.mapsovereign.auditlog.record;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/**
 * The one spelling of a time in records: {@code 2026-11-23T18:08:00.123456Z}, UTC, always six
 * digits of a second.
 */
public final class RecordTime {
    /** Characters of every such time. */
    public static final int LENGTH = 27;

    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final int YEAR_MAX = 9999;

    private RecordTime() {}

    /** Microseconds since 1970, less what is finer. */
    public static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    /** The time so many microseconds after 1970. */
    public static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    /**
     * The 27 characters, in ASCII.
     *
     * @throws IllegalArgumentException outside the years 0 to 9999
     */
    public static byte[] ascii(long micros) {
        LocalDateTime time =
                LocalDateTime.ofEpochSecond(
                        Math.floorDiv(micros, MICROS_PER_SECOND), 0, ZoneOffset.UTC);
        if (time.getYear() < 0 || time.getYear() > YEAR_MAX) {
            throw new IllegalArgumentException(
                    "no record has a time in the year " + time.getYear());
        }
        byte[] out = "0000-00-00T00:00:00.000000Z".getBytes(StandardCharsets.US_ASCII);
        digits(out, 0, 4, time.getYear());
        digits(out, 5, 2, time.getMonthValue());
        digits(out, 8, 2, time.getDayOfMonth());
        digits(out, 11, 2, time.getHour());
        digits(out, 14, 2, time.getMinute());
        digits(out, 17, 2, time.getSecond());
        digits(out, 20, 6, (int) Math.floorMod(micros, MICROS_PER_SECOND));
        return out;
    }

    /**
     * The time of those characters.
     *
     * @throws IllegalArgumentException for any other spelling
     */
    public static Instant parse(String text) {
        if (text.length() == LENGTH) {
            try {
                Instant time = Instant.parse(text);
                if (new String(ascii(micros(time)), StandardCharsets.US_ASCII).equals(text)) {
                    return time;
                }
            } catch (DateTimeException e) {
                throw new IllegalArgumentException("not a time of a record: " + text, e);
            }
        }
        throw new IllegalArgumentException("not a time of a record: " + text);
    }

    private static void digits(byte[] out, int from, int count, int value) {
        int rest = value;
        for (int i = from + count - 1; i >= from; i--) {
            out[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
