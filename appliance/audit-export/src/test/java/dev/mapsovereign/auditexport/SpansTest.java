package dev.mapsovereign.auditexport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpansTest {
    private static final int INDEXES = 60;

    /** Against a dull model: one bit for each index. */
    @Test
    void spans_anyAdditions_areTheSetOfTheirIndexes() {
        Random random = new Random(7);
        for (int round = 0; round < 2000; round++) {
            Spans one = new Spans();
            Spans other = new Spans();
            BitSet ones = fill(one, random);
            BitSet others = fill(other, random);

            assertThat(bits(one.all())).isEqualTo(ones);
            BitSet rest = (BitSet) ones.clone();
            rest.andNot(others);
            assertThat(bits(one.without(other))).isEqualTo(rest);
            one.addAll(other);
            ones.or(others);
            assertThat(bits(one.all())).isEqualTo(ones);
        }
    }

    private static BitSet fill(Spans spans, Random random) {
        BitSet bits = new BitSet();
        for (int i = random.nextInt(6); i > 0; i--) {
            int from = random.nextInt(INDEXES);
            int to = from + random.nextInt(INDEXES - from);
            spans.add(from, to);
            bits.set(from, to);
        }
        return bits;
    }

    private static BitSet bits(List<Spans.Span> spans) {
        BitSet bits = new BitSet();
        long end = -1;
        for (Spans.Span span : spans) {
            assertThat(span.from()).as("apart from the one before").isGreaterThan(end);
            assertThat(span.to()).isGreaterThan(span.from());
            bits.set((int) span.from(), (int) span.to());
            end = span.to();
        }
        return bits;
    }
}
