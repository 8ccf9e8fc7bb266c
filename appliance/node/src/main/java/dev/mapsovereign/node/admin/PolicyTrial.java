package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.capability.CapabilityExplanation;
import dev.mapsovereign.engine.capability.CapabilitySources;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.policy.Policy;
import dev.mapsovereign.engine.policy.PolicyCall;
import dev.mapsovereign.engine.policy.PolicyName;
import dev.mapsovereign.engine.policy.PolicyVerdict;
import dev.mapsovereign.node.NodeCore;
import dev.mapsovereign.node.identity.RegistryIdentities;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** {@code map policy test}: what would be decided about a call, and by which policy. */
final class PolicyTrial {
    private static final String UNNAMED = "test";
    private static final String UNVERSIONED = "v0.0.0";

    private PolicyTrial() {}

    static JsonObject run(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        AgentDid did = Arguments.did(arguments);
        CapabilityName operation =
                CapabilityVerbs.operation(Arguments.text(arguments, "operation"));
        TenantId tenant = CapabilityVerbs.tenantOf(core, did, arguments);
        Instant at = Arguments.time(arguments, "at").orElseGet(() -> core.clock().instant());
        CapabilitySources sources = core.capabilitySources();
        CapabilityExplanation held =
                CapabilityExplanation.of(
                        sources,
                        tenant,
                        did,
                        operation,
                        sources.facts(tenant, at, Optional.empty()));
        PolicyCall call =
                new PolicyCall(
                        tenant,
                        new PolicyCall.Principal.Agent(
                                did, new RegistryIdentities(core.registry()).resolve(did)),
                        operation,
                        protocol(operation),
                        readOnly(core, operation, progress),
                        arguments.object("input").orElse(JsonObject.EMPTY),
                        circumstances(core, arguments, at));
        List<PolicyVerdict> verdicts =
                core.policies()
                        .trying(
                                candidate(core, tenant, arguments),
                                arguments.bool("alone").orElse(false),
                                at)
                        .judge(call);
        PolicyVerdict last = verdicts.getLast();
        return JsonObject.builder()
                .put("allowed", held.allowed() && last.outcome().allowed())
                .put("policies_allow", last.outcome().allowed())
                .put("rule", last.sentence(operation, did.text()))
                .put("capability_held", held.allowed())
                .put("capability_rule", held.rule())
                .put(
                        "levels",
                        new JsonArray(
                                verdicts.stream().<JsonValue>map(PolicyVerdict::json).toList()))
                .put("at", at.toString())
                .build();
    }

    private static Optional<Policy> candidate(
            NodeCore core, TenantId tenant, JsonObject arguments) {
        if (!arguments.has("body")) {
            return Optional.empty();
        }
        String body = Arguments.text(arguments, "body");
        PolicyName name =
                arguments.has("policy")
                        ? Arguments.parsed(
                                arguments, "policy", id -> new PolicyName(id, UNVERSIONED))
                        : new PolicyName(UNNAMED, UNVERSIONED);
        PolicyVerbs.read(name, body);
        boolean ofTenant = arguments.bool("of_tenant").orElse(false);
        return Optional.of(
                Policy.authored(
                        name,
                        ofTenant ? Optional.of(tenant) : Optional.empty(),
                        body,
                        Optional.empty(),
                        "",
                        core.clock().instant()));
    }

    /** A capability has the protocol's name in lower case; protocols are upper case. */
    private static String protocol(CapabilityName operation) {
        return operation.protocol().toUpperCase(Locale.ROOT);
    }

    private static boolean readOnly(
            NodeCore core, CapabilityName operation, Consumer<String> progress) {
        Optional<OperationSpec> spec = Operations.find(core, operation);
        if (spec.isEmpty()) {
            progress.accept(
                    "note: this node serves no "
                            + operation
                            + " now; it is judged as one that changes something");
        }
        return spec.map(OperationSpec::readOnly).orElse(false);
    }

    private static PolicyCall.Circumstances circumstances(
            NodeCore core, JsonObject arguments, Instant at) {
        return new PolicyCall.Circumstances(
                at,
                core.config().engine().jurisdictions(),
                text(arguments, "version"),
                text(arguments, "credential"),
                text(arguments, "source"),
                Optional.empty(),
                OptionalLong.empty());
    }

    private static Optional<String> text(JsonObject arguments, String name) {
        Optional<String> text = arguments.text(name);
        if (text.isPresent() && text.get().isBlank()) {
            throw new OperatorException(ExitCode.USAGE, name + " is empty");
        }
        return text;
    }
}
