package dev.mapsovereign.auditlog.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(SeededRandomExtension.class)
class AuditRecordTest {
    private static final String GOOD =
            "{\"event_type\":\"NodeStarted\",\"index\":\"7\",\"meta\":{\"a\":1},\"outcome\":\"success\","
                    + "\"tenant_id\":\"_node\",\"timestamp\":\"2026-11-23T18:08:00.000000Z\",\"v\":1}";

    @Test
    void parse_good_isTaken() {
        assertThat(parse(GOOD).index()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            textBlock =
                    """
                    "v":1              | "v":2
                    "v":1              | "v":"1"
                    "v":1              | "v":1,"version":1
                    "v":1              | "v":1,"w":1
                    "v":1              | "v":1,"v":1
                    "v":1              | "v":1.0
                    "v":1              | "v":1e0
                    "v":1              | "v": 1
                    "index":"7"        | "index":"07"
                    "index":"7"        | "index":"-7"
                    "index":"7"        | "index":""
                    "index":"7"        | "index":7
                    "index":"7"        | "index":"9999999999999999999"
                    "index":"7"        | "index":"99999999999999999999"
                    "index":"7"        | "index":"\\u0037"
                    "success"          | "Success"
                    "success"          | "done"
                    "_node"            | "_other"
                    "_node"            | "con"
                    .000000Z           | Z
                    .000000Z           | .0000000Z
                    {"a":1}            | {}
                    {"a":1}            | [1]
                    {"a":1}            | {"a":1.5}
                    {"a":1}            | {"a":9007199254740992}
                    {"a":1}            | {"A":1}
                    {"a":1}            | {"":1}
                    {"a":1}            | {"b":1,"a":1}
                    {"a":1}            | {"a":[[[[[[[]]]]]]]}
                    "event_type"       | "event_typ"
                    ,"outcome"         | ,"input_hmac":"ABCD","outcome"
                    ,"outcome"         | ,"latency_us":-1,"outcome"
                    ,"outcome"         | ,"latency_us":"1","outcome"
                    """)
    void parse_anythingElse_isRefused(String part, String instead) {
        String bad = GOOD.replace(part, instead);
        assertThat(bad).isNotEqualTo(GOOD);
        assertThatThrownBy(() -> parse(bad)).isInstanceOf(RecordException.class);
    }

    @Test
    void parse_anyChangedByte_isRefusedOrAnotherRecord(SeededRandom random) {
        byte[] good = GOOD.getBytes(StandardCharsets.UTF_8);
        AuditRecord record = AuditRecord.parse(good);
        for (int round = 0; round < 5000; round++) {
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] ^= (byte) (1 + random.nextInt(255));
            try {
                assertThat(AuditRecord.parse(bad)).isNotEqualTo(record);
            } catch (RecordException e) {
                assertThat(e).hasMessageMatching("(?s).+");
            }
        }
    }

    private static AuditRecord parse(String text) {
        return AuditRecord.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}
