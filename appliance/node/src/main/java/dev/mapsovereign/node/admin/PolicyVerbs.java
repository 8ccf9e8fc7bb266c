package dev.mapsovereign.node.admin;

import dev.mapsovereign.auditlog.Intent;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.policy.CompiledPolicy;
import dev.mapsovereign.engine.policy.Policy;
import dev.mapsovereign.engine.policy.PolicyCheck;
import dev.mapsovereign.engine.policy.PolicyName;
import dev.mapsovereign.engine.policy.PolicyRefusedException;
import dev.mapsovereign.engine.policy.cedar.CedarSyntaxException;
import dev.mapsovereign.node.NodeCore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What calls are refused although the capability is held; each change leaves a record. */
final class PolicyVerbs {
    private PolicyVerbs() {}

    static JsonObject author(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        PolicyName name = name(arguments);
        Optional<TenantId> tenant = tenant(core, arguments);
        String body = Arguments.text(arguments, "body");
        Optional<Instant> from = Arguments.time(arguments, "active_from");
        String reason = arguments.text("reason").orElse("");
        CompiledPolicy read = read(name, body);
        List<String> findings = PolicyCheck.findings(read, Operations.of(core));
        findings.forEach(finding -> progress.accept("note: " + finding));
        attempt(() -> {
            core.policies().requireAuthorable(name, tenant, body);
            core.policies().requireNotPast(from);
            return name;
        });
        JsonObject.Builder facts =
                JsonObject.builder()
                        .put("statements", read.statements().size())
                        .put("findings", JsonArray.ofStrings(findings));
        Policy wanted = Policy.authored(name, tenant, body, from, reason, core.clock().instant());
        if (arguments.bool("dry_run").orElse(false)) {
            return facts.put("authored", false)
                    .put("policy", name.id())
                    .put("version", name.version())
                    .put("sha256", wanted.sha256())
                    .build();
        }
        Policy kept =
                recorded(
                        core,
                        wanted,
                        "authored",
                        () -> keep(core, name, tenant, body, from, reason));
        facts.put("authored", true);
        facts(core, kept).members().forEach(facts::put);
        return facts.build();
    }

    private static Policy keep(
            NodeCore core,
            PolicyName name,
            Optional<TenantId> tenant,
            String body,
            Optional<Instant> from,
            String reason) {
        try {
            return core.policies().author(name, tenant, body, from, reason);
        } catch (CedarSyntaxException e) {
            throw notCedar(name, e);
        }
    }

    static JsonObject activate(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        PolicyName name = name(arguments);
        Policy wanted = version(core, name);
        Policy active = recorded(core, wanted, "activated", () -> core.policies().activate(name));
        return facts(core, active);
    }

    static JsonObject retire(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        String id = id(arguments);
        Policy newest = versions(core, id).getLast();
        Policy meant =
                versions(core, id).stream().filter(Policy::active).findFirst().orElse(newest);
        List<Policy> ended = recorded(core, meant, "retired", () -> core.policies().retire(id));
        return JsonObject.builder()
                .put("policy", id)
                .put(
                        "retired",
                        JsonArray.ofStrings(
                                ended.stream().map(each -> each.name().version()).toList()))
                .build();
    }

    static JsonObject list(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        return JsonObject.builder()
                .put(
                        "policies",
                        new JsonArray(
                                core.policies().list().stream()
                                        .<JsonValue>map(policy -> facts(core, policy))
                                        .toList()))
                .build();
    }

    static JsonObject show(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        String id = id(arguments);
        Set<PolicyName> inForce = core.policies().current().names();
        List<Policy> versions = versions(core, id);
        Policy shown =
                arguments.has("version")
                        ? version(core, name(arguments))
                        : versions.stream()
                                .filter(policy -> inForce.contains(policy.name()))
                                .findFirst()
                                .orElse(versions.getLast());
        return facts(core, shown).with("body", new JsonString(shown.body()));
    }

    static PolicyName name(JsonObject arguments) {
        String id = Arguments.text(arguments, "policy");
        return Arguments.parsed(arguments, "version", version -> new PolicyName(id, version));
    }

