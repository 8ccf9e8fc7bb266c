package dev.mapsovereign.auditlog.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(SeededRandomExtension.class)
class RecordFormatTest {
    private static final TenantId ACME = TenantId.of("acme");
    private static final List<EventType> EVENTS = List.of(EventType.values());
    private static final List<AuditOutcome> OUTCOMES = List.of(AuditOutcome.values());
    private static final Instant TIME = Instant.parse("2026-11-23T18:08:00.000123Z");
    private static final byte[] TIME_TEXT = RecordTime.ascii(RecordTime.micros(TIME));
    private static final CorrelationId CALL =
            CorrelationId.parse("0b9c8f0e-1f6a-4f0e-9d3c-2f6a7b8c9d0e");

    @Test
    void prepare_allMembers_standInCanonicalOrder() {
        byte[] record = RecordFormat.prepare(full()).toBytes(41, TIME_TEXT);
        assertThat(new String(record, StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"caller_did\":\"did:oas:x:agent:é\",\"code\":\"capability_denied\","
                                + "\"correlation_id\":\"0b9c8f0e-1f6a-4f0e-9d3c-2f6a7b8c9d0e\","
                                + "\"event_type\":\"SecurityViolation\",\"index\":\"41\","
                                + "\"input_hmac\":\""
                                + "ab".repeat(32)
                                + "\",\"latency_us\":250,\"meta\":{\"a\":1,\"b\":[true,null]},"
                                + "\"operation\":\"audit_query\",\"outcome\":\"refused\","
                                + "\"output_hmac\":\""
                                + "cd".repeat(32)
                                + "\",\"protocol\":\"MAX\",\"stage\":\"security_gating\","
                                + "\"tenant_id\":\"acme\","
                                + "\"timestamp\":\"2026-11-23T18:08:00.000123Z\",\"v\":1,"
                                + "\"version\":\"v1.0.0\"}");
    }

    @Test
    void prepare_absentMembers_areLeftOut() {
        AuditDraft draft =
                AuditDraft.builder(TenantId.NODE, EventType.NODE_STARTED, AuditOutcome.SUCCESS)
                        .build();
        assertThat(
                        new String(
                                RecordFormat.prepare(draft).toBytes(0, TIME_TEXT),
                                StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"event_type\":\"NodeStarted\",\"index\":\"0\",\"outcome\":\"success\","
                                + "\"tenant_id\":\"_node\","
                                + "\"timestamp\":\"2026-11-23T18:08:00.000123Z\",\"v\":1}");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 9, 10, 99, 100, 1_000_000, Long.MAX_VALUE})
    void prepare_anyIndex_readsBackAsDrafted(long index) {
        PreparedRecord prepared = RecordFormat.prepare(full());
        byte[] bytes = prepared.toBytes(index, TIME_TEXT);
        assertThat(bytes.length).isLessThanOrEqualTo(prepared.lengthMax());
        AuditRecord record = AuditRecord.parse(bytes);
        assertThat(record.index()).isEqualTo(index);
        assertThat(record.tenant()).isEqualTo(ACME);
        assertThat(record.event()).contains(EventType.SECURITY_VIOLATION);
        assertThat(record.timestamp()).isEqualTo(TIME);
        assertThat(record.outcome()).isEqualTo(AuditOutcome.REFUSED);
        assertThat(record.correlationId()).contains(CALL);
        assertThat(record.callerDid()).contains("did:oas:x:agent:é");
        assertThat(record.code()).contains("capability_denied");
        assertThat(record.latencyMicros()).isEqualTo(OptionalLong.of(250));
        assertThat(record.meta()).isEqualTo(full().meta());
    }

    @Test
    void prepare_anyDraft_isWhatTheDullWriterWrites(SeededRandom random) {
        for (int round = 0; round < 500; round++) {
            byte[] record =
                    RecordFormat.prepare(random(random)).toBytes(random.nextInt(1000), TIME_TEXT);
            assertThat(CanonicalJson.encode(JsonReader.parse(record))).isEqualTo(record);
            AuditRecord.parse(record);
        }
    }

    @Test
    void prepare_metaBeyondARecord_leavesItsDigest() {
        JsonObject meta = JsonObject.builder().put("text", "x".repeat(70_000)).build();
        AuditDraft draft = AuditDraft.builder(ACME, EventType.ERROR, AuditOutcome.ERROR).build();
        byte[] record = RecordFormat.prepare(draft, meta).toBytes(0, TIME_TEXT);
        assertThat(record.length).isLessThan(1000);
        assertThat(AuditRecord.parse(record).meta())
                .isEqualTo(
                        JsonObject.builder()
                                .put("sha256", Hex.encode(Sha256.hash(CanonicalJson.encode(meta))))
                                .put("truncated", true)
                                .build());
    }

    @Test
    void prepareInterrupted_keepsTheCallAndSaysSo() {
        AuditRecord record =
                AuditRecord.parse(
                        RecordFormat.prepareInterrupted(full(), full().meta())
                                .toBytes(0, TIME_TEXT));
        assertThat(record.eventType()).isEqualTo("Error");
        assertThat(record.outcome()).isEqualTo(AuditOutcome.ERROR);
        assertThat(record.code()).contains("interrupted");
        assertThat(record.operation()).contains("audit_query");
        assertThat(record.correlationId()).contains(CALL);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-23T18:08:00Z, 2026-11-23T18:08:00.000000Z",
        "1969-12-31T23:59:59.999999Z, 1969-12-31T23:59:59.999999Z",
        "2000-02-29T00:00:00.5Z, 2000-02-29T00:00:00.500000Z",
        "9999-12-31T23:59:59.999999999Z, 9999-12-31T23:59:59.999999Z",
    })
    void recordTime_anyInstant_hasOneSpelling(String instant, String text) {
        byte[] ascii = RecordTime.ascii(RecordTime.micros(Instant.parse(instant)));
        assertThat(new String(ascii, StandardCharsets.US_ASCII)).isEqualTo(text);
        assertThat(RecordTime.parse(text))
                .isEqualTo(RecordTime.instant(RecordTime.micros(Instant.parse(instant))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-23T18:08:00Z",
                "2026-11-23t18:08:00.000000Z",
                "2026-11-23T18:08:00.000000z",
                "2026-11-23T24:00:00.000000Z",
                "2026-02-30T18:08:00.000000Z",
                "2026-11-23T18:08:60.000000Z",
                "2026-11-23T18:08:00.00000+0",
                ""
            })
    void recordTime_otherSpelling_isRefused(String text) {
        assertThatThrownBy(() -> RecordTime.parse(text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static AuditDraft full() {
        return AuditDraft.builder(ACME, EventType.SECURITY_VIOLATION, AuditOutcome.REFUSED)
                .correlationId(CALL)
                .callerDid("did:oas:x:agent:é")
                .protocol("MAX")
                .version("v1.0.0")
                .operation("audit_query")
                .stage("security_gating")
                .code(ErrorCode.CAPABILITY_DENIED)
                .latencyMicros(250)
                .inputHmac("ab".repeat(32))
                .outputHmac("cd".repeat(32))
                .meta(
                        JsonReader.parseObject(
                                "{\"b\":[true,null],\"a\":1}".getBytes(StandardCharsets.UTF_8),
                                JsonReader.Limits.DEFAULT))
                .build();
    }

    private static AuditDraft random(SeededRandom random) {
        AuditDraft.Builder draft =
                AuditDraft.builder(
                        random.nextBoolean() ? ACME : TenantId.NODE,
                        EVENTS.get(random.nextInt(EVENTS.size())),
                        OUTCOMES.get(random.nextInt(OUTCOMES.size())));
        if (random.nextBoolean()) {
            draft.callerDid(text(random));
        }
        if (random.nextBoolean()) {
            draft.operation(text(random)).protocol(text(random));
        }
        if (random.nextBoolean()) {
            draft.meta(
                    JsonObject.builder()
                            .put("a", wellFormed(text(random)))
                            .put("z", random.nextLong(1L << 53))
                            .put("m", random.nextBoolean())
                            .build());
        }
        return draft.build();
    }

    private static String wellFormed(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /** Any characters: controls, quotes, two-byte, surrogates alone and in pairs. */
    private static String text(SeededRandom random) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(300);
        while (text.length() < length) {
            text.append(
                    (char) (random.nextInt(8) == 0 ? random.nextInt(65_536) : random.nextInt(128)));
        }
        return text.toString();
    }
}
