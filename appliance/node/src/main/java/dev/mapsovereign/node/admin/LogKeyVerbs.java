package dev.mapsovereign.node.admin;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogStatus;
import dev.mapsovereign.auditlog.record.KeyEpochs;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.note.VerifierKey;
import dev.mapsovereign.custody.KeyRole;
import dev.mapsovereign.node.NodeCore;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** The keys with which the audit log signs: how they are, and how they change. */
final class LogKeyVerbs {
    private LogKeyVerbs() {}

    static JsonObject rotate(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        String role = Arguments.text(arguments, "role");
        if (!role.equals(KeyRole.LOG.text())) {
            throw new OperatorException(
                    ExitCode.USAGE, "the key '" + role + "' cannot be rotated", "only: log");
        }
        AuditLog log = core.auditLog();
        VerifierKey before = log.nodeKey();
        int epoch = log.keyEpoch();
        JsonObject.Builder facts =
                JsonObject.builder()
                        .put("logs", log.tenants().size())
                        .put("old_epoch", epoch)
                        .put("old_node_key", before.vkey())
                        .put("old_node_key_fingerprint", before.fingerprint());
        if (arguments.bool("dry_run").orElse(false)) {
            return facts.put("dry_run", true).put("new_epoch", epoch + 1).build();
        }
        core.exporter()
                .withoutExports(() ->
                        core.logSeeds()
                                .rotate(
                                        log,
                                        step ->
                                                progress.accept(
                                                        step.name()
                                                                .toLowerCase(Locale.ROOT)
                                                                .replace('_', ' '))));
        return facts.put("dry_run", false)
                .put("new_epoch", log.keyEpoch())
                .put("new_node_key", log.nodeKey().vkey())
                .put("new_node_key_fingerprint", log.nodeKey().fingerprint())
                .build();
    }

    static JsonObject status(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        AuditLog log = core.auditLog();
        List<JsonValue> logs =
                log.status().tenants().stream()
                        .<JsonValue>map(each -> logFacts(log, each))
                        .toList();
        return JsonObject.builder()
                .put("node", log.node())
                .put("epoch", log.keyEpoch())
                .put("node_key", log.nodeKey().vkey())
                .put("node_key_fingerprint", log.nodeKey().fingerprint())
                .put("rotation_under_way", core.keys().nextInfo(KeyRole.LOG).isPresent())
                .put("logs", new JsonArray(logs))
                .build();
    }

    private static JsonObject logFacts(AuditLog log, AuditLogStatus.TenantStatus status) {
        TenantId tenant = status.tenant();
        KeyEpochs epochs = log.keyEpochs(tenant);
        List<JsonValue> stated =
                epochs.epochs().stream()
                        .<JsonValue>map(epoch ->
                                JsonObject.builder()
                                        .put("from_size", Long.toString(epoch.fromSize()))
                                        .put("key", epoch.keys().getFirst().vkey())
                                        .put("fingerprint", epoch.keys().getFirst().fingerprint())
                                        .build())
                        .toList();
        return JsonObject.builder()
                .put("tenant", tenant.value())
                .put("records", Long.toString(status.head().size()))
                .put("keys", new JsonArray(stated))
                .build();
    }
}
