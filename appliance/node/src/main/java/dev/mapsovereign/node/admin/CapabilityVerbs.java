package dev.mapsovereign.node.admin;

import dev.mapsovereign.auditlog.Intent;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.capability.Terms;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.capability.CapabilityExplanation;
import dev.mapsovereign.engine.capability.CapabilitySet;
import dev.mapsovereign.engine.capability.CapabilitySources;
import dev.mapsovereign.engine.capability.Grants;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.policy.PolicyName;
import dev.mapsovereign.node.NodeCore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** What agents may call; each change leaves a record in the tenant's chain. */
final class CapabilityVerbs {
    private CapabilityVerbs() {}

    static JsonObject grant(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        TenantId tenant = TenantVerbs.requireTenant(core, Arguments.tenant(arguments));
        AgentDid did = Arguments.did(arguments);
        Capability capability =
                new Capability(
                        Arguments.capability(arguments),
                        Arguments.time(arguments, "expires"),
                        terms(Terms::limits, arguments, "limits"),
                        terms(Terms::caveats, arguments, "caveats"));
        requireUnderstood(capability);
        String reason = arguments.text("reason").orElse("");
        Intent intent = core.auditLog().begin(draft(tenant, did, capability, reason, "granting"));
        sayWhatIsWider(core.capabilitySources().of(tenant, did), capability, progress);
        Grants.Grant grant = core.grants().grant(tenant, did, capability, reason);
        intent.complete(draft(tenant, did, capability, reason, "granted"));
        return facts(grant);
    }

