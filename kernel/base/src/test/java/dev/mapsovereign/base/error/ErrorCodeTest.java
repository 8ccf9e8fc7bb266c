package dev.mapsovereign.base.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorCodeTest {
    /** Rows of the reference table begin with the code, then HTTP status and kind. */
    private static final Path REFERENCE = Path.of("../../docs/reference/errors.md");

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void wire_everyCode_isItsNameAndComesBack(ErrorCode code) {
        assertThat(code.wire()).isEqualTo(code.name().toLowerCase(Locale.ROOT));
        assertThat(ErrorCode.ofWire(code.wire())).contains(code);
        assertThat(code.title()).isNotBlank();
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void kind_everyCode_fitsItsStatus(ErrorCode code) {
        if (code.kind() == ErrorKind.CALLER) {
            assertThat(code.status()).isBetween(400, 499);
        } else if (code.kind() == ErrorKind.INTERNAL) {
            assertThat(code.status()).isEqualTo(500);
        } else {
            assertThat(code.status()).isIn(0, 409, 429, 502, 503, 504);
        }
    }

    @Test
    void ofWire_unknownWord_isEmpty() {
        assertThat(ErrorCode.ofWire("Internal")).isEmpty();
        assertThat(ErrorCode.ofWire("")).isEmpty();
    }

    @Test
    void reference_table_namesEveryCodeAsTheCodeHasIt() throws IOException {
        assertThat(referenceRows())
                .containsExactlyElementsOf(
                        Arrays.stream(ErrorCode.values()).map(ErrorCodeTest::row).toList());
    }

    @Test
    void operatorException_hint_isApartFromTheMessage() {
        OperatorException failure =
                new OperatorException(ExitCode.ENVIRONMENT, "no journal", "run map init");

        assertThat(failure).hasMessage("no journal");
        assertThat(failure.hint()).contains("run map init");
        assertThat(failure.exit()).isEqualTo(ExitCode.ENVIRONMENT);
        assertThat(new OperatorException(ExitCode.FAILED, "x").hint()).isEmpty();
    }

    @Test
    void invariant_broken_namesTheStatement() {
        Invariant.check(true, "all is well");

        assertThatThrownBy(() -> Invariant.check(false, "indexes rise by one"))
                .isInstanceOf(InvariantException.class)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("Invariant broken: indexes rise by one");
    }

    private static String row(ErrorCode code) {
        String status = code.status() == 0 ? "–" : Integer.toString(code.status());
        return "`%s` %s %s"
                .formatted(code.wire(), status, code.kind().name().toLowerCase(Locale.ROOT));
    }

    private static List<String> referenceRows() throws IOException {
        List<String> rows = new ArrayList<>();
        for (String line : Files.readAllLines(REFERENCE)) {
            if (line.startsWith("| `")) {
                String[] cells = line.split("\\|", -1);
                assertThat(cells).as(line).hasSize(7);
                assertThat(cells[4].strip()).as("meaning of " + cells[1]).isNotEmpty();
                assertThat(cells[5].strip()).as("advice for " + cells[1]).isNotEmpty();
                rows.add(cells[1].strip() + " " + cells[2].strip() + " " + cells[3].strip());
            }
        }
        return rows;
    }
}