    private static String id(JsonObject arguments) {
        String id = Arguments.text(arguments, "policy");
        try {
            PolicyName.requireId(id);
        } catch (IllegalArgumentException e) {
            throw new OperatorException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
        return id;
    }

    private static Optional<TenantId> tenant(NodeCore core, JsonObject arguments) {
        return arguments.has("tenant")
                ? Optional.of(TenantVerbs.requireTenant(core, Arguments.tenant(arguments)))
                : Optional.empty();
    }

    /** Its statements, or what is wrong with the text. */
    static CompiledPolicy read(PolicyName name, String body) {
        try {
            return CompiledPolicy.of(name, body);
        } catch (CedarSyntaxException e) {
            throw notCedar(name, e);
        } catch (PolicyRefusedException e) {
            throw refused(e);
        }
    }

    private static OperatorException notCedar(PolicyName name, CedarSyntaxException e) {
        return new OperatorException(
                ExitCode.FAILED,
                name + " cannot be read: " + e.getMessage(),
                "line:column in its text; docs/reference/policies.md has the grammar");
    }

    private static List<Policy> versions(NodeCore core, String id) {
        List<Policy> versions = core.policies().versions(id);
        if (versions.isEmpty()) {
            throw new OperatorException(
                    ExitCode.FAILED, "there is no policy " + id, "see: map policy list");
        }
        return versions;
    }

    private static Policy version(NodeCore core, PolicyName name) {
        return versions(core, name.id()).stream()
                .filter(policy -> policy.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new OperatorException(
                                ExitCode.FAILED,
                                "there is no version " + name.version() + " of " + name.id(),
                                "see: map policy list"));
    }

    static <T> T attempt(Supplier<T> work) {
        try {
            return work.get();
        } catch (PolicyRefusedException e) {
            throw refused(e);
        }
    }

    private static OperatorException refused(PolicyRefusedException e) {
        return new OperatorException(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }

    /** Announces a change, makes it, and records how it ended. */
    private static <T> T recorded(NodeCore core, Policy policy, String change, Supplier<T> work) {
        Intent intent = core.auditLog().begin(draft(policy, change, Optional.empty()));
        T done;
        try {
            done = attempt(work);
        } catch (RuntimeException failed) {
            intent.complete(draft(policy, change, Optional.of(failed)));
            throw failed;
        }
        intent.complete(draft(policy, change, Optional.empty()));
        return done;
    }

    private static AuditDraft draft(
            Policy policy, String change, Optional<RuntimeException> failed) {
        JsonObject.Builder meta =
                JsonObject.builder()
                        .put("change", (failed.isPresent() ? "policy not " : "policy ") + change)
                        .put("policy", policy.name().id())
                        .put("version", policy.name().version())
                        .put("sha256", policy.sha256())
                        .putIfPresent("tenant", policy.tenant().map(TenantId::value))
                        .putIfPresent("active_from", policy.activeFrom().map(Object::toString))
                        .put("reason", policy.reason());
        AuditOutcome outcome = failed.isPresent() ? AuditOutcome.ERROR : AuditOutcome.SUCCESS;
        AuditDraft.Builder draft =
                AuditDraft.builder(TenantId.NODE, EventType.CONFIG_CHANGED, outcome)
                        .meta(meta.build());
        return failed.isPresent() ? draft.code(ErrorCode.INTERNAL).build() : draft.build();
    }

    private static JsonObject facts(NodeCore core, Policy policy) {
        return JsonObject.builder()
                .put("policy", policy.name().id())
                .put("version", policy.name().version())
                .put("state", state(core, policy))
                .putIfPresent("tenant", policy.tenant().map(TenantId::value))
                .put("sha256", policy.sha256())
                .put("authored_at", policy.authoredAt().toString())
                .putIfPresent("active_from", policy.activeFrom().map(Object::toString))
                .putIfPresent("activated_at", policy.activatedAt().map(Object::toString))
                .putIfPresent("retired_at", policy.retiredAt().map(Object::toString))
                .put("reason", policy.reason())
                .build();
    }

    private static String state(NodeCore core, Policy policy) {
        if (core.policies().current().names().contains(policy.name())) {
            return "in force";
        }
        if (policy.activatedAt().isEmpty()) {
            return "authored";
        }
        if (policy.retiredAt().isPresent()) {
            return "retired";
        }
        return policy.waits(core.clock().instant()) ? "waits" : "superseded";
    }
}
