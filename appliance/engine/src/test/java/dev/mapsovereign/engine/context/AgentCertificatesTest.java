package dev.mapsovereign.engine.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.tls.TrustSet;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.TestEngine.TestCall;
import dev.mapsovereign.engine.TestModule;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.testing.ManualClock;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls whose connection showed a client certificate, against the whole engine. */
final class AgentCertificatesTest {
    private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
    private static final AgentDid DID = AgentDid.parse("did:oas:acme:agent:holder");
    private static final TenantId OTHER = TenantId.of("other");
    private static final X500Name ISSUER = new X500Name("CN=agent authority");

    private static final KeyPair AUTHORITY_KEY = pair("EC");
    private static final KeyPair KEY = pair("Ed25519");

    @TempDir private Path folder;
    private final ManualClock clock = new ManualClock(START);
    private final X509Certificate authority = authority(AUTHORITY_KEY);
    private TestEngine node;

    @BeforeEach
    void start() {
        node =
                TestEngine.start(
                        folder, TestEngine.GENEROUS, clock, new TestModule("TEST", "v1.0.0"));
        node.identities.put(DID, identity(DID, KEY, true, false));
        node.grants.grant(
                TestEngine.ACME, DID, new CapabilityName("map.test.*"), Optional.empty(), "");
        trust(new TrustSet(List.of(authority), List.of()));
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private void trust(TrustSet trusted) {
        node.agentTrust.set(Optional.of(trusted));
        assertThat(node.engine.certificates().readAgain().getAsBoolean()).isTrue();
    }

    private static KeyPair pair(String algorithm) {
        try {
            return KeyPairGenerator.getInstance(algorithm).generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ResolvedIdentity identity(
            AgentDid did, KeyPair pair, boolean active, boolean revoked) {
        byte[] encoded = pair.getPublic().getEncoded();
        return new ResolvedIdentity(
                did,
                List.of(
                        new VerificationKey(
                                did + "#key-1",
                                Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length))),
                active,
                revoked,
                Optional.empty(),
                1,
                List.of(),
                true,
                JsonObject.EMPTY);
    }

    /** What a certificate says; each test changes one thing of a good one. */
    private record Content(
            KeyPair key,
            KeyPair signer,
            X500Name issuer,
            Instant from,
            Instant to,
            List<GeneralName> names,
            List<KeyPurposeId> uses,
            boolean authority,
            boolean strange) {
        static Content good() {
            return new Content(
                    KEY,
                    AUTHORITY_KEY,
                    ISSUER,
                    START.minus(Duration.ofMinutes(5)),
                    START.plus(Duration.ofDays(7)),
                    List.of(uri(DID.text())),
                    List.of(KeyPurposeId.id_kp_clientAuth),
                    false,
                    false);
        }

        Content key(KeyPair other) {
            return new Content(other, signer, issuer, from, to, names, uses, authority, strange);
        }

        Content signer(KeyPair other) {
            return new Content(key, other, issuer, from, to, names, uses, authority, strange);
        }

        Content issuer(X500Name other) {
            return new Content(key, signer, other, from, to, names, uses, authority, strange);
        }

        Content dates(Instant start, Instant end) {
            return new Content(key, signer, issuer, start, end, names, uses, authority, strange);
        }

        Content named(GeneralName... others) {
            return new Content(
                    key, signer, issuer, from, to, List.of(others), uses, authority, strange);
        }

        Content used(KeyPurposeId... others) {
            return new Content(
                    key, signer, issuer, from, to, names, List.of(others), authority, strange);
        }

        Content asAuthority() {
            return new Content(key, signer, issuer, from, to, names, uses, true, strange);
        }

        Content withStrangeExtension() {
            return new Content(key, signer, issuer, from, to, names, uses, authority, true);
        }

        X509Certificate sign() {
            try {
                JcaX509v3CertificateBuilder builder =
                        new JcaX509v3CertificateBuilder(
                                issuer,
                                BigInteger.valueOf(0xabcd),
                                Date.from(from),
                                Date.from(to),
                                new X500Name("CN=agent"),
                                key.getPublic());
                builder.addExtension(
                        Extension.basicConstraints, true, new BasicConstraints(authority));
                builder.addExtension(
                        Extension.keyUsage,
                        true,
                        new KeyUsage(authority ? KeyUsage.keyCertSign : KeyUsage.digitalSignature));
                if (!uses.isEmpty()) {
                    builder.addExtension(
                            Extension.extendedKeyUsage,
                            false,
                            new ExtendedKeyUsage(uses.toArray(KeyPurposeId[]::new)));
                }
                if (!names.isEmpty()) {
                    builder.addExtension(
                            Extension.subjectAlternativeName,
                            false,
                            new GeneralNames(names.toArray(GeneralName[]::new)));
                }
                if (strange) {
                    builder.addExtension(
                            new org.bouncycastle.asn1.ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1"),
                            true,
                            new byte[] {5, 0});
                }
                return new JcaX509CertificateConverter()
                        .getCertificate(
                                builder.build(
                                        new JcaContentSignerBuilder("SHA256withECDSA")
                                                .build(signer.getPrivate())));
            } catch (GeneralSecurityException | OperatorCreationException | java.io.IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static GeneralName uri(String text) {
        return new GeneralName(GeneralName.uniformResourceIdentifier, text);
    }

    private static X509Certificate authority(KeyPair key) {
        try {
            JcaX509v3CertificateBuilder builder =
                    new JcaX509v3CertificateBuilder(
                            ISSUER,
                            BigInteger.ONE,
                            Date.from(START.minus(Duration.ofDays(1))),
                            Date.from(START.plus(Duration.ofDays(30))),
                            ISSUER,
                            key.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(
                                    new JcaContentSignerBuilder("SHA256withECDSA")
                                            .build(key.getPrivate())));
        } catch (GeneralSecurityException | OperatorCreationException | java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private CRL list(Instant until, BigInteger... revoked) {
        X509v2CRLBuilder builder = new X509v2CRLBuilder(ISSUER, Date.from(START));
        builder.setNextUpdate(Date.from(until));
        for (BigInteger serial : revoked) {
            builder.addCRLEntry(serial, Date.from(START.minusSeconds(1)), CRLReason.keyCompromise);
        }
        try {
            return new JcaX509CRLConverter()
                    .getCRL(
                            builder.build(
                                    new JcaContentSignerBuilder("SHA256withECDSA")
                                            .build(AUTHORITY_KEY.getPrivate())));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private TestCall call(X509Certificate certificate) {
        return node.call("read").credential(new Credential.ClientCertificate(certificate));
    }

    private static Refusal refusal(TestCall call) {
        return ((EngineResponse.Refused) call.send()).refusal();
    }

    private static void refused(TestCall call, String why) {
        Refusal refusal = refusal(call);
        assertThat(refusal.code()).isEqualTo(ErrorCode.UNAUTHENTICATED);
        assertThat(refusal.message()).contains(why);
    }

    @Test
    void handle_goodCertificate_isTheCallOfItsDid() {
        TestCall call = call(Content.good().sign());
        EngineResponse.Answered answer = call.answered();

        assertThat(answer.metadata().tenant()).contains(TestEngine.ACME);
        AuditRecord record = node.recordsOf(call.id()).getFirst();
        assertThat(record.callerDid()).contains(DID.text());
        assertThat(record.meta().text("credential")).contains("mtls");
        assertThat(record.meta().text("credential_id")).contains("abcd");
    }

    /** A certificate in which one thing is not as it has to be. */
    record Wrong(String why, Content content) {
        @Override
        public String toString() {
            return why;
        }
    }

    static Stream<Wrong> wrongCertificates() {
        Content good = Content.good();
        return Stream.of(
                new Wrong("no authority that is trusted", good.issuer(new X500Name("CN=other"))),
                new Wrong("is not accepted", good.signer(pair("EC"))),
                new Wrong(
                        "is not accepted",
                        good.dates(START.minus(Duration.ofDays(2)), START.minusSeconds(1))),
                new Wrong(
                        "is not accepted",
                        good.dates(START.plusSeconds(1), START.plus(Duration.ofDays(1)))),
                new Wrong("not one DID", good.named()),
                new Wrong("not one DID", good.named(uri(DID.text()), uri(DID.text()))),
                new Wrong(
                        "not one DID",
                        good.named(
                                uri(DID.text()),
                                new GeneralName(GeneralName.dNSName, "a.example"))),
                new Wrong(
                        "not one DID",
                        good.named(new GeneralName(GeneralName.rfc822Name, DID.text()))),
                new Wrong("its name is no DID", good.named(uri("https://acme.example/holder"))),
                new Wrong("its name is no DID", good.named(uri(DID.text() + "#key-1"))),
                new Wrong("use is not clientAuth alone", good.used()),
                new Wrong(
                        "use is not clientAuth alone",
                        good.used(KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth)),
                new Wrong(
                        "use is not clientAuth alone", good.used(KeyPurposeId.anyExtendedKeyUsage)),
                new Wrong("is not accepted", good.asAuthority()),
                new Wrong("is not accepted", good.withStrangeExtension()),
                new Wrong("not Ed25519", good.key(pair("EC"))),
                new Wrong("has not now", good.key(pair("Ed25519"))),
                new Wrong(
                        "the registry does not know",
                        good.named(uri("did:oas:acme:agent:stranger"))));
    }

    @ParameterizedTest
    @MethodSource("wrongCertificates")
    void handle_wrongCertificate_isRefusedAndRecordedForNobody(Wrong wrong) {
        TestCall call = call(wrong.content().sign());
        refused(call, wrong.why());
        AuditRecord record = node.recordsOf(call.id()).getFirst();
        assertThat(record.tenant()).isEqualTo(TenantId.NODE);
        assertThat(record.meta().text("credential")).contains("unverified");
    }

    @Test
    void handle_certificateRunsOut_isRefusedFromThenOn() {
        X509Certificate certificate =
                Content.good().dates(START.minusSeconds(9), START.plusSeconds(10)).sign();
        call(certificate).answered();
        clock.advance(Duration.ofSeconds(11));
        refused(call(certificate), "is not accepted");
    }

    @Test
    void handle_authorityRunsOut_itsCertificatesCountNoMore() {
        clock.advance(Duration.ofDays(31));
        refused(
                call(Content.good().dates(START, START.plus(Duration.ofDays(60))).sign()),
                "no authority that is trusted");
    }

    @Test
    void handle_listNamesTheCertificate_isRefusedAsSoonAsTheListIsRead() {
        X509Certificate certificate = Content.good().sign();
        trust(new TrustSet(List.of(authority), List.of(list(START.plusSeconds(3600)))));
        call(certificate).answered();

        trust(
                new TrustSet(
                        List.of(authority),
                        List.of(list(START.plusSeconds(3600), certificate.getSerialNumber()))));
        refused(call(certificate), "revoked");
    }

    /** The JDK grants a list a quarter of an hour, for clocks that differ. */
    @Test
    void handle_listIsOutOfDate_nobodyIsLetIn() {
        trust(new TrustSet(List.of(authority), List.of(list(START.plusSeconds(10)))));
        clock.advance(Duration.ofMinutes(16));
        refused(call(Content.good().sign()), "is not accepted");
    }

    @Test
    void handle_didLosesItsKeyOrMayActNoMore_theNextCallIsRefused() {
        X509Certificate certificate = Content.good().sign();
        call(certificate).answered();

        node.identities.put(DID, identity(DID, pair("Ed25519"), true, false));
        refused(call(certificate), "has not now");
        node.identities.put(DID, identity(DID, KEY, true, true));
        refused(call(certificate), "deactivated or revoked");
        node.identities.put(DID, identity(DID, KEY, false, false));
        refused(call(certificate), "deactivated or revoked");
    }

    @Test
    void handle_tenant_isTheOnlyOneOrTheNamedOne() {
        X509Certificate certificate = Content.good().sign();
        call(certificate).answered();
        refused(call(certificate).tenantHeader("other"), "name one that");

        node.tenants.create(OTHER);
        node.grants.grant(OTHER, DID, new CapabilityName("map.test.*"), Optional.empty(), "");
        assertThat(call(certificate).tenantHeader("other").answered().metadata().tenant())
                .contains(OTHER);
        assertThat(call(certificate).tenantInBody("acme").answered().metadata().tenant())
                .contains(TestEngine.ACME);
        refused(call(certificate), "name one that");
        assertThat(refusal(call(certificate).tenantHeader("acme").tenantInBody("other")).code())
                .isEqualTo(ErrorCode.TENANT_MISMATCH);
    }

    @Test
    void handle_headerNamesAnotherDid_isRefused() {
        X509Certificate certificate = Content.good().sign();
        call(certificate).didHeader(DID.text()).answered();
        refused(call(certificate).didHeader(DID.text() + "2"), "X-Agent-Did");
    }

    @Test
    void handle_nobodyIsTrusted_saysSo() {
        node.agentTrust.set(Optional.empty());
        assertThat(node.engine.certificates().readAgain().getAsBoolean()).isTrue();
        assertThat(node.engine.certificates().authorities()).isEmpty();
        refused(call(Content.good().sign()), "lets nobody in");
    }
}
