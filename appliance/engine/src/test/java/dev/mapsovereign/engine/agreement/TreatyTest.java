package dev.mapsovereign.engine.agreement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.TestModule;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.testing.ManualClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A treaty with another organization, as its agents meet it, in a whole engine. */
final class TreatyTest {
    private static final TenantId HOME = TenantId.of("home");
    private static final Instant NOW = Instant.parse("2026-11-30T10:30:00Z");
    private static final AgentDid ADA = AgentDid.parse("did:oas:home:hmr:ada");
    private static final AgentDid BOB = AgentDid.parse("did:oas:abroad:hmr:bob");
    private static final AgentDid CLERK = AgentDid.parse("did:oas:abroad:agent:clerk");
    private static final AgentDid OTHER = AgentDid.parse("did:oas:abroad:agent:other");
    private static final AgentDid STRANGER = AgentDid.parse("did:oas:elsewhere:agent:stranger");
    private static final AtomicInteger NONCES = new AtomicInteger();

    /** The first call that a node takes: no earlier than what it could have taken before. */
    private static final long CREATED =
            NOW.plus(Limits.TREATY_CALL_AHEAD_MAX).plusSeconds(1).getEpochSecond();

    static final String TREATY =
            """
            {"type": "map-treaty-v1", "id": "treaty_1",
             "parties": [
               {"tenant": "home", "represented_by": "did:oas:home:hmr:ada",
                "agents": ["did:oas:home:*"]},
               {"tenant": "abroad", "represented_by": "did:oas:abroad:hmr:bob",
                "agents": ["did:oas:abroad:*"]}],
             "grants_to_abroad": [
               {"capability": "map.test.read", "caveats": [], "limits": {"max_per_hour": 4}}],
             "rate_limits": {"per_hour": 5},
             "settlement": {"rail": "none"}, "dispute_resolution": {"venue": "x"},
             "effective_from": "2026-11-30T10:00:00Z", "expires_at": "2026-12-01T10:00:00Z"}
            """;

    private final ManualClock clock = new ManualClock(NOW);

    @TempDir private Path folder;

    private TestEngine node;

