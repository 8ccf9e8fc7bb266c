package dev.mapsovereign.auditstore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SeededRandomExtension.class)
class ColumnScannerTest {
    private static final List<String> TEXTS =
            List.of(
                    "MAX",
                    "",
                    "did:oas:acme:agent:a",
                    "ä€😀",
                    "{",
                    "},\"x\":[",
                    "a\"b",
                    "\\",
                    "\n");
    private static final List<String> NAMES =
            List.of("caller_did", "code", "correlation_id", "operation", "protocol", "stage");

    /** The strict reader is the dull model. */
    @Test
    void scan_anyRecord_saysWhatTheStrictReaderSays(SeededRandom random) {
        int scanned = 0;
        for (int round = 0; round < 5_000; round++) {
            byte[] record = CanonicalJson.encode(record(random));
            Optional<RecordColumns> found = ColumnScanner.scan(record);
            if (found.isPresent()) {
                scanned++;
                assertThat(found.get()).isEqualTo(RecordColumns.parsed(record));
            }
            assertThat(RecordColumns.of(record)).isEqualTo(RecordColumns.parsed(record));
        }
        assertThat(scanned).as("records without an escape in a column").isGreaterThan(500);
    }

    @Test
    void scan_plainRecord_needsNoReader() {
        byte[] record =
                ("{\"caller_did\":\"did:x\",\"event_type\":\"Error\",\"index\":\"0\",\"meta\":{\"n\":"
                                + "[1,{\"outcome\":\"\\\"}\"}]},\"outcome\":\"error\",\"tenant_id\":"
                                + "\"acme\",\"timestamp\":\"2026-03-31T23:59:58.000001Z\",\"v\":1}")
                        .getBytes(StandardCharsets.UTF_8);
        assertThat(ColumnScanner.scan(record)).contains(RecordColumns.parsed(record));
    }

    @Test
    void scan_cutOrSpacedOrWithAnotherTime_isLeftToTheReader() {
        String whole =
                "{\"event_type\":\"Error\",\"outcome\":\"error\","
                        + "\"timestamp\":\"2026-03-31T23:59:58.000001Z\",\"v\":1}";
        byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
        assertThat(ColumnScanner.scan(bytes)).isPresent();
        for (int length = 0; length < bytes.length; length++) {
            assertThat(ColumnScanner.scan(Arrays.copyOf(bytes, length))).isEmpty();
        }
        for (String wrong :
                List.of(
                        whole + " ",
                        whole.replace(":1}", ":1,}"),
                        whole.replace("{\"e", "{ \"e"),
                        whole.replace("03-31", "02-31"),
                        whole.replace("03-31", "03 31"),
                        whole.replace("58.", "5x."),
                        whole.replace("01Z", "01+"))) {
            assertThat(ColumnScanner.scan(wrong.getBytes(StandardCharsets.UTF_8)))
                    .as(wrong)
                    .isEmpty();
        }
    }

    private static JsonObject record(SeededRandom random) {
        JsonObject.Builder record =
                JsonObject.builder()
                        .put("v", 1)
                        .put("index", "7")
                        .put("tenant_id", "acme")
                        .put("event_type", "ProtocolInvocation")
                        .put("outcome", "success")
                        .put("latency_us", random.nextInt(1 << 20))
                        .put(
                                "timestamp",
                                "20%02d-0%d-1%dT0%d:5%d:0%d.%06dZ"
                                        .formatted(
                                                random.nextInt(100),
                                                1 + random.nextInt(9),
                                                random.nextInt(10),
                                                random.nextInt(10),
                                                random.nextInt(10),
                                                random.nextInt(10),
                                                random.nextInt(1_000_000)));
        for (String name : NAMES) {
            if (random.nextBoolean()) {
                record.put(name, text(random));
            }
        }
        if (random.nextBoolean()) {
            record.put(
                    "meta",
                    JsonObject.builder()
                            .put("code", text(random))
                            .put("list", JsonArray.ofStrings(List.of(text(random), text(random))))
                            .put("none", JsonObject.EMPTY)
                            .build());
        }
        return record.build();
    }

    private static String text(SeededRandom random) {
        return TEXTS.get(random.nextInt(random.nextInt(3) == 0 ? TEXTS.size() : 3));
    }
}
