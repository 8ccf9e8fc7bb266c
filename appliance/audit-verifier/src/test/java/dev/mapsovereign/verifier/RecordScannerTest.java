package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.testing.SeededRandom;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The fast scanner against the slow way that it stands for: parse, write canonically, compare. */
final class RecordScannerTest {
    private static final int CASES = 200_000;
    private static final long INDEX = 41;

    private static final List<String> SEEDS =
            List.of(
                    "{\"index\":\"41\",\"tenant_id\":\"acme\",\"v\":1}",
                    "{\"a\":[1,-2,0,9007199254740991,-9007199254740991],\"b\":{},\"c\":[],\"index\":\"41\",\"n\":null,\"t\":[true,false],\"tenant_id\":\"acme\",\"v\":1}",
                    "{\"e\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\\u000b\",\"index\":\"41\",\"tenant_id\":\"acme\",\"u\":\"\u007f\u00e9\u20ac\ud83d\ude00\uffff\",\"v\":1}",
                    "{\"d\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":[]}}}}}},\"index\":\"41\",\"tenant_id\":\"acme\",\"v\":1}",
                    "{\"d\":[[[[[[[1]]]]]]],\"index\":\"41\",\"meta\":{\"z\":1,\"z0\":2,\"z_\":3},\"tenant_id\":\"acme\",\"v\":1}");

    /** Pieces that mutations insert: what is likely to be near a rule. */
    private static final List<String> PIECES =
            List.of(
                    "\"",
                    "\\",
                    "\\u0041",
                    "\\u001F",
                    "\\/",
                    "{",
                    "}",
                    "[",
                    "]",
                    ",",
                    ":",
                    " ",
                    "\n",
                    "0",
                    "-",
                    "1",
                    "e1",
                    ".0",
                    "true",
                    "null",
                    "a",
                    "A",
                    "\u00e9",
                    "\ud83d\ude00",
                    "\"a\":1,",
                    ",\"w\":1",
                    "\\ud800",
                    "9007199254740992");

    private static boolean fast(byte[] bytes) {
        // Stands within a larger array, as entries do.
        byte[] around = new byte[bytes.length + 20];
        Arrays.fill(around, (byte) '}');
        System.arraycopy(bytes, 0, around, 7, bytes.length);
        try {
            new RecordScanner("acme").check(around, 7, bytes.length, INDEX);
            return true;
        } catch (RecordScanner.RecordException e) {
            assertThat(e.getMessage()).isNotBlank();
            return false;
        }
    }

    private static boolean slow(byte[] bytes) {
        try {
            JsonObject record = JsonReader.parseObject(bytes, new JsonReader.Limits(8, 65_000));
            return Arrays.equals(CanonicalJson.encode(record), bytes)
                    && isRecordValue(record)
                    && record.get("v").equals(Optional.of(JsonNumber.of(1)))
                    && record.text("index").equals(Optional.of(Long.toString(INDEX)))
                    && record.text("tenant_id").equals(Optional.of("acme"));
        } catch (JsonException e) {
            return false;
        }
    }

    private static boolean isRecordValue(JsonValue value) {
        return switch (value) {
            case JsonNumber number -> number.isWhole();
            case JsonObject object ->
                    object.members().entrySet().stream()
                            .allMatch(member ->
                                    member.getKey().matches("[a-z0-9_]{1,64}")
                                            && isRecordValue(member.getValue()));
            case JsonArray array -> array.values().stream().allMatch(v -> isRecordValue(v));
            case JsonString text -> true;
            default -> true;
        };
    }

    @Test
    void check_soundRecords_areAccepted() {
        for (String seed : SEEDS) {
            byte[] bytes = seed.getBytes(StandardCharsets.UTF_8);
            assertThat(slow(bytes)).as(seed).isTrue();
            assertThat(fast(bytes)).as(seed).isTrue();
        }
    }

    @Test
    void check_mutations_agreesWithTheSlowWay() {
        SeededRandom random = SeededRandom.create();
        int accepted = 0;
        for (int i = 0; i < CASES; i++) {
            byte[] bytes = SEEDS.get(i % SEEDS.size()).getBytes(StandardCharsets.UTF_8);
            int changes = 1 + random.nextInt(3);
            for (int c = 0; c < changes; c++) {
                bytes = mutate(bytes, random);
            }
            boolean slow = slow(bytes);
            accepted += slow ? 1 : 0;
            assertThat(fast(bytes))
                    .as("seed %d: %s", random.seed(), new String(bytes, StandardCharsets.UTF_8))
                    .isEqualTo(slow);
        }
        // Else the mutations would only show that nonsense is refused.
        assertThat(accepted).isGreaterThan(CASES / 100);
    }

    private static byte[] mutate(byte[] bytes, SeededRandom random) {
        if (bytes.length == 0) {
            return bytes;
        }
        int at = random.nextInt(bytes.length);
        return switch (random.nextInt(5)) {
            case 0 -> {
                byte[] changed = bytes.clone();
                changed[at] = (byte) random.nextInt(256);
                yield changed;
            }
            case 1 -> join(bytes, at, new byte[0], at + 1);
            case 2 -> {
                String piece = PIECES.get(random.nextInt(PIECES.size()));
                yield join(bytes, at, piece.getBytes(StandardCharsets.UTF_8), at);
            }
            case 3 -> {
                int to = at + random.nextInt(bytes.length - at);
                yield join(bytes, to, Arrays.copyOfRange(bytes, at, to), to);
            }
            default -> {
                byte[] changed = bytes.clone();
                changed[at] = (byte) ('a' + random.nextInt(26));
                yield changed;
            }
        };
    }

    private static byte[] join(byte[] bytes, int end, byte[] middle, int from) {
        byte[] joined = new byte[end + middle.length + bytes.length - from];
        System.arraycopy(bytes, 0, joined, 0, end);
        System.arraycopy(middle, 0, joined, end, middle.length);
        System.arraycopy(bytes, from, joined, end + middle.length, bytes.length - from);
        return joined;
    }
}
