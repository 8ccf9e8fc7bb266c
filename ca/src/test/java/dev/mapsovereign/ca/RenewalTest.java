package dev.mapsovereign.ca;

import static dev.mapsovereign.ca.OpensslAuthority.P256;
import static dev.mapsovereign.ca.OpensslAuthority.openssl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditSink;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.testing.ManualClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RenewalTest {
    @TempDir private Path temp;
    private final ManualClock clock = new ManualClock(Instant.parse("2026-06-01T00:00:00Z"));
    private final List<AuditDraft> records = new ArrayList<>();
    private final AuditSink sink =
            draft -> {
                records.add(draft);
                return new RecordReference(
                        TenantId.NODE, records.size(), new byte[32], new byte[32], Instant.EPOCH);
            };

    private Path passphrase() {
        return temp.resolve("ca-root.passphrase");
    }

    private CertificateAuthority authority() {
        return CertificateAuthority.initQuick(
                temp.resolve("ca"),
                new CertificateAuthority.Founding(
                        "Test", List.of(SubjectName.parse("node1.example")), passphrase()),
                sink,
                clock);
    }

    private static X509Certificate server(CertificateAuthority authority) {
        return authority
                .issue(CertificateProfile.of("server"), List.of(SubjectName.parse("node1.example")))
                .certificate();
    }

    private static X509Certificate certificate(CertificateAuthority authority, String name) {
        return Optional.ofNullable(authority.certificates().get(name)).orElseThrow();
    }

    private void verifies(byte[] chain, Instant at) throws Exception {
        Path file = temp.resolve("chain.pem");
        Files.write(file, chain);
        openssl(
                List.of(
                        "verify",
                        "-x509_strict",
                        "-attime",
                        Long.toString(at.getEpochSecond()),
                        "-verify_hostname",
                        "node1.example",
                        "-CAfile",
                        temp.resolve("ca/root.pem").toString(),
                        "-untrusted",
                        file.toString(),
                        file.toString()));
    }

    @Test
    void renew_expired_keepsNamesAndKey() throws Exception {
        CertificateAuthority authority = authority();
        X509Certificate old = server(authority);
        clock.advance(Duration.ofDays(400));
        int before = records.size();

        Renewed renewed = authority.renew(old, passphrase());

        assertThat(renewed.certificate().getPublicKey()).isEqualTo(old.getPublicKey());
        assertThat(renewed.certificate().getNotAfter().toInstant())
                .isEqualTo(clock.instant().plus(Duration.ofDays(90)));
        assertThat(renewed.certificate().getSerialNumber()).isNotEqualTo(old.getSerialNumber());
        assertThat(renewed.names()).containsExactly("node1.example");
        assertThat(renewed.issuerRenewed()).isFalse();
        assertThat(records).hasSize(before + 1);
        verifies(renewed.chainPem(), clock.instant());
        assertThat(CertificateAuthority.issuedIn(temp.resolve("ca"))).hasSize(1);
    }

    @Test
    void renew_issuerEndsBefore_renewsItUnderTheSameKeyAndBounds() throws Exception {
        CertificateAuthority authority = authority();
        X509Certificate old = server(authority);
        X509Certificate issuer = certificate(authority, "server");
        clock.advance(Duration.ofDays(1200));

        Renewed renewed = authority.renew(old, passphrase());

        X509Certificate newer = certificate(authority, "server");
        assertThat(renewed.issuerRenewed()).isTrue();
        assertThat(newer.getPublicKey()).isEqualTo(issuer.getPublicKey());
        assertThat(newer.getExtensionValue("2.5.29.30"))
                .isEqualTo(issuer.getExtensionValue("2.5.29.30"));
        assertThat(newer.getBasicConstraints()).isZero();
        verifies(renewed.chainPem(), clock.instant());
    }

    @Test
    void renewIssuer_nearTheRootsEnd_doesNotOutlastIt() {
        CertificateAuthority authority = authority();
        clock.advance(Duration.ofDays(3600));
        X509Certificate renewed = authority.renewIssuer("agent", passphrase());
        assertThat(renewed.getNotAfter()).isEqualTo(certificate(authority, "root").getNotAfter());

        clock.advance(Duration.ofDays(51));
        assertThatThrownBy(() -> authority.renewIssuer("agent", passphrase()))
                .hasMessageContaining("the root has expired");
    }

    @Test
    void renewIssuer_rootsKeyElsewhere_saysSo() throws Exception {
        OpensslAuthority brought = new OpensslAuthority(temp.resolve("elsewhere"), P256).whole();
        CertificateAuthority.importFrom(
                brought.folder(), temp.resolve("ca"), false, sink, Clock.systemUTC());
        CertificateAuthority authority =
                CertificateAuthority.open(temp.resolve("ca"), sink, Clock.systemUTC());
        X509Certificate old = server(authority);

        assertThat(authority.renew(old, passphrase()).issuerRenewed()).isFalse();
        assertThatThrownBy(() -> authority.renewIssuer("server", passphrase()))
                .hasMessageContaining("whose key is not on this host");
    }

    @Test
    void renew_ofAnotherAuthority_isRefused() {
        X509Certificate foreign =
                server(
                        CertificateAuthority.initQuick(
                                temp.resolve("other"),
                                new CertificateAuthority.Founding(
                                        "Other",
                                        List.of(SubjectName.parse("node1.example")),
                                        temp.resolve("other.passphrase")),
                                sink,
                                clock));
        assertThatThrownBy(() -> authority().renew(foreign, passphrase()))
                .hasMessageContaining("was not issued by this site's authority");
    }
}
