package dev.mapsovereign.engine.result;

import org.jspecify.annotations.Nullable;

/**
 * Tells the log where something failed without repeating what its message says: messages of
 * exceptions quote what they choked on, and what callers send does not belong into logs.
 */
public final class FaultText {
    private static final int FRAMES_MAX = 24;
    private static final int CAUSES_MAX = 8;

    private FaultText() {}

    /** The types of a failure and its causes, and where the innermost was thrown. */
    public static String of(Throwable thrown) {
        StringBuilder text = new StringBuilder();
        Throwable innermost = thrown;
        @Nullable Throwable next = thrown;
        for (int i = 0; next != null && i < CAUSES_MAX; i++) {
            text.append(i == 0 ? "" : ", caused by ").append(next.getClass().getName());
            innermost = next;
            next = next.getCause();
        }
        StackTraceElement[] frames = innermost.getStackTrace();
        for (int i = 0; i < Math.min(frames.length, FRAMES_MAX); i++) {
            text.append("\n\tat ").append(frames[i]);
        }
        return text.toString();
    }
}
