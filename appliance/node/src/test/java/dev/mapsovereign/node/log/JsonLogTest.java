package dev.mapsovereign.node.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonLogTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final JsonLogHandler handler = new JsonLogHandler(out);

    @Test
    void publish_record_isOneJsonObjectALineTimeFirst() {
        LogRecord record = record(Level.WARNING, "{0} of {1}\nnext");
        record.setParameters(
                new Object[] {
                    1,
                    "two",
                    Map.of("correlation_id", "c-1", "latency_ms", 0.8, "Not A Name", "dropped")
                });
        handler.publish(record);
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(1);
        assertThat(lines.getFirst()).startsWith("{\"ts\":\"");
        JsonObject line = parse(lines.getFirst());
        assertThat(line.text("ts").orElseThrow())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(line.text("level")).contains("warn");
        assertThat(line.text("target")).contains("dev.mapsovereign.test");
        assertThat(line.text("message")).contains("1 of two\nnext");
        assertThat(line.text("correlation_id")).contains("c-1");
        assertThat(line.get("latency_ms")).isPresent();
        assertThat(line.members()).doesNotContainKey("Not A Name");
    }

    @Test
    void publish_exception_standsInAFieldOfTheSameLine() {
        LogRecord record = record(Level.SEVERE, "failed");
        record.setThrown(new IllegalStateException("why"));
        handler.publish(record);
        JsonObject line = parse(out.toString(StandardCharsets.UTF_8).strip());
        assertThat(line.text("exception").orElseThrow())
                .contains("IllegalStateException: why")
                .contains("\n\tat ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0000\u0007", "\ud800", "\udc00x", "\ud83d\ude00", "\u2028\"\\", ""})
    void publish_anyText_staysParseable(String text) {
        handler.publish(record(Level.INFO, text));
        assertThat(parse(out.toString(StandardCharsets.UTF_8).strip()).text("level"))
                .contains("info");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "map_live_abc_SECRETSECRETSECRET",
                "Authorization: Bearer SECRETSECRETSECRET",
                "DidAuth session=\"x\", signature=\"SECRETSECRETSECRET\""
            })
    void publish_secretThatSlippedThrough_isMasked(String text) {
        handler.publish(record(Level.INFO, text));
        assertThat(out.toString(StandardCharsets.UTF_8))
                .doesNotContain("SECRET")
                .contains("[redacted]");
    }

    @ParameterizedTest
    @CsvSource({
        "SEVERE, error",
        "WARNING, warn",
        "INFO, info",
        "CONFIG, debug",
        "FINE, debug",
        "FINER, trace",
        "FINEST, trace"
    })
    void word_everyLevel_isTheFiltersWord(String level, String word) {
        assertThat(LogLevels.word(Level.parse(level))).isEqualTo(word);
    }

    @Test
    void parse_filter_isEverythingAndParts() {
        LogLevels levels = LogLevels.parse("warn, map_core=debug,hyper=off,a::b=trace");
        assertThat(levels.everything()).isEqualTo(Level.WARNING);
        assertThat(levels.parts())
                .containsOnly(
                        Map.entry("dev.mapsovereign.engine", Level.FINE),
                        Map.entry("io.helidon", Level.OFF),
                        Map.entry("a.b", Level.FINEST));
        assertThat(LogLevels.parse("")).isEqualTo(LogLevels.DEFAULT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"loud", "a=loud", "=info", "a b=info"})
    void parse_nonsense_isRefusedByName(String text) {
        assertThatThrownBy(() -> LogLevels.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"");
    }

    private static LogRecord record(Level level, String message) {
        LogRecord record = new LogRecord(level, message);
        record.setLoggerName("dev.mapsovereign.test");
        return record;
    }

    private static JsonObject parse(String line) {
        return JsonReader.parseObject(
                line.getBytes(StandardCharsets.UTF_8), JsonReader.Limits.DEFAULT);
    }
}
