package dev.mapsovereign.ca;

import static dev.mapsovereign.ca.OpensslAuthority.P256;
import static dev.mapsovereign.ca.OpensslAuthority.openssl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditSink;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.testing.ManualClock;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RevocationTest {
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir private Path temp;
    private final ManualClock clock =
            new ManualClock(Clock.systemUTC().instant().truncatedTo(ChronoUnit.SECONDS));
    private final List<AuditDraft> records = new ArrayList<>();
    private boolean logAvailable = true;

    private final AuditSink sink =
            draft -> {
                if (!logAvailable) {
                    throw new AuditUnavailableException("no space", Duration.ofSeconds(1));
                }
                records.add(draft);
                return new RecordReference(
                        TenantId.NODE, records.size(), new byte[32], new byte[32], Instant.EPOCH);
            };

    private Path folder() {
        return temp.resolve("ca");
    }

    private CertificateAuthority authority() {
        return CertificateAuthority.initQuick(
                folder(),
                new CertificateAuthority.Founding(
                        "Test",
                        List.of(SubjectName.parse("node1.example")),
                        temp.resolve("ca-root.passphrase")),
                sink,
                clock);
    }

    private static IssuedCertificate issue(CertificateAuthority authority, String profile) {
        return authority.issue(
                CertificateProfile.of(profile),
                List.of(
                        SubjectName.parse(
                                profile.equals("agent")
                                        ? "did:oas:acme:agent:clerk"
                                        : "node1.example")));
    }

    private String listText(String issuer) throws Exception {
        return openssl(
                List.of(
                        "crl",
                        "-inform",
                        "DER",
                        "-in",
                        folder().resolve("crl/" + issuer + ".crl").toString(),
                        "-noout",
                        "-text",
                        "-CAfile",
                        folder().resolve(issuer + ".pem").toString()));
    }

    private List<String> verification(IssuedCertificate issued, String issuer) throws Exception {
        Path chain = temp.resolve("chain.pem");
        Files.write(chain, issued.chainPem());
        return List.of(
                "verify",
                "-x509_strict",
                "-crl_check",
                "-CRLfile",
                folder().resolve("crl/" + issuer + ".crl").toString(),
                "-attime",
                Long.toString(clock.instant().getEpochSecond()),
                "-CAfile",
                folder().resolve("root.pem").toString(),
                "-untrusted",
                chain.toString(),
                chain.toString());
    }

    private List<Object> recordedSerials() {
        return records.stream()
                .filter(draft -> draft.eventType() == EventType.CERTIFICATE_REVOKED)
                .<Object>map(draft -> draft.meta().text("serial").orElseThrow())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"server", "agent"})
    void openssl_acceptsAGoodLeafAndRefusesARevokedOne(String issuer) throws Exception {
        CertificateAuthority authority = authority();
        IssuedCertificate good = issue(authority, issuer);
        IssuedCertificate bad = issue(authority, issuer);
        Revocations.Outcome outcome =
                authority.revocations().revoke(bad.serial(), RevocationReason.KEY_COMPROMISE);

        assertThat(listText(issuer))
                .contains("verify OK", "Key Compromise", "X509v3 Authority Key Identifier")
                .contains("X509v3 CRL Number: ", bad.serial().toUpperCase(java.util.Locale.ROOT));
        openssl(verification(good, issuer));
        List<String> refused = verification(bad, issuer);
        assertThatThrownBy(() -> openssl(refused)).hasMessageContaining("certificate revoked");
        assertThat(outcome.list().revoked()).isEqualTo(1);
        assertThat(recordedSerials()).containsExactly(bad.serial());
    }

    @Test
    void makeLists_nothingRevoked_isEmptyAndLastsAWeek() throws Exception {
        List<RevocationList> made = authority().revocations().makeLists();

        assertThat(made).extracting(RevocationList::issuer).containsExactly("server", "agent");
        assertThat(made)
                .allSatisfy(list -> {
                    assertThat(list.revoked()).isZero();
                    assertThat(list.thisUpdate()).isEqualTo(clock.instant());
                    assertThat(list.nextUpdate())
                            .isEqualTo(clock.instant().plus(DAY.multipliedBy(7)));
                });
        assertThat(RevocationList.in(folder())).isEqualTo(made);
        assertThat(listText("server")).contains("verify OK", "No Revoked Certificates");
    }

    @Test
    void makeLists_importedIssuer_namesTheIssuersOwnKeyIdentifier() throws Exception {
        OpensslAuthority brought = new OpensslAuthority(temp.resolve("elsewhere"), P256);
        brought.issuer(
                "server",
                OpensslAuthority.CA,
                OpensslAuthority.USAGE,
                OpensslAuthority.SERVER_NAMES,
                "subjectKeyIdentifier=0102030405060708");
        brought.issuer("agent", OpensslAuthority.CA, OpensslAuthority.USAGE);
        CertificateAuthority.importFrom(brought.folder(), folder(), false, sink, Clock.systemUTC());

        CertificateAuthority.open(folder(), sink, Clock.systemUTC()).revocations().makeLists();

        assertThat(listText("server")).contains("verify OK", "01:02:03:04:05:06:07:08");
        assertThat(listText("agent")).contains("verify OK");
    }

    @Test
    void number_risesOverReopening_withinASecondAndAfterAListThatNeverLeft() throws Exception {
        BigInteger first = authority().revocations().makeLists().getFirst().number();
        BigInteger second = authority().revocations().makeLists().getFirst().number();
        // A crash after the number was durable: its list is nowhere, and its number stays taken.
        CertificateAuthority.ledger(folder())
                .appendListNumber("server", second.longValueExact() + 1, clock.instant());
        BigInteger fourth = authority().revocations().makeLists().getFirst().number();

        assertThat(second).isGreaterThan(first);
        assertThat(fourth).isGreaterThan(second.add(BigInteger.ONE));
    }

    @Test
    void number_afterTheLedgerCameBackFromABackup_isNotUsedTwice() throws Exception {
        authority().revocations().makeLists();
        Path ledger = folder().resolve("ledger.jsonl");
        byte[] backup = Files.readAllBytes(ledger);
        BigInteger later = authority().revocations().makeLists().getFirst().number();
        Files.write(ledger, backup);
        clock.advance(DAY);

        assertThat(authority().revocations().makeLists().getFirst().number()).isGreaterThan(later);
    }

    @Test
    void revoke_again_changesNothingButMakesANewList() {
        CertificateAuthority authority = authority();
        String serial = issue(authority, "client").serial();
        Revocations.Outcome first =
                authority.revocations().revoke(serial, RevocationReason.SUPERSEDED);
        clock.advance(DAY);
        Revocations.Outcome second =
                authority().revocations().revoke(serial, RevocationReason.KEY_COMPROMISE);

        assertThat(first.already()).isFalse();
        assertThat(second.already()).isTrue();
        assertThat(second.revocation()).isEqualTo(first.revocation());
        assertThat(second.list().number()).isGreaterThan(first.list().number());
        assertThat(recordedSerials()).containsExactly(serial);
    }

    @Test
    void revoke_unknownOrTheAuthoritysOwn_isRefused() {
        CertificateAuthority authority = authority();
        String own =
                Objects.requireNonNull(authority.certificates().get("agent"))
                        .getSerialNumber()
                        .toString(16);

        for (String serial : List.of("4711", own)) {
            assertThatThrownBy(() ->
                            authority.revocations().revoke(serial, RevocationReason.UNSPECIFIED))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> assertThat(e.exit()).isEqualTo(ExitCode.FAILED));
        }
        assertThat(RevocationList.in(folder())).isEmpty();
        assertThat(recordedSerials()).isEmpty();
    }

    @Test
    void revoke_logAway_isMadeUpForByTheNextList() {
        CertificateAuthority authority = authority();
        String serial = issue(authority, "server").serial();
        logAvailable = false;
        assertThatThrownBy(
                        () -> authority.revocations().revoke(serial, RevocationReason.UNSPECIFIED))
                .isInstanceOf(AuditUnavailableException.class);
        logAvailable = true;

        assertThat(authority().revocations().makeLists().getFirst().revoked()).isEqualTo(1);
        assertThat(recordedSerials()).containsExactly(serial);
    }

    @Test
    void expired_staysOnOneListAfterItsEnd() {
        CertificateAuthority authority = authority();
        String serial = issue(authority, "agent").serial();
        authority.revocations().revoke(serial, RevocationReason.PRIVILEGE_WITHDRAWN);
        List<Integer> counts = new ArrayList<>();
        for (int day = 1; day <= 10; day++) {
            clock.advance(DAY);
            counts.add(authority().revocations().makeLists().getLast().revoked());
        }
        // Its seven days are over on day 7; the list of day 8 is the first beyond.
        assertThat(counts).containsExactly(1, 1, 1, 1, 1, 1, 1, 1, 0, 0);
    }

    @Test
    void renew_revoked_isRefused() {
        CertificateAuthority authority = authority();
        IssuedCertificate issued = issue(authority, "server");
        authority.revocations().revoke(issued.serial(), RevocationReason.KEY_COMPROMISE);

        assertThatThrownBy(() ->
                        authority.renew(issued.certificate(), temp.resolve("ca-root.passphrase")))
                .hasMessageContaining("was revoked");
        assertThat(CertificateAuthority.issuedIn(folder())).isEmpty();
    }

    @Test
    void ledger_unfinishedLine_isCutBeforeTheNext() throws Exception {
        CertificateAuthority authority = authority();
        String serial = issue(authority, "server").serial();
        Files.writeString(
                folder().resolve("ledger.jsonl"), "{\"event\":\"revo", StandardOpenOption.APPEND);

        authority.revocations().revoke(serial, RevocationReason.UNSPECIFIED);

        assertThat(authority().revocations().makeLists().getFirst().revoked()).isEqualTo(1);
    }

    @Test
    void copy_bringsTheSameBytes() throws Exception {
        List<RevocationList> made = authority().revocations().makeLists();
        Path out = temp.resolve("www/crl");

        List<Path> copies = Revocations.copy(made, out);

        assertThat(copies).containsExactly(out.resolve("server.crl"), out.resolve("agent.crl"));
        assertThat(copies.getFirst()).hasSameBinaryContentAs(made.getFirst().file());
        try (Stream<Path> all = Files.list(out)) {
            assertThat(all).hasSize(2);
        }
    }

    @Test
    void serial_isReadAsPeopleWriteIt() {
        assertThat(Revocations.serial("00:4A:Ff")).isEqualTo("4aff");
        assertThatThrownBy(() -> Revocations.serial("0x4a"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> RevocationReason.of("removeFromCRL"))
                .hasMessageContaining("keyCompromise");
    }
}
