package dev.mapsovereign.node.admin;

import java.util.Locale;
import java.util.function.Consumer;

/** Says once a second how many records are done, how fast, and how long the rest will take. */
final class RecordProgress {
    private static final long INTERVAL_NANOS = 1_000_000_000L;

    private final String done;
    private final Consumer<String> lines;
    private final long began;
    private long next;

    /** For work that takes longer than a second; nothing is said of what is done by then. */
    RecordProgress(String done, Consumer<String> lines) {
        this.done = done;
        this.lines = lines;
        this.began = System.nanoTime();
        this.next = began + INTERVAL_NANOS;
    }

    void at(long records, long total) {
        long now = System.nanoTime();
        if (now - next < 0) {
            return;
        }
        next = now + INTERVAL_NANOS;
        lines.accept(line(records, total, (now - began) / 1e9));
    }

    private String line(long records, long total, double seconds) {
        String head = done + " " + records + " of " + total + " records";
        if (records == 0) {
            return head;
        }
        double perSecond = records / seconds;
        return String.format(
                Locale.ROOT,
                "%s, %.0f/s, %s left",
                head,
                perSecond,
                time((long) Math.ceil((total - records) / perSecond)));
    }

    private static String time(long seconds) {
        return seconds < 60
                ? seconds + " s"
                : String.format(
                        Locale.ROOT,
                        "%d:%02d:%02d",
                        seconds / 3600,
                        seconds / 60 % 60,
                        seconds % 60);
    }
}