    @BeforeEach
    void start() throws InterruptedException {
        node =
                TestEngine.start(
                        folder, TestEngine.GENEROUS, clock, new TestModule("TEST", "v1.0.0"));
        node.tenants.create(HOME);
        for (AgentDid did : new AgentDid[] {ADA, BOB, CLERK, OTHER, STRANGER}) {
            node.identities.put(did, Signers.identity(did));
        }
        // The engine tells time by the monotonic clock here; a second must have passed.
        TimeUnit.MILLISECONDS.sleep(1_200);
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private static Treaty treaty(UnaryOperator<String> change) {
        SignedText text = SignedText.parse(change.apply(TREATY).getBytes(StandardCharsets.UTF_8));
        return Treaty.parse(Signers.signed(Signers.signed(text, ADA), BOB));
    }

    private Treaty install() {
        Treaty made = treaty(text -> text);
        node.agreements.take(made);
        return made;
    }

    private TestEngine.TestCall call(AgentDid agent, String operation) {
        return signed(node.call(operation).didHeader(agent.text()), agent, "treaty_1", CREATED);
    }

    private TestEngine.TestCall signed(
            TestEngine.TestCall call, AgentDid agent, String treaty, long created) {
        String nonce =
                StrictBase64.encodeUrl(
                        Sha256.hash(
                                ("nonce" + NONCES.incrementAndGet())
                                        .getBytes(StandardCharsets.UTF_8)));
        String lines =
                String.join(
                        "\n",
                        "map-treaty-call-v1",
                        "map.example:8443",
                        "POST",
                        "/v1/dispatch",
                        Hex.encode(Sha256.hash(call.body())),
                        call.request().tenantHeader().orElse(""),
                        agent.text(),
                        call.request().idempotencyKey().orElse(""),
                        treaty,
                        Long.toString(created),
                        nonce);
        String signature =
                StrictBase64.encodeUrl(
                        Signers.sign(agent, lines.getBytes(StandardCharsets.US_ASCII)));
        return call.credential(
                new Credential.Treaty(treaty, Long.toString(created), nonce, signature));
    }

    private static String message(TestEngine.TestCall call) {
        Refusal refusal = call.refused().refusal();
        assertThat(refusal.code()).isEqualTo(ErrorCode.UNAUTHENTICATED);
        return refusal.message();
    }

    @Test
    void granted_toTheOtherPartysAgents_isAnsweredInTheHomeTenantAndRecorded() {
        install();
        TestEngine.TestCall call = call(CLERK, "read");

        call.answered();

        AuditRecord record = node.recordsOf(call.id()).getFirst();
        assertThat(record.tenant()).isEqualTo(HOME);
        assertThat(record.meta().text("credential")).contains("treaty");
        assertThat(record.meta().text("credential_id")).contains("treaty_1");
        assertThat(call(CLERK, "write").refused().refusal().code())
                .isEqualTo(ErrorCode.CAPABILITY_DENIED);
    }

    @Test
    void declared_byTheOtherOrganization_countsForNothing() {
        node.identities.put(CLERK, Signers.declaring(CLERK, "map.*.*"));
        install();

        call(CLERK, "read").answered();
        assertThat(call(CLERK, "write").refused().refusal().code())
                .isEqualTo(ErrorCode.CAPABILITY_DENIED);
    }

    @Test
    void limits_countAllAgentsOfTheOtherPartyTogether() {
        install();
        call(CLERK, "read").answered();
        call(CLERK, "read").answered();
        call(OTHER, "read").answered();
        call(OTHER, "read").answered();

        Refusal refusal = call(OTHER, "read").refused().refusal();

        assertThat(refusal.code()).isEqualTo(ErrorCode.RATE_LIMITED);
        assertThat(refusal.retryAfter()).contains(Duration.ofMinutes(30));
    }

    @Test
    void rateLimits_boundTheWholeTreaty() {
        node.agreements.take(
                treaty(text ->
                        text.replace("\"max_per_hour\": 4", "\"max_per_hour\": 40")
                                .replace("\"per_hour\": 5", "\"per_hour\": 2")));
        call(CLERK, "read").answered();
        call(OTHER, "read").answered();

        assertThat(call(CLERK, "read").refused().refusal().code())
                .isEqualTo(ErrorCode.RATE_LIMITED);
    }

    @Test
    void terminated_isRefusedAtOnceForEver() {
        Treaty treaty = install();
        call(CLERK, "read").answered();

        node.agreements.endTreaty("treaty_1", "notice");

        assertThat(message(call(CLERK, "read"))).isEqualTo("no treaty of that id is in force here");
        assertThatThrownBy(() -> node.agreements.take(treaty))
                .hasMessageContaining("it was ended here");
    }

    @Test
    void representative_revoked_suspendsTheTreaty() {
        install();
        call(CLERK, "read").answered();

        node.identities.put(BOB, Signers.identity(BOB, Signers.seed(BOB), false));
        node.engine.identitiesChanged();

        assertThat(message(call(CLERK, "read"))).isEqualTo("no treaty of that id is in force here");
    }

    @Test
    void outsideItsDates_isRefused() {
        node.agreements.take(
                treaty(text -> text.replace("2026-11-30T10:00:00Z", "2026-11-30T11:00:00Z")));
        assertThat(message(call(CLERK, "read"))).contains("no treaty of that id");

        clock.advance(Duration.ofMinutes(30));

        call(CLERK, "read").answered();
        clock.advance(Duration.ofHours(23));
        assertThat(message(call(CLERK, "read"))).contains("no treaty of that id");
    }

    @Test
    void sameCallTwice_isRefused() {
        install();
        TestEngine.TestCall call = call(CLERK, "read");
        call.answered();

        assertThat(message(call)).isEqualTo("the nonce was used before");
    }

    @Test
    void otherBodyTenantKeyTreatyOrSigner_isRefused() {
        install();
        assertThat(message(call(CLERK, "read").input("{\"text\": \"other\"}")))
                .isEqualTo("the signature does not match");
        assertThat(message(call(CLERK, "read").tenantHeader("home")))
                .isEqualTo("the signature does not match");
        assertThat(message(call(CLERK, "read").idempotencyKey("k")))
                .isEqualTo("the signature does not match");
        assertThat(message(call(CLERK, "read").didHeader(OTHER.text())))
                .isEqualTo("the signature does not match");
        assertThat(message(call(STRANGER, "read")))
                .isEqualTo(
                        "the treaty does not name did:oas:elsewhere:agent:stranger as one party's"
                                + " agent");
        assertThat(message(signed(node.call("read").didHeader(CLERK.text()), CLERK, "no", CREATED)))
                .isEqualTo("no treaty of that id is in force here");
        assertThat(message(signed(node.call("read"), CLERK, "treaty_1", CREATED)))
                .isEqualTo("a call by treaty names its agent in X-Agent-Did");
    }

    @Test
    void otherTenant_named_isAMismatch() {
        install();
        TestEngine.TestCall call =
                signed(
                        node.call("read").didHeader(CLERK.text()).tenantHeader("acme"),
                        CLERK,
                        "treaty_1",
                        CREATED);

        assertThat(call.refused().refusal().code()).isEqualTo(ErrorCode.TENANT_MISMATCH);
    }

    @ParameterizedTest
    @CsvSource({
        "-60, created lies more than 60 s from this node's time",
        "-10, this node has started since",
        "5, this node has started since",
        "30, created lies more than 5 s from this node's time",
    })
    void created_tooFarOffOrNotProvablyNew_isRefused(long offset, String expected) {
        install();
        TestEngine.TestCall call =
                signed(
                        node.call("read").didHeader(CLERK.text()),
                        CLERK,
                        "treaty_1",
                        NOW.getEpochSecond() + offset);

        assertThat(message(call)).startsWith(expected);
    }

    @Test
    void agentOfBothParties_isNobodys() {
        node.agreements.take(
                treaty(text -> text.replace("did:oas:home:*", "did:oas:abroad:agent:clerk")));

        assertThat(message(call(CLERK, "read"))).contains("does not name");
        call(OTHER, "read").answered();
    }

    @Test
    void heldByTreaty_cannotBeDelegated() {
        install();
        node.grants.grant(
                HOME, STRANGER, new CapabilityName("map.test.other"), Optional.empty(), "");
        SignedText text =
                SignedText.of(
                        Delegation.unsigned(
                                HOME,
                                CLERK,
                                STRANGER,
                                List.of(Capability.of("map.test.read")),
                                Optional.empty(),
                                NOW.plus(Duration.ofHours(1)),
                                false,
                                "0000000000000001"));
        node.agreements.take(Delegation.parse(Signers.signed(text, CLERK)));
        Credential key =
                new Credential.ApiKey(
                        node.apiKeys.create(HOME, STRANGER, "", Optional.empty()).text());

        assertThat(node.call("read").credential(key).refused().refusal().message())
                .endsWith("holds it by a treaty or a delegation that may not be passed on");
    }

    @Test
    void take_signedByOnePartyOrChangedAfterwards_isRefused() {
        SignedText text = SignedText.parse(TREATY.getBytes(StandardCharsets.UTF_8));
        Treaty half = Treaty.parse(Signers.signed(text, ADA));
        SignedText whole = treaty(same -> same).text();
        Treaty changed =
                Treaty.parse(
                        new SignedText(
                                whole.json().with("settlement", JsonObject.EMPTY),
                                whole.signatures()));

        assertThatThrownBy(() -> node.agreements.take(half))
                .hasMessage("it is not signed by did:oas:abroad:hmr:bob");
        assertThatThrownBy(() -> node.agreements.take(changed))
                .hasMessageContaining("is by none of the keys");
    }

    @Test
    void take_anotherOfTheSameId_isRefusedAndTheSameAgainIsNot() {
        install();

        assertThat(node.agreements.take(treaty(text -> text)).fresh()).isFalse();
        assertThatThrownBy(() ->
                        node.agreements.take(
                                treaty(text -> text.replace("max_per_hour", "calls_per_day"))))
                .hasMessage("another treaty has that id here; give the new one an id of its own");
    }
}
