package dev.mapsovereign.node.admin;

import dev.mapsovereign.auditlog.Intent;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.capability.Grants;
import dev.mapsovereign.engine.context.ApiKey;
import dev.mapsovereign.engine.context.ApiKeys;
import dev.mapsovereign.engine.context.Tenants;
import dev.mapsovereign.node.NodeCore;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/** Tenants, their API keys and their agents' capabilities; each change leaves a record. */
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

    static JsonObject grant(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        TenantId tenant = requireTenant(core, Arguments.tenant(arguments));
        AgentDid did = Arguments.did(arguments);
        CapabilityName capability = Arguments.capability(arguments);
        Optional<Instant> expires = Arguments.time(arguments, "expires");
        String reason = arguments.text("reason").orElse("");
        Intent intent =
                core.auditLog().begin(capabilityDraft(tenant, did, capability, reason, "granting"));
        Grants.Grant grant = core.grants().grant(tenant, did, capability, expires, reason);
        intent.complete(capabilityDraft(tenant, did, capability, reason, "granted"));
        return grantFacts(grant);
    }

    static JsonObject revoke(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        TenantId tenant = requireTenant(core, Arguments.tenant(arguments));
        Grants.Grant grant =
                core.grants()
                        .revoke(
                                tenant,
                                Arguments.did(arguments),
                                Arguments.capability(arguments),
                                arguments.text("reason").orElse(""));
        // A revocation must work even where no record can be written; the record follows at once.
        core.auditLog()
                .append(
                        capabilityDraft(
                                tenant,
                                grant.did(),
                                grant.capability(),
                                grant.reason(),
                                "revoked"));
        return grantFacts(grant);
    }

    private static JsonObject grantFacts(Grants.Grant grant) {
        return JsonObject.builder()
                .put("tenant", grant.tenant().value())
                .put("did", grant.did().text())
                .put("capability", grant.capability().value())
                .putIfPresent("expires_at", grant.expiresAt().map(Object::toString))
                .putIfPresent("revoked_at", grant.revokedAt().map(Object::toString))
                .build();
    }

    private static AuditDraft capabilityDraft(
            TenantId tenant,
            AgentDid did,
            CapabilityName capability,
            String reason,
            String change) {
        return AuditDraft.builder(tenant, EventType.CAPABILITY_GRANT, AuditOutcome.SUCCESS)
                .meta(
                        JsonObject.builder()
                                .put("capability", capability.value())
                                .put("change", change)
                                .put("did", did.text())
                                .put("reason", reason)
                                .build())
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

    private static TenantId requireTenant(NodeCore core, TenantId tenant) {
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
