package dev.mapsovereign.node.admin;

import dev.mapsovereign.auditlog.Intent;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.context.ApiKey;
import dev.mapsovereign.engine.context.ApiKeys;
import dev.mapsovereign.engine.context.Tenants;
import dev.mapsovereign.node.NodeCore;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/** Tenants and their API keys; each change leaves a record. */
final class TenantVerbs {
    private TenantVerbs() {}

    static JsonObject create(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        TenantId tenant = Arguments.tenant(arguments);
        boolean existed = core.tenants().find(tenant.value()).isPresent();
        core.tenants().create(tenant);
        return JsonObject.builder()
                .put("tenant", tenant.value())
                .put("created", !existed)
                .put("origin", core.auditLog().origin(tenant))
                .build();
    }

    static JsonObject list(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        return JsonObject.builder()
                .put(
                        "tenants",
                        new JsonArray(
                                core.tenants().list().stream()
                                        .<JsonValue>map(tenant -> facts(core, tenant))
                                        .toList()))
                .build();
    }

    private static JsonObject facts(NodeCore core, Tenants.Tenant tenant) {
        return JsonObject.builder()
                .put("tenant", tenant.id().value())
                .put("active", tenant.active())
                .put("created_at", tenant.createdAt().toString())
                .put("records", Long.toString(core.auditLog().head(tenant.id()).size()))
                .build();
    }

    static JsonObject suspend(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        TenantId tenant = Arguments.tenant(arguments);
        boolean resume = arguments.bool("resume").orElse(false);
        if (core.tenants().setActive(tenant, resume).isEmpty()) {
            throw noTenant(tenant);
        }
        changed(core, "tenant", tenant.value(), resume ? "resumed" : "suspended");
        return JsonObject.builder().put("tenant", tenant.value()).put("active", resume).build();
    }

    static JsonObject createKey(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        TenantId tenant = requireTenant(core, Arguments.tenant(arguments));
        AgentDid did = Arguments.did(arguments);
        String label = arguments.text("label").orElse("");
        Optional<Instant> expires = Arguments.time(arguments, "expires");
        ApiKeys.Created created = makeKey(core, tenant, did, label, expires);
        return keyFacts(created.key())
                .with("api_key", new dev.mapsovereign.base.json.JsonString(created.text()));
    }

    /** The intent is durable before the key works: a key that nobody recorded cannot exist. */
    static ApiKeys.Created makeKey(
            NodeCore core, TenantId tenant, AgentDid did, String label, Optional<Instant> expires) {
        Intent intent = core.auditLog().begin(change("api_key", did.text(), "creating"));
        ApiKeys.Created created = core.apiKeys().create(tenant, did, label, expires);
        intent.complete(change("api_key", created.key().id(), "created"));
        return created;
    }

    static JsonObject listKeys(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        Optional<TenantId> tenant = arguments.text("tenant").map(_ -> Arguments.tenant(arguments));
        return JsonObject.builder()
                .put(
                        "api_keys",
                        new JsonArray(
                                core.apiKeys().list(tenant).stream()
                                        .<JsonValue>map(TenantVerbs::keyFacts)
                                        .toList()))
                .build();
    }

    static JsonObject revokeKey(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        String id = Arguments.text(arguments, "id");
        ApiKey info =
                core.apiKeys()
                        .revoke(id)
                        .orElseThrow(() ->
                                new OperatorException(
                                        ExitCode.FAILED,
                                        "no API key " + id,
                                        "see: map apikey list"));
        changed(core, "api_key", id, "revoked");
        return keyFacts(info);
    }

    private static JsonObject keyFacts(ApiKey info) {
        return JsonObject.builder()
                .put("id", info.id())
                .put("tenant", info.tenant().value())
                .put("did", info.did().text())
                .put("label", info.label())
                .put("created_at", info.createdAt().toString())
                .putIfPresent("expires_at", info.expiresAt().map(Object::toString))
                .putIfPresent("revoked_at", info.revokedAt().map(Object::toString))
                .build();
    }

    static void changed(NodeCore core, String what, String which, String change) {
        core.auditLog().append(change(what, which, change));
    }

    private static AuditDraft change(String what, String which, String change) {
        return AuditDraft.builder(TenantId.NODE, EventType.CONFIG_CHANGED, AuditOutcome.SUCCESS)
                .meta(JsonObject.builder().put("change", change).put(what, which).build())
                .build();
    }

    static TenantId requireTenant(NodeCore core, TenantId tenant) {
        if (core.tenants().find(tenant.value()).isEmpty()) {
            throw noTenant(tenant);
        }
        return tenant;
    }

    private static OperatorException noTenant(TenantId tenant) {
        return new OperatorException(
                ExitCode.FAILED,
                "no tenant " + tenant.value(),
                "make it with: map tenant create " + tenant.value());
    }
}
