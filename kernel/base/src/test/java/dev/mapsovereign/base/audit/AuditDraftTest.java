package dev.mapsovereign.base.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import java.time.Instant;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuditDraftTest {
    private static final TenantId ACME = TenantId.of("acme");
    private static final int RECORD_BYTES_MAX = 65_000;

    @Test
    void build_everythingGiven_isKept() {
        CorrelationId correlation = CorrelationId.random();
        JsonObject meta = JsonObject.builder().put("a", 1).put("b", "x").build();

        AuditDraft draft =
                draft().correlationId(correlation)
                        .callerDid("did:oas:acme:agent:clerk")
                        .protocol("MAX")
                        .version("v1.0.0")
                        .operation("audit_query")
                        .stage("router_invocation")
                        .code(ErrorCode.TIMEOUT)
                        .latencyMicros(12)
                        .inputHmac("0a".repeat(32))
                        .outputHmac("0b".repeat(32))
                        .meta(meta)
                        .build();

        assertThat(draft.correlationId()).contains(correlation);
        assertThat(draft.callerDid()).contains("did:oas:acme:agent:clerk");
        assertThat(draft.protocol()).contains("MAX");
        assertThat(draft.version()).contains("v1.0.0");
        assertThat(draft.operation()).contains("audit_query");
        assertThat(draft.stage()).contains("router_invocation");
        assertThat(draft.code()).contains(ErrorCode.TIMEOUT);
        assertThat(draft.latencyMicros()).hasValue(12);
        assertThat(draft.inputHmac()).contains("0a".repeat(32));
        assertThat(draft.outputHmac()).contains("0b".repeat(32));
        assertThat(draft.meta()).isEqualTo(meta);
    }

    @Test
    void build_nothingGiven_isAbsent() {
        AuditDraft draft = draft().latencyMicros(-1).build();

        assertThat(draft.callerDid()).isEmpty();
        assertThat(draft.latencyMicros()).isEmpty();
        assertThat(draft.meta()).isEqualTo(JsonObject.EMPTY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "é", "€", "😂"})
    void clip_textAtTheBound_isKeptAndOneMoreClipped(String character) {
        int bytes = character.getBytes(UTF_8).length;
        String atBound = "a".repeat(256 % bytes) + character.repeat(256 / bytes);
        String beyond = atBound + "a";

        assertThat(caller(atBound)).isEqualTo(atBound);
        assertThat(caller(beyond))
                .endsWith("~sha256:" + sha256(beyond))
                .satisfies(text -> {
                    String prefix = text.substring(0, text.indexOf("~sha256:"));
                    assertThat(beyond).startsWith(prefix);
                    assertThat(prefix.getBytes(UTF_8).length).isBetween(181, 184);
                    assertThat(text.getBytes(UTF_8).length).isLessThanOrEqualTo(256);
                });
    }

    @Test
    void clip_everyTextOfACaller_isClipped() {
        String huge = "x".repeat(10_000);
        String clipped = caller(huge);

        AuditDraft draft = draft().protocol(huge).version(huge).operation(huge).stage(huge).build();

        assertThat(draft.protocol()).contains(clipped);
        assertThat(draft.version()).contains(clipped);
        assertThat(draft.operation()).contains(clipped);
        assertThat(draft.stage()).contains(clipped);
        assertThat(meta("{\"t\":[\"" + huge + "\"]}"))
                .isEqualTo(meta("{\"t\":[\"" + clipped + "\"]}"));
    }

    @ParameterizedTest
    @CsvSource({"a\ud83d, a\ufffd", "\ude02b, \ufffdb", "\ud83d\ud83d\ude02, \ufffd😂"})
    void clip_loneSurrogate_isReplaced(String text, String expected) {
        assertThat(caller(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"n":1.5}                 | {"n":"1.5"}
                    {"n":-0.0}                | {"n":0}
                    {"n":1e21}                | {"n":"1e+21"}
                    {"n":9007199254740991}    | {"n":9007199254740991}
                    {"n":9007199254740992}    | {"n":"9007199254740992"}
                    {"n":[0.1,true,null,2]}   | {"n":["0.1",true,null,2]}
                    """)
    void meta_numberThatARecordCannotHave_becomesItsText(String given, String expected) {
        assertThat(meta(given)).isEqualTo(object(expected));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "A",
                "a-b",
                "a.b",
                "a b",
                "é",
                "Content-Type",
                "abcdefghijklmnopqrstuvwxyz0123456789_abcdefghijklmnopqrstuvwxyz_x"
            })
    void meta_nameThatARecordCannotHave_leavesTheDigestOfItsObject(String name) {
        JsonObject bad = JsonObject.builder().put("ok", 1).put(name, "x").build();
        JsonObject given = JsonObject.builder().put("kept", 1).put("bad", bad).build();

        assertThat(draft().meta(bad).build().meta()).isEqualTo(digest(bad));
        assertThat(draft().meta(given).build().meta())
                .isEqualTo(JsonObject.builder().put("kept", 1).put("bad", digest(bad)).build());
    }

    @Test
    void meta_longestName_isKept() {
        JsonObject given = JsonObject.builder().put("a_0".repeat(21) + "z", 1).build();

        assertThat(draft().meta(given).build().meta()).isEqualTo(given);
    }

    @Test
    void meta_deeperThanARecord_leavesADigestAtTheBound() {
        // The record is level 1 and meta level 2: six levels more fit.
        JsonValue fits = JsonObject.builder().put("x", 1).build();
        for (int level = 0; level < 5; level++) {
            fits = JsonArray.of(fits);
        }
        JsonObject deepest = JsonObject.builder().put("m", fits).build();
        JsonObject tooDeep = JsonObject.builder().put("m", JsonArray.of(fits)).build();

        assertThat(draft().meta(deepest).build().meta()).isEqualTo(deepest);
        assertThat(depth(draft().meta(tooDeep).build().meta())).isEqualTo(7);
        assertThat(CanonicalJson.text(draft().meta(tooDeep).build().meta()))
                .isEqualTo("{\"m\":[[[[[[\"sha256:" + sha256("{\"x\":1}") + "\"]]]]]]}");
    }

    @Test
    void meta_oversize_becomesItsDigest() {
        JsonObject.Builder builder = JsonObject.builder();
        for (int i = 0; i < 500; i++) {
            builder.put("member_" + i, "x".repeat(200));
        }
        JsonObject given = builder.build();

        assertThat(draft().meta(given).build().meta()).isEqualTo(digest(given));
    }

    @Test
    void meta_atTheBound_isKeptAndOneMoreByteIsNot() {
        JsonObject.Builder builder = JsonObject.builder();
        for (int i = 0; i < 210; i++) {
            builder.put("member_" + (100 + i), "x".repeat(250));
        }
        int missing = 56_000 - CanonicalJson.encode(builder.build()).length;
        // Comma, name, colon and quotes of the last member are seven bytes.
        String filler = "y".repeat(missing - 7);
        JsonObject atBound = builder.put("z", filler).build();
        JsonObject beyond = atBound.with("z", new JsonString(filler + "y"));

        assertThat(CanonicalJson.encode(atBound)).hasSize(56_000);
        assertThat(draft().meta(atBound).build().meta()).isEqualTo(atBound);
        assertThat(draft().meta(beyond).build().meta()).isEqualTo(digest(beyond));
    }

    @Test
    void draft_worstTexts_fitARecord() {
        String worst = "\u0001".repeat(256);
        JsonObject.Builder meta = JsonObject.builder();
        for (int i = 0; i < 36; i++) {
            meta.put("m" + (10 + i), worst);
        }
        AuditDraft draft =
                draft().callerDid(worst)
                        .protocol(worst)
                        .version(worst)
                        .operation(worst)
                        .stage(worst)
                        .meta(meta.build())
                        .build();
        JsonObject record =
                JsonObject.builder()
                        .put("v", 1)
                        .put("index", "9".repeat(19))
                        .put("tenant_id", "t".repeat(32))
                        .put("event_type", "CertificateRevoked")
                        .put("correlation_id", CorrelationId.random().toString())
                        .put("timestamp", "2026-01-01T00:00:00.000000Z")
                        .putIfPresent("caller_did", draft.callerDid())
                        .putIfPresent("protocol", draft.protocol())
                        .putIfPresent("version", draft.version())
                        .putIfPresent("operation", draft.operation())
                        .put("outcome", "success")
                        .putIfPresent("stage", draft.stage())
                        .put("code", ErrorCode.IDEMPOTENCY_IN_PROGRESS.wire())
                        .put("latency_us", JsonNumber.WHOLE_MAX)
                        .put("input_hmac", "f".repeat(64))
                        .put("output_hmac", "f".repeat(64))
                        .put("meta", draft.meta())
                        .build();

        assertThat(draft.meta().size()).isEqualTo(36);
        assertThat(CanonicalJson.encode(record).length)
                .isBetween(RECORD_BYTES_MAX - 2_500, RECORD_BYTES_MAX);
    }

    @Test
    void draft_anyMeta_canStandInARecordAndStaysAsItIs() {
        Random random = new Random(61);
        for (int i = 0; i < 3_000; i++) {
            JsonObject given = randomObject(random, 1 + random.nextInt(12));

            JsonObject once = draft().meta(given).build().meta();

            assertRecordable(once);
            assertThat(depth(once)).isLessThanOrEqualTo(7);
            assertThat(draft().meta(once).build().meta()).isEqualTo(once);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0a",
                "0A0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
                "zz0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
            })
    void build_digestThatIsNone_isRefused(String hex) {
        assertThatThrownBy(() -> draft().inputHmac(hex).build())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> draft().outputHmac(hex).build())
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {-2, Long.MIN_VALUE, 9_007_199_254_740_992L})
    void build_latencyThatIsNone_isRefused(long latency) {
        assertThatThrownBy(() -> draft().latencyMicros(latency).build())
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource(EventType.class)
    void eventType_everyWord_isItsNameInOnePiece(EventType type) {
        assertThat(type.wire().toUpperCase(Locale.ROOT)).isEqualTo(type.name().replace("_", ""));
        assertThat(EventType.ofWire(type.wire())).contains(type);
    }

    @Test
    void words_ofTheContract_areAllThere() {
        assertThat(EventType.values()).hasSize(22);
        assertThat(AuditOutcome.values())
                .extracting(AuditOutcome::wire)
                .containsExactly("success", "refused", "error");
        assertThat(AuditOutcome.ofWire("refused")).contains(AuditOutcome.REFUSED);
        assertThat(AuditOutcome.ofWire("REFUSED")).isEmpty();
    }

    @Test
    void reference_arraysChangedLater_isUnchanged() {
        byte[] hash = new byte[32];
        byte[] head = new byte[32];
        RecordReference reference = new RecordReference(ACME, 7, hash, head, Instant.EPOCH);

        hash[0] = 1;
        reference.head()[0] = 1;

        assertThat(reference.hashHex()).isEqualTo("00".repeat(32));
        assertThat(reference.headHex()).isEqualTo("00".repeat(32));
        assertThat(reference)
                .isEqualTo(new RecordReference(ACME, 7, new byte[32], head, Instant.EPOCH))
                .isNotEqualTo(new RecordReference(ACME, 7, hash, head, Instant.EPOCH))
                .hasToString("acme/7 " + "00".repeat(32));
        assertThatThrownBy(() -> new RecordReference(ACME, -1, head, head, Instant.EPOCH))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RecordReference(ACME, 0, new byte[31], head, Instant.EPOCH))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static AuditDraft.Builder draft() {
        return AuditDraft.builder(ACME, EventType.PROTOCOL_INVOCATION, AuditOutcome.SUCCESS);
    }

    private static String caller(String did) {
        return draft().callerDid(did).build().callerDid().orElseThrow();
    }

    private static JsonObject meta(String json) {
        return draft().meta(object(json)).build().meta();
    }

    private static JsonObject object(String json) {
        return JsonReader.parseObject(json.getBytes(UTF_8), JsonReader.Limits.DEFAULT);
    }

    private static JsonObject digest(JsonObject object) {
        return JsonObject.builder()
                .put("sha256", sha256(CanonicalJson.text(object)))
                .put("truncated", true)
                .build();
    }

    private static String sha256(String text) {
        return Hex.encode(Sha256.hash(text.getBytes(UTF_8)));
    }

    private static JsonObject randomObject(Random random, int depth) {
        JsonObject.Builder object = JsonObject.builder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            String name = random.nextInt(15) == 0 ? "Bad-" + i : "name_" + i;
            object.put(name, randomValue(random, depth - 1));
        }
        return object.build();
    }

    private static JsonValue randomValue(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 4)) {
            case 0 -> new JsonString("é".repeat(random.nextInt(300)));
            case 1 -> new JsonNumber(random.nextInt() * Math.pow(10, random.nextInt(16) - 4));
            case 2 -> JsonNumber.of(random.nextInt());
            case 3 -> new JsonString("x");
            case 4, 5 -> JsonArray.of(randomValue(random, depth - 1));
            default -> randomObject(random, depth);
        };
    }

    private static void assertRecordable(JsonValue value) {
        switch (value) {
            case JsonObject object ->
                    object.members()
                            .forEach((name, member) -> {
                                assertThat(name).matches("[a-z0-9_]{1,64}");
                                assertRecordable(member);
                            });
            case JsonArray array -> array.values().forEach(AuditDraftTest::assertRecordable);
            case JsonString(String text) ->
                    assertThat(text.getBytes(UTF_8).length).isLessThanOrEqualTo(256);
            case JsonNumber number -> assertThat(number.isWhole()).isTrue();
            default -> {}
        }
    }

    private static int depth(JsonValue value) {
        return switch (value) {
            case JsonObject object ->
                    1
                            + object.members().values().stream()
                                    .mapToInt(AuditDraftTest::depth)
                                    .max()
                                    .orElse(0);
            case JsonArray array ->
                    1 + array.values().stream().mapToInt(AuditDraftTest::depth).max().orElse(0);
            default -> 0;
        };
    }
}
