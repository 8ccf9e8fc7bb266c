package dev.mapsovereign.benchmarks;

/**
 * What came of a load.
 *
 * @param medianMillis half of the answers came within it
 * @param highMillis 99 of 100 came within it
 * @param total answers
 */
record Measured(double perSecond, double medianMillis, double highMillis, long total) {
    static Measured of(Load.Result result) {
        return new Measured(
                result.perSecond(),
                result.latencies().percentileNanos(0.5) / 1e6,
                result.latencies().percentileNanos(0.99) / 1e6,
                result.latencies().total());
    }
}
