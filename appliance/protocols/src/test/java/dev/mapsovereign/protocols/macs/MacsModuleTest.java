package dev.mapsovereign.protocols.macs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.capability.Caveat;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.engine.agreement.Agreements;
import dev.mapsovereign.engine.capability.CapabilityAliases;
import dev.mapsovereign.engine.capability.CapabilitySources;
import dev.mapsovereign.engine.capability.ConfiguredCapability;
import dev.mapsovereign.engine.capability.EffectiveCapabilities;
import dev.mapsovereign.engine.capability.Grants;
import dev.mapsovereign.engine.context.ApiKeys;
import dev.mapsovereign.engine.context.DidAuthConfig;
import dev.mapsovereign.engine.context.DidAuthSessions;
import dev.mapsovereign.engine.context.TenantMembers;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.policy.Policies;
import dev.mapsovereign.engine.policy.PolicyName;
import dev.mapsovereign.protocols.testing.Caller;
import dev.mapsovereign.protocols.testing.Databases;
import dev.mapsovereign.protocols.testing.Registry;
import dev.mapsovereign.registry.SigningKey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MacsModuleTest {
    private static final TenantId ACME = TenantId.of("acme");
    private static final CapabilityName QUERY = new CapabilityName("map.max.audit_query");
    private static final CapabilityName SEND = new CapabilityName("map.mim.message_send");

    @TempDir private Path folder;

    private Registry registry;
    private Database database;
    private Grants grants;
    private Policies policies;
    private DidAuthSessions sessions;
    private MacsModule module;

    @BeforeEach
    void open() throws IOException {
        registry = new Registry(folder);
        database = Databases.h2(folder);
        grants = new Grants(database, registry.clock);
        Agreements agreements =
                new Agreements(database, registry.identities(), Ed25519.jdk(), registry.clock);
        List<ConfiguredCapability> configured =
                List.of(
                        new ConfiguredCapability(
                                Optional.of(ACME),
                                Optional.of(registry.scout.did()),
                                List.of(new CapabilityName("map.oas.*"))));
        sessions =
                new DidAuthSessions(
                        DidAuthConfig.DEFAULT,
                        registry.identities(),
                        new TenantMembers(
                                ApiKeys.open(database, registry.clock), grants, configured),
                        Ed25519.jdk(),
                        registry.clock);
        policies = Policies.open(database, registry.clock);
        module =
                new MacsModule(
                        sessions,
                        new EffectiveCapabilities(
                                new CapabilitySources(
                                        configured,
                                        CapabilityAliases.NONE,
                                        Set.of(),
                                        registry.identities(),
                                        grants,
                                        agreements)),
                        policies,
                        registry.mirror,
                        registry.clock);
    }

    @AfterEach
    void close() {
        database.close();
        registry.close();
    }

    private Caller scout() {
        return new Caller(module, ACME, Optional.of(registry.scout.did()));
    }

    private Caller nobody() {
        return new Caller(module, TenantId.NODE, Optional.empty());
    }

    private String negotiated(AgentDid did, String more) throws ModuleRefusal {
        return nobody().call(
                        "auth_negotiation",
                        "{'profile':'DidAuth','challenge_kind':'Nonce','did':'"
                                + did
                                + "'"
                                + more
                                + "}")
                .text("session_id")
                .orElseThrow();
    }

    private String signed(String session, SigningKey key) throws ModuleRefusal {
        JsonObject challenge =
                nobody().call("generate_challenge", "{'session_id':'" + session + "'}")
                        .object("challenge")
                        .orElseThrow();
        return StrictBase64.encodeUrl(key.sign(CanonicalJson.encode(challenge)));
    }

    private static String response(String session, String signature, String more) {
        return "{'session_id':'" + session + "','signature':'" + signature + "'" + more + "}";
    }

    @Test
    void handshake_signedByTheDidsKey_opensASession() throws ModuleRefusal {
        String session = negotiated(registry.scout.did(), ",'tenant_id':'acme'");
        String signature = signed(session, registry.scoutKey);

        Caller.Reply opened = nobody().reply("verify_response", response(session, signature, ""));

        assertThat(opened.data().text("did")).contains(registry.scout.did().text());
        assertThat(opened.data().text("tenant_id")).contains("acme");
        assertThat(opened.data().bool("lineage_verified")).contains(true);
        assertThat(opened.data().text("human_root")).contains(registry.alice.did().text());
        assertThat(opened.data().text("conformance_level")).contains("L1");
        assertThat(opened.notes().text("authenticated_did")).contains(registry.scout.did().text());
        assertThat(sessions.size()).isEqualTo(1);
    }

    @Test
    void handshake_withoutTenant_takesTheOnlyOne() throws ModuleRefusal {
        String session = negotiated(registry.scout.did(), "");

        JsonObject opened =
                nobody().call(
                                "verify_response",
                                response(session, signed(session, registry.scoutKey), ""));
        assertThat(opened.text("tenant_id")).contains("acme");
    }

    @Test
    void handshake_signedByAnotherKey_opensNothing_andUsesTheChallengeUp() throws ModuleRefusal {
        String session = negotiated(registry.scout.did(), "");
        String wrong = signed(session, registry.helperKey);

        assertThat(nobody().refusal("verify_response", response(session, wrong, "")).code())
                .isEqualTo(ErrorCode.UNAUTHENTICATED);
        assertThat(nobody().refusal("verify_response", response(session, wrong, "")).code())
                .isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(sessions.size()).isZero();
    }

    @Test
    void handshake_byAKeyThatWasNotNamed_opensNothing() throws ModuleRefusal {
        String session = negotiated(registry.scout.did(), "");
        String signature = signed(session, registry.scoutKey);

        ModuleRefusal refusal =
                nobody().refusal(
                                "verify_response",
                                response(session, signature, ",'verification_method':'other'"));
        assertThat(refusal.code()).isEqualTo(ErrorCode.UNAUTHENTICATED);
        assertThat(sessions.size()).isZero();
    }

    @Test
    void handshake_ofARevokedDid_opensNothing() throws Exception {
        registry.revoke(registry.scout.did());
        String session = negotiated(registry.scout.did(), "");

        ModuleRefusal refusal =
                nobody().refusal(
                                "verify_response",
                                response(session, signed(session, registry.scoutKey), ""));
        assertThat(refusal.code()).isEqualTo(ErrorCode.UNAUTHENTICATED);
    }

    @Test
    void handshake_ofSomebodyUnknown_looksLikeAnyOther() throws ModuleRefusal {
        AgentDid unknown = AgentDid.parse("did:oas:acme:agent:unknown");
        String session = negotiated(unknown, "");

        assertThat(signed(session, registry.scoutKey)).hasSize(86);
    }

    @Test
    void negotiation_byAnotherProfile_isRefusedByTheSchema() {
        assertThat(
                        nobody().schemaRefuses(
                                        "auth_negotiation",
                                        "{'profile':'OAuth2','challenge_kind':'Nonce','did':'"
                                                + registry.scout.did()
                                                + "'}"))
                .isTrue();
    }

    private JsonObject authorization(CapabilityName capability) throws ModuleRefusal {
        return scout().call("authorization_request", "{'capability':'" + capability + "'}");
    }

    @Test
    void authorization_declared_namesTheDeclaration() throws ModuleRefusal {
        JsonObject answer = authorization(QUERY);

        assertThat(answer.bool("allowed")).contains(true);
        assertThat(answer.text("source")).contains("declared");
        assertThat(answer.text("covered_by")).contains("map.max.audit_query");
    }

    @Test
    void authorization_configured_namesThePattern() throws ModuleRefusal {
        JsonObject answer = authorization(new CapabilityName("map.oas.lineage"));

        assertThat(answer.bool("allowed")).contains(true);
        assertThat(answer.text("source")).contains("configured");
        assertThat(answer.text("covered_by")).contains("map.oas.*");
    }

    @Test
    void authorization_nothingCoversIt_saysSo() throws ModuleRefusal {
        JsonObject answer = authorization(SEND);

        assertThat(answer.bool("allowed")).contains(false);
        assertThat(answer.text("rule").orElseThrow()).contains("nothing").contains(SEND.value());
        assertThat(answer.has("source")).isFalse();
    }

    @Test
    void authorization_grantedThenExpired_namesTheEnd() throws ModuleRefusal {
        grants.grant(
                ACME,
                registry.scout.did(),
                SEND,
                Optional.of(registry.clock.instant().plusSeconds(60)),
                "for a test");
        JsonObject granted = authorization(SEND);
        assertThat(granted.bool("allowed")).contains(true);
        assertThat(granted.text("source")).contains("granted");
        assertThat(granted.text("expires_at")).contains("2026-01-31T00:01:00Z");

        registry.clock.advance(Duration.ofSeconds(60));
        JsonObject expired = authorization(SEND);
        assertThat(expired.bool("allowed")).contains(false);
        assertThat(expired.text("rule").orElseThrow()).contains("expired at 2026-01-31T00:01:00Z");
    }

    @Test
    void authorization_grantedOnTerms_showsThem() throws ModuleRefusal {
        grants.grant(
                ACME,
                registry.scout.did(),
                new Capability(
                        SEND,
                        Optional.empty(),
                        Map.of("max_per_hour", 9L),
                        List.of(
                                Caveat.parse("action_kind:read-only"),
                                new Caveat.Tenants(Set.of("acme")))),
                "for a test");

        JsonObject answer = authorization(SEND);

        assertThat(answer.bool("allowed")).contains(true);
        assertThat(answer.text("rule").orElseThrow()).endsWith("on terms");
        assertThat(answer.object("limits").orElseThrow().integer("max_per_hour")).hasValue(9);
        assertThat(answer.array("caveats").orElseThrow())
                .isEqualTo(
                        JsonArray.ofStrings(
                                List.of(
                                        "action_kind:read-only",
                                        "{\"in\":[\"acme\"],\"type\":\"tenant\"}")));
    }

    @Test
    void authorization_revoked_namesTheRevocation_andAGrantAfterwardsCounts() throws ModuleRefusal {
        grants.revoke(ACME, registry.scout.did(), new CapabilityName("map.max.*"), "test");
        JsonObject revoked = authorization(QUERY);
        assertThat(revoked.bool("allowed")).contains(false);
        assertThat(revoked.text("rule").orElseThrow()).contains("map.max.* was revoked at");

        grants.grant(ACME, registry.scout.did(), QUERY, Optional.empty(), "test");
        JsonObject again = authorization(QUERY);
        assertThat(again.bool("allowed")).contains(true);
        assertThat(again.text("source")).contains("granted");
    }

    @Test
    void authorization_ofAnotherDid_isItsOwn() throws ModuleRefusal {
        JsonObject answer =
                scout().call(
                                "authorization_request",
                                "{'capability':'map.oas.resolve','did':'"
                                        + registry.helper.did()
                                        + "'}");
        assertThat(answer.bool("allowed")).contains(false);
        assertThat(answer.text("did")).contains(registry.helper.did().text());
    }

    @Test
    void authorization_policiesInForce_areNamed() throws Exception {
        assertThat(authorization(QUERY).array("policies")).contains(JsonArray.of());
        PolicyName name = new PolicyName("ops.query", "v1.0.0");
        policies.author(
                name,
                Optional.of(ACME),
                "forbid (principal, action in Action::\"map.max.*\", resource);",
                Optional.empty(),
                "test");
        policies.activate(name);

        assertThat(authorization(QUERY).array("policies"))
                .contains(JsonArray.ofStrings(List.of("ops.query v1.0.0")));
        assertThat(authorization(SEND).array("policies")).contains(JsonArray.of());
    }

    @Test
    void authorization_ofAPattern_isRefused() {
        assertThat(scout().schemaRefuses("authorization_request", "{'capability':'map.max.*'}"))
                .isTrue();
    }

    private JsonObject verification(AgentDid did) throws ModuleRefusal {
        return scout().call("credential_verification", "{'did':'" + did + "'}");
    }

    @Test
    void credential_good_verifiesToTheHumanRoot() throws ModuleRefusal {
        JsonObject verdict = verification(registry.scout.did());

        assertThat(verdict.bool("signature_valid")).contains(true);
        assertThat(verdict.bool("lineage_valid")).contains(true);
        assertThat(verdict.text("revocation_status")).contains("active");
        assertThat(verdict.text("conformance_level")).contains("L1");
        assertThat(verdict.has("fault")).isFalse();
    }

    @Test
    void credential_revoked_failsAndNamesTheFault() throws Exception {
        registry.revoke(registry.helper.did());

        JsonObject verdict = verification(registry.helper.did());
        assertThat(verdict.bool("lineage_valid")).contains(false);
        assertThat(verdict.text("revocation_status")).contains("revoked");
        assertThat(verdict.object("fault").flatMap(fault -> fault.text("kind")))
                .contains("revoked");
    }

    @Test
    void credential_unknown_isUnknownAndNotAnError() throws ModuleRefusal {
        JsonObject verdict = verification(AgentDid.parse("did:oas:acme:agent:nobody"));

        assertThat(verdict.text("revocation_status")).contains("unknown");
        assertThat(verdict.bool("signature_valid")).contains(false);
        assertThat(verdict.text("conformance_level")).contains("NONE");
    }
}
