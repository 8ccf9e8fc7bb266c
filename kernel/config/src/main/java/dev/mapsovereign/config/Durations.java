package dev.mapsovereign.config;

import java.time.Duration;

/** Durations as people write them: {@code 30s}, {@code 500ms}, {@code 1h30m}, {@code 35d}. */
public final class Durations {
    static final String RULE = "must be a duration such as \"30s\", \"500ms\" or \"1h30m\"";

    private Durations() {}

    /**
     * @throws IllegalArgumentException with the rule, for any other text
     */
    public static Duration parse(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException(RULE);
        }
        Duration total = Duration.ZERO;
        Duration unitBefore = Duration.ofDays(2);
        int at = 0;
        while (at < text.length()) {
            int numberEnd = skip(text, at, true);
            int unitEnd = skip(text, numberEnd, false);
            Duration unit = unit(text.substring(numberEnd, unitEnd));
            // "30m1h" and "1s1s" are slips, not durations.
            if (numberEnd == at || unit.compareTo(unitBefore) >= 0) {
                throw new IllegalArgumentException(RULE);
            }
            total = total.plus(times(unit, text.substring(at, numberEnd)));
            unitBefore = unit;
            at = unitEnd;
        }
        return total;
    }

    /** The shortest text that {@link #parse} reads as that duration. */
    static String text(Duration duration) {
        if (duration.isZero()) {
            return "0s";
        }
        StringBuilder text = new StringBuilder(16);
        append(text, duration.toDaysPart(), "d");
        append(text, duration.toHoursPart(), "h");
        append(text, duration.toMinutesPart(), "m");
        append(text, duration.toSecondsPart(), "s");
        append(text, duration.toMillisPart(), "ms");
        return text.toString();
    }

    private static void append(StringBuilder text, long amount, String unit) {
        if (amount != 0) {
            text.append(amount).append(unit);
        }
    }

    private static int skip(String text, int from, boolean digits) {
        int at = from;
        while (at < text.length() && isDigit(text.charAt(at)) == digits) {
            at++;
        }
        return at;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static Duration unit(String name) {
        return switch (name) {
            case "ms" -> Duration.ofMillis(1);
            case "s" -> Duration.ofSeconds(1);
            case "m" -> Duration.ofMinutes(1);
            case "h" -> Duration.ofHours(1);
            case "d" -> Duration.ofDays(1);
            default -> throw new IllegalArgumentException(RULE);
        };
    }

    private static Duration times(Duration unit, String digits) {
        try {
            return unit.multipliedBy(Long.parseLong(digits));
        } catch (NumberFormatException | ArithmeticException e) {
            throw new IllegalArgumentException(RULE, e);
        }
    }
}