    private static <T> T terms(Function<List<String>, T> parse, JsonObject arguments, String name) {
        try {
            return parse.apply(Arguments.texts(arguments, name));
        } catch (IllegalArgumentException e) {
            throw new OperatorException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    /** Such a grant would never hold. */
    private static void requireUnderstood(Capability capability) {
        List<String> unknown = capability.notUnderstood();
        if (!unknown.isEmpty()) {
            throw new OperatorException(
                    ExitCode.USAGE,
                    "no limit or caveat " + unknown.getFirst() + " is known",
                    "limits: calls_per_minute, max_per_hour, calls_per_day, input_bytes_max,"
                            + " max_tokens; caveats: time:HH-HH, jurisdiction:NAME,"
                            + " action_kind:read-only");
        }
    }

    /** A grant adds; whoever wants to narrow what an agent may do has to take the wider away. */
    private static void sayWhatIsWider(
            CapabilitySet held, Capability given, Consumer<String> progress) {
        if (given.isPlain()) {
            return;
        }
        held.entries(Instant.MIN).stream()
                .filter(entry -> entry.capability().isPlain())
                .filter(entry -> entry.name().covers(given.name()))
                .forEach(entry ->
                        progress.accept(
                                "note: "
                                        + entry.name()
                                        + " is held without terms besides ("
                                        + entry.source()
                                        + "), so these terms narrow nothing; map capability revoke"
                                        + " takes it away, then grant again"));
    }

    static JsonObject revoke(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        TenantId tenant = TenantVerbs.requireTenant(core, Arguments.tenant(arguments));
        Grants.Grant grant =
                core.grants()
                        .revoke(
                                tenant,
                                Arguments.did(arguments),
                                Arguments.capability(arguments),
                                arguments.text("reason").orElse(""));
        // A revocation must work even where no record can be written; the record follows at once.
        core.auditLog()
                .append(draft(tenant, grant.did(), grant.given(), grant.reason(), "revoked"));
        return facts(grant);
    }

    static JsonObject list(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        TenantId tenant = TenantVerbs.requireTenant(core, Arguments.tenant(arguments));
        Optional<AgentDid> did = arguments.text("did").map(_ -> Arguments.did(arguments));
        List<Grants.Grant> rows =
                did.map(of -> core.grants().of(tenant, of))
                        .orElseGet(() -> core.grants().list(tenant));
        return JsonObject.builder()
                .put(
                        "grants",
                        new JsonArray(
                                rows.stream().<JsonValue>map(CapabilityVerbs::facts).toList()))
                .build();
    }

    static JsonObject explain(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        AgentDid did = Arguments.did(arguments);
        CapabilityName wanted = operation(Arguments.text(arguments, "operation"));
        TenantId tenant = tenantOf(core, did, arguments);
        Instant at = Arguments.time(arguments, "at").orElseGet(() -> core.clock().instant());
        CapabilitySources sources = core.capabilitySources();
        return CapabilityExplanation.of(
                        sources, tenant, did, wanted, sources.facts(tenant, at, Optional.empty()))
                .json()
                .toBuilder()
                .put("policies", asked(core, tenant, wanted, at))
                .put("did", did.text())
                .put("tenant", tenant.value())
                .put("at", at.toString())
                .build();
    }

    /** Which policies decide about such a call as well; how, depends on the call. */
    private static JsonArray asked(
            NodeCore core, TenantId tenant, CapabilityName wanted, Instant at) {
        Optional<Boolean> readOnly = Operations.find(core, wanted).map(OperationSpec::readOnly);
        return JsonArray.ofStrings(
                core.policies().at(at).asked(tenant, wanted, readOnly).stream()
                        .map(PolicyName::toString)
                        .toList());
    }

    /** {@code MAX.audit_query}, as an audit record names it, or the capability itself. */
    static CapabilityName operation(String text) {
        try {
            int dot = text.indexOf('.');
            CapabilityName name =
                    text.startsWith("map.") || dot < 0
                            ? new CapabilityName(text)
                            : CapabilityName.of(text.substring(0, dot), text.substring(dot + 1));
            if (name.isPattern()) {
                throw new IllegalArgumentException(text + " is a pattern, not one operation");
            }
            return name;
        } catch (IllegalArgumentException e) {
            throw new OperatorException(
                    ExitCode.USAGE,
                    String.valueOf(e.getMessage()),
                    "such as MAX.audit_query or map.max.audit_query");
        }
    }

    /** The one that was named, or the only one there is. */
    static TenantId tenantOf(NodeCore core, AgentDid did, JsonObject arguments) {
        if (arguments.has("tenant")) {
            return TenantVerbs.requireTenant(core, Arguments.tenant(arguments));
        }
        List<TenantId> tenants = core.tenants().list().stream().map(tenant -> tenant.id()).toList();
        if (tenants.size() != 1) {
            throw new OperatorException(
                    ExitCode.USAGE,
                    "this site has "
                            + tenants.size()
                            + " tenants; in which one shall "
                            + did.text()
                            + " be looked at?",
                    "name it with --tenant");
        }
        return tenants.getFirst();
    }

    private static JsonObject facts(Grants.Grant grant) {
        JsonObject.Builder json =
                JsonObject.builder()
                        .put("tenant", grant.tenant().value())
                        .put("did", grant.did().text())
                        .put("capability", grant.capability().value())
                        .put("granted_at", grant.grantedAt().toString())
                        .putIfPresent("expires_at", grant.expiresAt().map(Object::toString))
                        .putIfPresent("revoked_at", grant.revokedAt().map(Object::toString));
        grant.given().terms().members().forEach(json::put);
        return json.build();
    }

    private static AuditDraft draft(
            TenantId tenant, AgentDid did, Capability capability, String reason, String change) {
        JsonObject.Builder meta =
                JsonObject.builder()
                        .put("capability", capability.name().value())
                        .put("change", change)
                        .put("did", did.text())
                        .put("reason", reason);
        capability.expires().ifPresent(end -> meta.put("expires_at", end.toString()));
        capability.terms().members().forEach(meta::put);
        return AuditDraft.builder(tenant, EventType.CAPABILITY_GRANT, AuditOutcome.SUCCESS)
                .meta(meta.build())
                .build();
    }
}
