package dev.mapsovereign.node.admin;

import java.util.Locale;
import java.util.function.Consumer;

/**
 * What a long verb is doing, as lines for people: at most one a second, and one for each new step,
 * with the rate and the time left once they can be told. For one thread.
 */
final class ProgressLines {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final Consumer<String> lines;
    private String step = "";
    private long begun;
    private long doneAtBegin;
    private long next;

    ProgressLines(Consumer<String> lines) {
        this.lines = lines;
    }

    void at(String current, long done, long total) {
        at(current, done, total, System.nanoTime());
    }

    void at(String current, long done, long total, long now) {
        boolean fresh = !current.equals(step);
        if (!fresh && now - next < 0) {
            return;
        }
        if (fresh) {
            step = current;
            begun = now;
            doneAtBegin = done;
        }
        next = now + SECOND_NANOS;
        lines.accept(
                current
                        + ": "
                        + megabytes(done)
                        + " of "
                        + megabytes(total)
                        + rate(done, total, now));
    }

    private String rate(long done, long total, long now) {
        double seconds = (now - begun) / (double) SECOND_NANOS;
        long moved = done - doneAtBegin;
        if (seconds < 1 || moved <= 0) {
            return "";
        }
        double perSecond = moved / seconds;
        long left = Math.round(Math.max(0, total - done) / perSecond);
        return ", %s/s, %d:%02d left".formatted(megabytes((long) perSecond), left / 60, left % 60);
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
