package dev.mapsovereign.verifier;

import java.io.PrintStream;
import java.util.Optional;

/** Counts records for whoever watches a terminal; silent otherwise. For one thread. */
final class Progress {
    private static final long NANOS_BETWEEN_LINES = 500_000_000;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final Optional<PrintStream> terminal;
    private final long total;
    private final long started = System.nanoTime();
    private long shown = started;
    private long done;

    /**
     * @param terminal where to show it; empty for nowhere
     * @param total records that there are to verify
     */
    Progress(Optional<PrintStream> terminal, long total) {
        this.terminal = terminal;
        this.total = total;
    }

    void verified(int records) {
        done += records;
        if (terminal.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        if (now - shown > NANOS_BETWEEN_LINES) {
            shown = now;
            long rate = done * NANOS_PER_SECOND / (now - started);
            long seconds = rate == 0 ? 0 : Math.max(0, total - done) / rate;
            terminal.get()
                    .printf(
                            "\r%,d of %,d records, %,d a second, %d s left   ",
                            done, total, rate, seconds);
            terminal.get().flush();
        }
    }

    /** Clears the line. */
    void end() {
        if (terminal.isPresent() && shown != started) {
            terminal.get().print("\r" + " ".repeat(78) + "\r");
            terminal.get().flush();
        }
    }
}
