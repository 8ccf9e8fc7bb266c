package dev.mapsovereign.node.admin;

import dev.mapsovereign.auditlog.payload.Payload;
import dev.mapsovereign.auditlog.payload.PayloadConfig;
import dev.mapsovereign.auditlog.payload.PayloadDamageException;
import dev.mapsovereign.auditlog.payload.PayloadStore;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditstore.AuditIndex;
import dev.mapsovereign.auditstore.AuditQuery;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.node.NodeCore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** What calls carried, where the site keeps that. */
final class PayloadVerbs {
    private PayloadVerbs() {}

    static JsonObject read(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        PayloadConfig config =
                core.config()
                        .payloads()
                        .orElseThrow(() ->
                                new OperatorException(
                                        ExitCode.USAGE,
                                        "this site keeps no payloads",
                                        "audit.payloads.enabled = true keeps those of later"
                                                + " calls"));
        TenantId tenant = Arguments.tenant(arguments);
        CorrelationId call = Arguments.parsed(arguments, "correlation_id", CorrelationId::parse);
        recordAccess(core, tenant, call);
        List<AuditRecord> records = records(core, tenant, call);
        List<JsonValue> parts =
                payloads(config, core, tenant, call).stream()
                        .<JsonValue>map(payload -> facts(payload, records))
                        .toList();
        return JsonObject.builder()
                .put("tenant", tenant.value())
                .put("correlation_id", call.toString())
                .put("payloads", new JsonArray(parts))
                .build();
    }

    /** First of all, and durably: who looks without a trace has not looked. */
    private static void recordAccess(NodeCore core, TenantId tenant, CorrelationId call) {
        core.auditLog()
                .append(
                        AuditDraft.builder(TenantId.NODE, EventType.KEY_USED, AuditOutcome.SUCCESS)
                                .operation("payload_read")
                                .meta(
                                        JsonObject.builder()
                                                .put("of_correlation_id", call.toString())
                                                .put("of_tenant_id", tenant.value())
                                                .put("role", "payload")
                                                .build())
                                .build());
    }

    private static List<Payload> payloads(
            PayloadConfig config, NodeCore core, TenantId tenant, CorrelationId call) {
        try {
            return PayloadStore.read(config, core.payloadSeed(), tenant, call);
        } catch (PayloadDamageException e) {
            throw new OperatorException(ExitCode.TAMPERING, String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.FAILED, "a payload cannot be read: " + e.getMessage(), e);
        }
    }

    private static List<AuditRecord> records(NodeCore core, TenantId tenant, CorrelationId call) {
        return new AuditIndex(core.currentDatabase(), core.auditLog())
                        .query(
                                AuditQuery.builder(tenant)
                                        .correlationId(Optional.of(call.toString()))
                                        .build())
                        .rows()
                        .stream()
                        .map(row -> AuditRecord.parse(row.record()))
                        .toList();
    }

    private static JsonObject facts(Payload payload, List<AuditRecord> records) {
        JsonObject.Builder facts =
                JsonObject.builder()
                        .put("part", part(payload, records))
                        .put("hmac", payload.hmac())
                        .put("day", payload.day().toString())
                        .put("bytes", payload.content().length);
        Optional<String> text = text(payload.content());
        return text.isPresent()
                ? facts.put("text", text.get()).build()
                : facts.put("base64", StrictBase64.encode(payload.content())).build();
    }

    /** Which of the record's digests it is; the index may lag behind a call of this moment. */
    private static String part(Payload payload, List<AuditRecord> records) {
        Optional<String> hmac = Optional.of(payload.hmac());
        if (records.stream().anyMatch(record -> record.inputHmac().equals(hmac))) {
            return "input";
        }
        return records.stream().anyMatch(record -> record.outputHmac().equals(hmac))
                ? "output"
                : "in no record of the index";
    }

    private static Optional<String> text(byte[] content) {
        try {
            return Optional.of(
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(content))
                            .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
