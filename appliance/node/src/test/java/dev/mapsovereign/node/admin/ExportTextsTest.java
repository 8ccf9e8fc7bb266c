package dev.mapsovereign.node.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an export takes from and says to the person who runs it. */
class ExportTextsTest {
    private static final long SECOND = 1_000_000_000L;

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "4096, 4096",
        "2K, 2048",
        "500M, 524288000",
        "4G, 4294967296",
        "1T, 1099511627776"
    })
    void byteSize_asOperatorsWriteIt_isThatMany(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "4 G", "4GB", "4g", "1.5G", "G", "999999999999T"})
    void byteSize_anyOtherText_isAUsageError(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text))
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        e -> assertThat(e.exit()).isEqualTo(ExitCode.USAGE));
    }

    @Test
    void progress_overTime_tellsRateAndTimeLeft() {
        List<String> lines = new ArrayList<>();
        ProgressLines progress = new ProgressLines(lines::add);

        progress.at("writing", 0, 100_000_000, 0);
        progress.at("writing", 1_000_000, 100_000_000, SECOND / 2);
        progress.at("writing", 20_000_000, 100_000_000, 2 * SECOND);
        progress.at("reading back", 0, 100_000_000, 2 * SECOND + 1);

        assertThat(lines)
                .containsExactly(
                        "writing: 0.0 MB of 100.0 MB",
                        "writing: 20.0 MB of 100.0 MB, 10.0 MB/s, 0:08 left",
                        "reading back: 0.0 MB of 100.0 MB");
    }
}
