package dev.mapsovereign.protocols.macs;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.capability.CapabilityExplanation;
import dev.mapsovereign.engine.capability.EffectiveCapabilities;
import dev.mapsovereign.engine.context.DidAuthSessions;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.module.ProtocolVersion;
import dev.mapsovereign.engine.policy.Policies;
import dev.mapsovereign.engine.policy.PolicyName;
import dev.mapsovereign.protocols.schema.Dids;
import dev.mapsovereign.protocols.schema.SchemaFiles;
import dev.mapsovereign.registry.RegistryMirror;
import dev.mapsovereign.registry.lineage.LineageVerdict;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * MACS, who somebody is and what they may do: the handshake of DidAuth, the verdict over a DID, and
 * the answer to "may this DID do that here, and why".
 */
public final class MacsModule implements ProtocolModule {
    /** What it offers. */
    public static final List<OperationSpec> OPERATIONS =
            SchemaFiles.operations(
                    "macs",
                    "auth_negotiation",
                    "generate_challenge",
                    "verify_response",
                    "authorization_request",
                    "credential_verification");

    private final DidAuthSessions sessions;
    private final EffectiveCapabilities capabilities;
    private final Policies policies;
    private final RegistryMirror mirror;
    private final Clock clock;

    /** MACS over the engine's sessions, capabilities and policies and the registry mirror. */
    public MacsModule(
            DidAuthSessions sessions,
            EffectiveCapabilities capabilities,
            Policies policies,
            RegistryMirror mirror,
            Clock clock) {
        this.sessions = sessions;
        this.capabilities = capabilities;
        this.policies = policies;
        this.mirror = mirror;
        this.clock = clock;
    }

    @Override
    public String protocol() {
        return "MACS";
    }

    @Override
    public ProtocolVersion version() {
        return ProtocolVersion.of(1, 0, 0);
    }

    @Override
    public List<OperationSpec> operations() {
        return OPERATIONS;
    }

    @Override
    public JsonObject invoke(String operation, JsonObject input, InvokeContext context)
            throws ModuleRefusal {
        return switch (operation) {
            case "auth_negotiation" -> negotiate(input, context);
            case "generate_challenge" -> challenge(input);
            case "verify_response" -> verify(input, context);
            case "authorization_request" -> authorize(input, context);
            case "credential_verification" -> verifyCredential(input);
            default ->
                    throw new ModuleRefusal(
                            ErrorCode.UNKNOWN_OPERATION, "MACS has no " + operation);
        };
    }

    private JsonObject negotiate(JsonObject input, InvokeContext context) throws ModuleRefusal {
        AgentDid did = Dids.required(input, "did");
        DidAuthSessions.Negotiated handshake =
                sessions.negotiate(
                        did,
                        input.text("tenant_id").or(context::requestedTenant),
                        context.origin().authority());
        context.note("claimed_did", did.text());
        return JsonObject.builder()
                .put("session_id", handshake.session())
                .put("profile", "DidAuth")
                .put("challenge_kind", "Nonce")
                .put("expires_at", handshake.challengeBy().toString())
                .build();
    }

    private JsonObject challenge(JsonObject input) throws ModuleRefusal {
        String session = session(input);
        JsonObject challenge = sessions.challenge(session);
        return JsonObject.builder()
                .put("session_id", session)
                .put("nonce", challenge.text("nonce").orElseThrow())
                .put("challenge", challenge)
                .build();
    }

    private JsonObject verify(JsonObject input, InvokeContext context) throws ModuleRefusal {
        DidAuthSessions.Opened opened =
                sessions.verify(session(input), input.text("signature").orElseThrow());
        Optional<String> wanted = input.text("verification_method");
        if (wanted.isPresent() && !wanted.get().equals(opened.keyId())) {
            sessions.end(opened.session());
            throw new ModuleRefusal(
                    ErrorCode.UNAUTHENTICATED, "another key than verification_method signed");
        }
        context.note("authenticated_did", opened.did().text());
        context.note("authenticated_tenant", opened.tenant().value());
        context.note("key_id", opened.keyId());
        LineageVerdict verdict = mirror.verify(opened.did());
        return JsonObject.builder()
                .put("session_id", opened.session())
                .put("did", opened.did().text())
                .put("tenant_id", opened.tenant().value())
                .put("verification_method", opened.keyId())
                .put("lineage_verified", verdict.lineageValid())
                .putIfPresent("human_root", verdict.humanRoot().map(AgentDid::text))
                .put("conformance_level", verdict.conformanceLevel().name())
                .put("expires_at", opened.expiresAt().toString())
                .build();
    }

    private JsonObject authorize(JsonObject input, InvokeContext context) throws ModuleRefusal {
        AgentDid did =
                Dids.optional(input, "did")
                        .or(context::caller)
                        .orElseThrow(() ->
                                new ModuleRefusal(
                                        ErrorCode.INVALID_PAYLOAD,
                                        "name a did: the caller has none"));
        CapabilityName wanted = capability(input);
        Instant now = clock.instant();
        List<String> asked =
                policies.current().asked(context.tenant(), wanted, Optional.empty()).stream()
                        .map(PolicyName::toString)
                        .toList();
        return CapabilityExplanation.of(
                        capabilities,
                        context.tenant(),
                        did,
                        wanted,
                        capabilities.facts(context.tenant(), now, Optional.empty()))
                .verdict()
                .put("did", did.text())
                .put("tenant_id", context.tenant().value())
                .put("capability", wanted.value())
                .put("policies", JsonArray.ofStrings(asked))
                .put("checked_at", now.toString())
                .build();
    }

    private JsonObject verifyCredential(JsonObject input) throws ModuleRefusal {
        LineageVerdict verdict = mirror.verify(Dids.required(input, "did"));
        return verdict.json().toBuilder()
                .put("snapshot_expired", mirror.status().expired())
                .build();
    }

    private static String session(JsonObject input) {
        return input.text("session_id").orElseThrow();
    }

    private static CapabilityName capability(JsonObject input) throws ModuleRefusal {
        try {
            CapabilityName name = new CapabilityName(input.text("capability").orElseThrow());
            if (!name.isPattern()) {
                return name;
            }
        } catch (IllegalArgumentException e) {
            throw new ModuleRefusal(ErrorCode.INVALID_PAYLOAD, "capability: " + e.getMessage());
        }
        throw new ModuleRefusal(
                ErrorCode.INVALID_PAYLOAD, "capability: name one operation, no wildcard");
    }
}
