package dev.mapsovereign.protocols.max;

import java.time.Instant;

/**
 * A time that a report is about.
 *
 * @param from included
 * @param to excluded
 */
record Period(Instant from, Instant to) {
    /** Whether a moment lies in it. */
    boolean holds(Instant time) {
        return !time.isBefore(from) && time.isBefore(to);
    }
}
