package dev.mapsovereign.engine.ratelimit;

/**
 * What came of taking one call from a bucket.
 *
 * @param waitNanos 0 when it was taken; otherwise after how long one would be there
 * @param fullInNanos after how long the bucket is full if nobody takes anything
 */
record Taken(long waitNanos, long fullInNanos) {}
