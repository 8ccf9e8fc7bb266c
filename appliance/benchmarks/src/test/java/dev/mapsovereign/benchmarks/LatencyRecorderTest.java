package dev.mapsovereign.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatencyRecorderTest {
    @ParameterizedTest
    @ValueSource(doubles = {0.0, 0.5, 0.9, 0.99, 0.999, 1.0})
    void percentile_randomDurations_isWithinTwoPercentOfTheSortedOnes(double share) {
        Random random = new Random(11);
        long[] values = new long[100_000];
        LatencyRecorder one = new LatencyRecorder();
        LatencyRecorder other = new LatencyRecorder();
        for (int at = 0; at < values.length; at++) {
            values[at] = (long) Math.exp(random.nextDouble() * 25);
            (at % 2 == 0 ? one : other).record(values[at]);
        }
        one.add(other);
        Arrays.sort(values);
        long exact = values[(int) Math.max(0, Math.ceil(share * values.length) - 1)];
        assertThat(one.total()).isEqualTo(values.length);
        assertThat(one.percentileNanos(share))
                .isGreaterThanOrEqualTo(exact)
                .isCloseTo(exact, within(exact / 50 + 1));
        assertThat(one.maxNanos()).isEqualTo(values[values.length - 1]);
    }

    @Test
    void percentile_extremes_fit() {
        LatencyRecorder recorder = new LatencyRecorder();
        recorder.record(-1);
        recorder.record(Long.MAX_VALUE);
        assertThat(recorder.percentileNanos(0.5)).isZero();
        assertThat(recorder.percentileNanos(1)).isEqualTo(Long.MAX_VALUE);
        assertThat(new LatencyRecorder().percentileNanos(0.5)).isZero();
    }
}
