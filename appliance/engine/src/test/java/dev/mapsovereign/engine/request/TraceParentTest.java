package dev.mapsovereign.engine.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.CorrelationId;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TraceParentTest {
    private static final String VALID = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @Test
    void parse_validHeader_givesItsParts() {
        TraceParent trace = TraceParent.parse(VALID).orElseThrow();

        assertThat(trace.traceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(trace.parentId()).isEqualTo("b7ad6b7169203331");
        assertThat(trace.header()).isEqualTo(VALID);
    }

    @ParameterizedTest
    @CsvSource({"00, false", "01, true", "02, false", "03, true", "ff, true", "fe, false"})
    void sampled_isTheLowestBit(String flags, boolean sampled) {
        String header = VALID.substring(0, VALID.length() - 2) + flags;

        assertThat(TraceParent.parse(header).orElseThrow().sampled()).isEqualTo(sampled);
    }

    @Test
    void onward_passesTheFlagsOn_andOtherwiseSaysWhetherTheCallIsTraced() {
        CorrelationId id = CorrelationId.random();
        TraceParent came = TraceParent.parse(VALID.substring(0, 53) + "00").orElseThrow();

        assertThat(TraceParent.onward(Optional.of(came), id, true).flags()).isEqualTo("00");
        assertThat(TraceParent.onward(Optional.empty(), id, true).flags()).isEqualTo("01");
        assertThat(TraceParent.onward(Optional.empty(), id, false).flags()).isEqualTo("00");
    }

    @Test
    void parse_laterVersion_isReadByItsFirstFields() {
        assertThat(TraceParent.parse("01" + VALID.substring(2) + "-what-comes-later")).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-0af7651916cd43dd8448eb211c80319c-01020304050607080-01",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"
            })
    void parse_malformed_isEmpty(String header) {
        assertThat(TraceParent.parse(header)).isEmpty();
    }
}
