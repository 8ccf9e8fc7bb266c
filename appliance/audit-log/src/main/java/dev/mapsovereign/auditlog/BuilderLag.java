package dev.mapsovereign.auditlog;

import java.util.concurrent.locks.LockSupport;

/**
 * How far the kept state lies behind the journal, in bytes of journal since the log was opened. The
 * committer counts what it writes, the builder what a start would not have to read again.
 */
final class BuilderLag {
    private static final long LOOK_NANOS = 2_000_000;

    private volatile long written;
    private volatile long kept;

    /** The committer has written more. */
    void wrote(long bytes) {
        written = written() + bytes;
    }

    /** The builder has kept a state that holds more. */
    void kept(long bytes) {
        kept = kept() + bytes;
    }

    /** Lets the committer wait a little while the builder is far behind. */
    void await() {
        long until = System.nanoTime() + Limits.LAG_PAUSE.toNanos();
        while (written - kept > Limits.LAG_BYTES_MAX && System.nanoTime() < until) {
            LockSupport.parkNanos(this, LOOK_NANOS);
        }
    }

    private long written() {
        return written;
    }

    private long kept() {
        return kept;
    }
}
