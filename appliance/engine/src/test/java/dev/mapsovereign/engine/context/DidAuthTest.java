package dev.mapsovereign.engine.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.Crowd;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.TestEngine.TestCall;
import dev.mapsovereign.engine.TestModule;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.Origin;
import dev.mapsovereign.testing.ManualClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DidAuthTest {
    private static final AgentDid DID = AgentDid.parse("did:oas:acme:agent:signer");
    private static final String AUTHORITY = "map.example:8443";
    private static final Ed25519 ED25519 = Ed25519.jdk();
    private static final AtomicInteger NONCES = new AtomicInteger();

    private final byte[] seed = Sha256.hash("signer".getBytes(StandardCharsets.UTF_8));
    private final ManualClock clock = new ManualClock(Instant.parse("2026-11-23T12:00:00Z"));
    private TestEngine node;

    @BeforeAll
    void start(@TempDir Path folder) {
        node =
                TestEngine.start(
                        folder, TestEngine.GENEROUS, clock, new TestModule("TEST", "v1.0.0"));
        node.identities.put(DID, identity(DID, seed, true, false));
        node.grants.grant(
                TestEngine.ACME, DID, new CapabilityName("map.test.*"), Optional.empty(), "");
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private static ResolvedIdentity identity(
            AgentDid did, byte[] seed, boolean active, boolean revoked) {
        return new ResolvedIdentity(
                did,
                List.of(new VerificationKey(did + "#key-1", ED25519.publicKey(seed))),
                active,
                revoked,
                Optional.empty(),
                1,
                List.of(),
                true,
                JsonObject.EMPTY);
    }

    private String sign(byte[] key, byte[] message) {
        return StrictBase64.encodeUrl(ED25519.sign(key, message));
    }

    private DidAuthSessions.Opened open(AgentDid did, byte[] key) throws ModuleRefusal {
        String session = node.sessions.negotiate(did, Optional.of("acme"), AUTHORITY).session();
        JsonObject challenge = node.sessions.challenge(session);
        return node.sessions.verify(session, sign(key, CanonicalJson.encode(challenge)));
    }

    /** The values that go into the signed lines, to be changed before and after signing. */
    private record Signing(
            String authority,
            String method,
            String target,
            byte[] body,
            String tenant,
            String did,
            String idempotencyKey,
            String session,
            String created,
            String nonce) {
        byte[] bytes() {
            return String.join(
                            "\n",
                            "map-didauth-v1",
                            authority,
                            method,
                            target,
                            Hex.encode(Sha256.hash(body)),
                            tenant,
                            did,
                            idempotencyKey,
                            session,
                            created,
                            nonce)
                    .getBytes(StandardCharsets.US_ASCII);
        }
    }

    private Signing signing(String session, TestCall call) {
        byte[] nonce =
                Sha256.hash(("n" + NONCES.incrementAndGet()).getBytes(StandardCharsets.UTF_8));
        return new Signing(
                AUTHORITY,
                "POST",
                "/v1/dispatch",
                call.body(),
                "",
                DID.text(),
                "",
                session,
                Long.toString(clock.instant().getEpochSecond()),
                StrictBase64.encodeUrl(nonce));
    }

    private Credential.DidAuth credential(Signing signing, byte[] key) {
        return new Credential.DidAuth(
                signing.session(), signing.created(), signing.nonce(), sign(key, signing.bytes()));
    }

    @Test
    void handle_signedCall_isTheCallOfThatDid() throws Exception {
        String session = open(DID, seed).session();
        TestCall call = node.call("read");
        call.credential(credential(signing(session, call), seed));
        EngineResponse.Answered answer = call.answered();

        assertThat(answer.metadata().tenant()).contains(TestEngine.ACME);
        AuditRecord record = node.recordsOf(call.id()).getFirst();
        assertThat(record.callerDid()).contains(DID.text());
        assertThat(record.meta().text("credential")).contains("did_auth");
    }

    @Test
    void handle_tenantHeaderAndIdempotencyKey_areSignedToo() throws Exception {
        String session = open(DID, seed).session();
        TestCall call = node.call("read").tenantHeader("acme").idempotencyKey("k");
        Signing plain = signing(session, call);
        Signing full =
                new Signing(
                        plain.authority(),
                        plain.method(),
                        plain.target(),
                        plain.body(),
                        "acme",
                        plain.did(),
                        "k",
                        plain.session(),
                        plain.created(),
                        plain.nonce());
        assertThat(code(call.credential(credential(plain, seed))))
                .isEqualTo(ErrorCode.UNAUTHENTICATED);

        call.credential(credential(full, seed)).answered();
    }

    /** One row for each line that is signed and each rule about the header. */
    record Wrong(String name, UnaryOperator<Signing> signed) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Wrong> wrongSignings() {
        return Stream.of(
                new Wrong("authority", s -> with(s, "evil.example", 0)),
                new Wrong("method", s -> with(s, "PUT", 1)),
                new Wrong("target", s -> with(s, "/v1/dispatch?x", 2)),
                new Wrong("body", s -> with(s, "", 3)),
                new Wrong("tenant", s -> with(s, "other", 4)),
                new Wrong("did", s -> with(s, "did:oas:acme:agent:stranger", 5)),
                new Wrong("idempotency key", s -> with(s, "k", 6)));
    }

    private static Signing with(Signing s, String value, int line) {
        return new Signing(
                line == 0 ? value : s.authority(),
                line == 1 ? value : s.method(),
                line == 2 ? value : s.target(),
                line == 3 ? value.getBytes(StandardCharsets.UTF_8) : s.body(),
                line == 4 ? value : s.tenant(),
                line == 5 ? value : s.did(),
                line == 6 ? value : s.idempotencyKey(),
                s.session(),
                s.created(),
                s.nonce());
    }

    @ParameterizedTest
    @MethodSource("wrongSignings")
    void handle_anotherLineSigned_isRefused(Wrong wrong) throws Exception {
        String session = open(DID, seed).session();
        TestCall call = node.call("read");
        call.credential(credential(wrong.signed().apply(signing(session, call)), seed));

        assertThat(code(call)).isEqualTo(ErrorCode.UNAUTHENTICATED);
    }

    /** Values of the header that are no values, or a second spelling of one. */
    @ParameterizedTest
    @MethodSource("wrongHeaders")
    void handle_malformedHeaderValue_isRefused(UnaryOperator<Credential.DidAuth> change)
            throws Exception {
        String session = open(DID, seed).session();
        TestCall call = node.call("read");
        Signing signing = signing(session, call);
        Credential.DidAuth good = credential(signing, seed);
        Credential.DidAuth bad = change.apply(good);
        // Signed as it is sent, so that nothing but its form can be what is refused.
        Signing resigned =
                new Signing(
                        signing.authority(),
                        signing.method(),
                        signing.target(),
                        signing.body(),
                        "",
                        signing.did(),
                        "",
                        bad.session(),
                        bad.created(),
                        bad.nonce());
        String signature =
                bad.signature().equals(good.signature())
                        ? sign(seed, resigned.bytes())
                        : bad.signature();
        call.credential(
                new Credential.DidAuth(bad.session(), bad.created(), bad.nonce(), signature));

        assertThat(code(call)).isEqualTo(ErrorCode.UNAUTHENTICATED);
    }

    static Stream<UnaryOperator<Credential.DidAuth>> wrongHeaders() {
        return Stream.of(
                c -> changed(c, "nobody", c.created(), c.nonce(), c.signature()),
                c -> changed(c, c.session(), "0" + c.created(), c.nonce(), c.signature()),
                c -> changed(c, c.session(), "+" + c.created(), c.nonce(), c.signature()),
                c -> changed(c, c.session(), "", c.nonce(), c.signature()),
                c -> changed(c, c.session(), "9".repeat(30), c.nonce(), c.signature()),
                c -> changed(c, c.session(), c.created(), "", c.signature()),
                c -> changed(c, c.session(), c.created(), "AAAAAAAAAAAAAAAAAAAA", c.signature()),
                c -> changed(c, c.session(), c.created(), "A".repeat(44), c.signature()),
                c -> changed(c, c.session(), c.created(), c.nonce() + "=", c.signature()),
                c -> changed(c, c.session(), c.created(), "!" + c.nonce(), c.signature()),
                c -> changed(c, c.session(), c.created(), "A".repeat(21) + "B", c.signature()),
                c -> changed(c, c.session(), c.created(), c.nonce(), c.signature() + "=="),
                c -> changed(c, c.session(), c.created(), c.nonce(), "AAAA"),
                c -> changed(c, c.session(), c.created(), c.nonce(), ""));
    }

    private static Credential.DidAuth changed(
            Credential.DidAuth of, String session, String created, String nonce, String signature) {
        assertThat(of).isNotNull();
        return new Credential.DidAuth(session, created, nonce, signature);
    }

    @Test
    void handle_sameNonceTwice_isRefusedTheSecondTime() throws Exception {
        String session = open(DID, seed).session();
        TestCall first = node.call("read");
        Credential.DidAuth credential = credential(signing(session, first), seed);
        first.credential(credential).answered();

        assertThat(code(node.call("read").credential(credential)))
                .isEqualTo(ErrorCode.UNAUTHENTICATED);
    }

    @Test
    void handle_sameNonceFromManyAtOnce_onePasses() throws Exception {
        String session = open(DID, seed).session();
        Credential.DidAuth credential = credential(signing(session, node.call("read")), seed);

        List<EngineResponse> responses =
                Crowd.run(16, () -> node.call("read").credential(credential).send());

        assertThat(responses).filteredOn(EngineResponse.Answered.class::isInstance).hasSize(1);
    }

    @Test
    void handle_signatureWrong_doesNotUseTheNonceUp() throws Exception {
        String session = open(DID, seed).session();
        TestCall call = node.call("read");
        Signing signing = signing(session, call);
        byte[] otherKey = Sha256.hash("other".getBytes(StandardCharsets.UTF_8));
        assertThat(code(node.call("read").credential(credential(signing, otherKey))))
                .isEqualTo(ErrorCode.UNAUTHENTICATED);

        node.call("read").credential(credential(signing, seed)).answered();
    }

    @Test
    void handle_createdOutsideTheSkew_isToldTheNodesTime() throws Exception {
        String session = open(DID, seed).session();
        long now = clock.instant().getEpochSecond();
        for (long offset : List.of(-62L, 62L)) {
            TestCall call = node.call("read");
            Signing s = signing(session, call);
            Signing skewed =
                    new Signing(
                            s.authority(),
                            s.method(),
                            s.target(),
                            s.body(),
                            "",
                            s.did(),
                            "",
                            s.session(),
                            Long.toString(now + offset),
                            s.nonce());
            EngineResponse.Refused refused = call.credential(credential(skewed, seed)).refused();

            assertThat(refused.refusal().code()).isEqualTo(ErrorCode.UNAUTHENTICATED);
            assertThat(refused.refusal().details().integer("node_time")).hasValue(now);
        }
    }

    @Test
    void handle_unreadBody_cannotBeVerified() throws Exception {
        String session = open(DID, seed).session();
        TestCall call = node.call("read");
        InboundRequest request =
                call.credential(credential(signing(session, call), seed)).request();
        var check =
                node.sessions.check(
                        (Credential.DidAuth) request.credential(),
                        new dev.mapsovereign.engine.request.RejectedRequest(
                                request.correlationId(),
                                request.credential(),
                                request.origin(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                dev.mapsovereign.engine.request.Refusal.of(
                                        ErrorCode.MESSAGE_TOO_LARGE, "large"),
                                0));

        assertThat(check).isInstanceOf(DidAuthSessions.Bad.class);
    }

    @Test
    void check_lineFeedInAValue_isRefused() throws Exception {
        Optional<byte[]> bytes =
                DidAuthMessage.bytes(
                        new Origin("x", AUTHORITY + "\nPOST", "POST", "/"),
                        new byte[0],
                        "",
                        DID,
                        "",
                        new Credential.DidAuth("s", "1", "n", "x"));

        assertThat(bytes).isEmpty();
    }

    @Test
    void handle_identityRevokedOrKeyChanged_endsItsSessions() throws Exception {
        AgentDid did = AgentDid.parse("did:oas:acme:agent:fading");
        node.grants.grant(
                TestEngine.ACME, did, new CapabilityName("map.test.*"), Optional.empty(), "");
        for (ResolvedIdentity after :
                List.of(
                        identity(did, seed, false, false),
                        identity(did, seed, true, true),
                        identity(did, new byte[32], true, false))) {
            node.identities.put(did, identity(did, seed, true, false));
            String session = open(did, seed).session();
            int open = node.sessions.size();
            node.identities.put(did, after);
            TestCall call = node.call("read");
            Signing signing = with(signing(session, call), did.text(), 5);

            assertThat(code(call.credential(credential(signing, seed))))
                    .isEqualTo(ErrorCode.UNAUTHENTICATED);
            assertThat(node.sessions.size()).isEqualTo(open - 1);
        }
    }

    @Test
    void verify_challengeAnsweredTwice_isRefused() throws Exception {
        String session = node.sessions.negotiate(DID, Optional.of("acme"), AUTHORITY).session();
        JsonObject challenge = node.sessions.challenge(session);
        String signature = sign(seed, CanonicalJson.encode(challenge));
        refused(ErrorCode.UNAUTHENTICATED, () -> node.sessions.verify(session, "AAAA"));

        refused(ErrorCode.NOT_FOUND, () -> node.sessions.verify(session, signature));
    }

    @Test
    void challenge_namesTypeOriginAndRealm_andIsFreshEachTime() throws Exception {
        String session = node.sessions.negotiate(DID, Optional.of("acme"), AUTHORITY).session();
        JsonObject first = node.sessions.challenge(session);
        JsonObject second = node.sessions.challenge(session);

        assertThat(first.members().keySet())
                .containsExactlyInAnyOrder("nonce", "origin", "realm", "timestamp", "type");
        assertThat(first.text("type")).contains("openagent-challenge-v1");
        assertThat(first.text("origin")).contains("https://" + AUTHORITY);
        assertThat(first.text("realm")).contains("acme");
        assertThat(first.text("timestamp")).contains("2026-11-23T12:00:00Z");
        assertThat(first.text("nonce").orElseThrow()).matches("[0-9a-f]{64}");
        assertThat(second.text("nonce")).isNotEqualTo(first.text("nonce"));
    }

    @Test
    void verify_whatCannotBeProven_isRefusedAlike() throws Exception {
        AgentDid member = AgentDid.parse("did:oas:acme:agent:nowhere");
        node.identities.put(member, identity(member, seed, true, false));
        refused(ErrorCode.UNAUTHENTICATED, () -> open(member, seed));
        AgentDid unknown = AgentDid.parse("did:oas:acme:agent:unknown");
        refused(ErrorCode.UNAUTHENTICATED, () -> open(unknown, seed));
        refused(ErrorCode.UNAUTHENTICATED, () -> open(DID, new byte[32]));
        String other = node.sessions.negotiate(DID, Optional.of("other"), AUTHORITY).session();
        byte[] challenge = CanonicalJson.encode(node.sessions.challenge(other));
        refused(
                ErrorCode.UNAUTHENTICATED,
                () -> node.sessions.verify(other, sign(seed, challenge)));
        refused(ErrorCode.NOT_FOUND, () -> node.sessions.challenge("nothing"));
    }

    @Test
    void verify_tenantNotNamed_isTheOnlyOneTheDidBelongsTo() throws Exception {
        String session = node.sessions.negotiate(DID, Optional.empty(), AUTHORITY).session();
        byte[] challenge = CanonicalJson.encode(node.sessions.challenge(session));

        assertThat(node.sessions.verify(session, sign(seed, challenge)).tenant())
                .isEqualTo(TestEngine.ACME);
    }

    @Test
    void verify_challengeTooOld_isRefused() throws Exception {
        String session = node.sessions.negotiate(DID, Optional.of("acme"), AUTHORITY).session();
        byte[] challenge = CanonicalJson.encode(node.sessions.challenge(session));
        clock.advance(DidAuthConfig.DEFAULT.challengeTime().plusSeconds(2));
        try {
            refused(
                    ErrorCode.UNAUTHENTICATED,
                    () -> node.sessions.verify(session, sign(seed, challenge)));
        } finally {
            clock.advance(DidAuthConfig.DEFAULT.challengeTime().plusSeconds(2).negated());
        }
    }

    @Test
    void nonceWindow_manyTurns_remembersEachNonceForTwiceTheSkew() {
        NonceWindow window = new NonceWindow(Duration.ofMillis(20));
        for (int i = 0; i < 2_000; i++) {
            long usedAt = System.nanoTime();
            assertThat(window.use("nonce-" + i)).isEqualTo(NonceWindow.Use.FRESH);
            NonceWindow.Use again = window.use("nonce-" + i);
            if (System.nanoTime() - usedAt < Duration.ofMillis(40).toNanos()) {
                assertThat(again).isEqualTo(NonceWindow.Use.SEEN);
            }
        }
    }

    private interface Step {
        Object run() throws ModuleRefusal;
    }

    private static void refused(ErrorCode code, Step step) {
        assertThatThrownBy(step::run)
                .isInstanceOfSatisfying(
                        ModuleRefusal.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
    }

    private static ErrorCode code(TestCall call) {
        return call.refused().refusal().code();
    }
}
