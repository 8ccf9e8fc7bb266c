package dev.mapsovereign.engine.request;

import java.time.Duration;

/**
 * The moment at which nobody waits for a call any more.
 *
 * <p>Measured on the monotonic clock, so that setting the wall clock neither ends nor prolongs a
 * call.
 *
 * @param atNanos a value of {@link System#nanoTime()}
 */
public record Deadline(long atNanos) {
    /** The deadline that lies {@code time} from now. */
    public static Deadline after(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** What is left; zero when it has passed, never negative. */
    public Duration remaining() {
        return Duration.ofNanos(remainingNanos());
    }

    /** What is left in nanoseconds; zero when it has passed, never negative. */
    public long remainingNanos() {
        return Math.max(0, atNanos - System.nanoTime());
    }

    /** Whether nobody waits any more. */
    public boolean passed() {
        return atNanos - System.nanoTime() <= 0;
    }

    /** The nearer of this deadline and the one {@code time} from now. */
    public Deadline notLaterThan(Duration time) {
        Deadline other = after(time);
        return other.atNanos - atNanos < 0 ? other : this;
    }
}
