package dev.mapsovereign.benchmarks;

/**
 * Counts durations in buckets that grow with the duration, so that any percentile of any number of
 * them can be told to within 1.6 % from 30 KB of memory.
 *
 * <p>The buckets are those of HdrHistogram: each power of two is cut into 64 equal parts. One
 * thread records; merged afterwards.
 */
final class LatencyRecorder {
    private static final int PARTS_LOG2 = 6;
    private static final int PARTS = 1 << PARTS_LOG2;

    private final long[] counts = new long[(Long.SIZE - PARTS_LOG2) * PARTS];
    private long total;
    private long maxNanos;

    /** Counts one duration; negative ones count as zero. */
    void record(long nanos) {
        long value = Math.max(0, nanos);
        counts[bucket(value)]++;
        total++;
        maxNanos = Math.max(maxNanos, value);
    }

    /** Adds what another recorder has counted. */
    void add(LatencyRecorder other) {
        for (int at = 0; at < counts.length; at++) {
            counts[at] += other.counts[at];
        }
        total += other.total;
        maxNanos = Math.max(maxNanos, other.maxNanos);
    }

    /** How many durations were counted. */
    long total() {
        return total;
    }

    /** The longest of them, exactly. */
    long maxNanos() {
        return maxNanos;
    }

    /**
     * The duration that this share of all did not exceed.
     *
     * @param share 0 to 1, for example 0.99
     * @return the upper end of the bucket in which it lies; 0 when nothing was counted
     */
    long percentileNanos(double share) {
        long wanted = Math.max(1, (long) Math.ceil(share * total));
        long seen = 0;
        for (int at = 0; at < counts.length; at++) {
            seen += counts[at];
            if (seen >= wanted) {
                return Math.min(upperEnd(at), maxNanos);
            }
        }
        return maxNanos;
    }

    /** Values below 64 have a bucket each; above, the six bits behind the highest one choose. */
    private static int bucket(long value) {
        if (value < PARTS) {
            return (int) value;
        }
        int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(value) - PARTS_LOG2;
        return (shift + 1) * PARTS + (int) ((value >>> shift) - PARTS);
    }

    private static long upperEnd(int bucket) {
        if (bucket < PARTS) {
            return bucket;
        }
        int shift = bucket / PARTS - 1;
        long part = bucket % PARTS + (long) PARTS;
        return ((part + 1) << shift) - 1;
    }
}
