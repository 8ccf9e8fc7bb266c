package dev.mapsovereign.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditSink;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.identity.TenantId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CertificateAuthorityTest {
    private static final String DID = "did:oas:acme:agent:clerk";

    @TempDir private Path temp;
    private Path folder = Path.of("");
    private final RecordingSink records = new RecordingSink();

    /** Keeps what was recorded; can be told that the log is away. */
    private static final class RecordingSink implements AuditSink {
        private final List<AuditDraft> drafts = new ArrayList<>();
        private boolean available = true;

        @Override
        public RecordReference append(AuditDraft draft) {
            if (!available) {
                throw new AuditUnavailableException("no space", Duration.ofSeconds(1));
            }
            drafts.add(draft);
            return new RecordReference(
                    TenantId.NODE,
                    drafts.size() - 1,
                    new byte[32],
                    new byte[32],
                    Clock.systemUTC().instant());
        }
    }

    @BeforeEach
    void chooseFolder() {
        folder = temp.resolve("ca");
    }

    private CertificateAuthority authority() {
        return CertificateAuthority.initQuick(
                folder,
                new CertificateAuthority.Founding(
                        "Example Ministry",
                        names("node1.example", "127.0.0.1", "localhost"),
                        temp.resolve("keys/ca-root.passphrase")),
                records,
                Clock.systemUTC());
    }

    private static List<SubjectName> names(String... names) {
        return List.of(names).stream().map(SubjectName::parse).toList();
    }

    private Path chainFile(IssuedCertificate issued) throws IOException {
        Path file = temp.resolve("chain-" + issued.serial() + ".pem");
        Files.write(file, issued.chainPem());
        return file;
    }

    private static String openssl(int status, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isEqualTo(status);
        return output;
    }

    private void javaAccepts(IssuedCertificate issued) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> chain =
                factory.generateCertificates(new ByteArrayInputStream(issued.chainPem())).stream()
                        .map(X509Certificate.class::cast)
                        .toList();
        X509Certificate root =
                (X509Certificate)
                        factory.generateCertificate(
                                new ByteArrayInputStream(
                                        Files.readAllBytes(folder.resolve("root.pem"))));
        CertPath path = factory.generateCertPath(chain);
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
        parameters.setRevocationEnabled(false);
        CertPathValidator.getInstance("PKIX").validate(path, parameters);
    }

    /**
     * The authority may certify DNS names too, which is what openssl holds a common name against.
     */
    @Test
    void issue_serverForAnAddressAlone_isAcceptedByOpensslAndJava() throws Exception {
        IssuedCertificate issued =
                authority().issue(CertificateProfile.of("server"), names("127.0.0.1"));
        String chain = chainFile(issued).toString();

        openssl(
                0,
                "verify",
                "-x509_strict",
                "-CAfile",
                folder.resolve("root.pem").toString(),
                "-untrusted",
                chain,
                "-verify_ip",
                "127.0.0.1",
                chain);
        javaAccepts(issued);
    }

    @Test
    void issue_server_isAcceptedByOpensslAndJava() throws Exception {
        IssuedCertificate issued =
                authority()
                        .issue(
                                CertificateProfile.of("server"),
                                names("node1.example", "127.0.0.1"));

        String chain = chainFile(issued).toString();
        openssl(
                0,
                "verify",
                "-x509_strict",
                "-purpose",
                "sslserver",
                "-verify_hostname",
                "node1.example",
                "-CAfile",
                folder.resolve("root.pem").toString(),
                "-untrusted",
                chain,
                chain);
        openssl(
                0,
                "verify",
                "-x509_strict",
                "-verify_ip",
                "127.0.0.1",
                "-CAfile",
                folder.resolve("root.pem").toString(),
                "-untrusted",
                chain,
                chain);
        javaAccepts(issued);
    }

    @Test
    void issue_agent_isAcceptedForClientsOnly() throws Exception {
        IssuedCertificate issued = authority().issue(CertificateProfile.of("agent"), names(DID));

        String chain = chainFile(issued).toString();
        String root = folder.resolve("root.pem").toString();
        openssl(
                0,
                "verify",
                "-x509_strict",
                "-purpose",
                "sslclient",
                "-CAfile",
                root,
                "-untrusted",
                chain,
                chain);
        openssl(
                2,
                "verify",
                "-x509_strict",
                "-purpose",
                "sslserver",
                "-CAfile",
                root,
                "-untrusted",
                chain,
                chain);
        assertThat(openssl(0, "x509", "-in", chain, "-noout", "-ext", "subjectAltName"))
                .contains("URI:" + DID);
        javaAccepts(issued);
    }

    @Test
    void issue_nameOutsideTheSite_isRefusedByOpensslAndJava() throws Exception {
        IssuedCertificate issued =
                authority().issue(CertificateProfile.of("server"), names("elsewhere.test"));

        String chain = chainFile(issued).toString();
        assertThat(
                        openssl(
                                2,
                                "verify",
                                "-CAfile",
                                folder.resolve("root.pem").toString(),
                                "-untrusted",
                                chain,
                                chain))
                .contains("permitted subtree violation");
        assertThatThrownBy(() -> javaAccepts(issued))
                .isInstanceOf(CertPathValidatorException.class);
    }

    @Test
    void outOfBounds_namesWhatNobodyWouldAccept() {
        CertificateAuthority authority = authority();

        assertThat(
                        authority.outOfBounds(
                                CertificateProfile.of("server"),
                                names(
                                        "node1.example",
                                        "a.node1.example",
                                        "xnode1.example",
                                        "elsewhere.test",
                                        "127.0.0.1",
                                        "127.0.0.2",
                                        "::1")))
                .extracting(SubjectName::text)
                .containsExactly(
                        "xnode1.example", "elsewhere.test", "127.0.0.2", "0:0:0:0:0:0:0:1");
        assertThat(authority.outOfBounds(CertificateProfile.of("agent"), names(DID))).isEmpty();
    }

    @Test
    void issue_addressWhereTheSiteHasNone_isRefusedByOpenssl() throws Exception {
        CertificateAuthority authority =
                CertificateAuthority.initQuick(
                        folder,
                        new CertificateAuthority.Founding(
                                "Example Ministry",
                                names("node1.example"),
                                temp.resolve("keys/ca-root.passphrase")),
                        records,
                        Clock.systemUTC());
        String root = folder.resolve("root.pem").toString();

        String good =
                chainFile(authority.issue(CertificateProfile.of("server"), names("node1.example")))
                        .toString();
        openssl(0, "verify", "-x509_strict", "-CAfile", root, "-untrusted", good, good);
        for (String address : List.of("127.0.0.1", "::1")) {
            String bad =
                    chainFile(authority.issue(CertificateProfile.of("server"), names(address)))
                            .toString();
            assertThat(openssl(2, "verify", "-CAfile", root, "-untrusted", bad, bad))
                    .contains("subtree violation");
        }
    }

    @Test
    void issue_recordsTheDigestOfWhatIsSignedBeforeTheSignature() throws Exception {
        CertificateAuthority authority = authority();
        int before = records.drafts.size();
        IssuedCertificate issued =
                authority.issue(CertificateProfile.of("server"), names("node1.example"));

        assertThat(records.drafts).hasSize(before + 1);
        var meta = records.drafts.getLast().meta();
        assertThat(meta.text("serial")).contains(issued.serial());
        assertThat(meta.text("tbs_sha256"))
                .contains(
                        dev.mapsovereign.base.crypto.Hex.encode(
                                dev.mapsovereign.base.crypto.Sha256.hash(
                                        issued.certificate().getTBSCertificate())));
        assertThat(Files.readAllLines(folder.resolve("ledger.jsonl")))
                .hasSize(records.drafts.size());
    }

    @Test
    void issue_auditLogAway_givesNoCertificate() {
        CertificateAuthority authority = authority();
        records.available = false;

        assertThatThrownBy(() ->
                        authority.issue(CertificateProfile.of("server"), names("node1.example")))
                .isInstanceOf(AuditUnavailableException.class);
    }

    @Test
    void initQuick_again_keepsRootAndIssuers() throws Exception {
        authority();
        byte[] root = Files.readAllBytes(folder.resolve("root.pem"));
        byte[] server = Files.readAllBytes(folder.resolve("server.pem"));
        int recorded = records.drafts.size();

        authority();

        assertThat(Files.readAllBytes(folder.resolve("root.pem"))).isEqualTo(root);
        assertThat(Files.readAllBytes(folder.resolve("server.pem"))).isEqualTo(server);
        assertThat(records.drafts).hasSize(recorded);
    }

    @Test
    void initQuick_interruptedBeforeTheAgentIssuer_isTakenUpAgain() throws Exception {
        authority();
        Files.delete(folder.resolve("agent.pem"));
        assertThat(CertificateAuthority.exists(folder)).isFalse();

        IssuedCertificate issued = authority().issue(CertificateProfile.of("agent"), names(DID));

        javaAccepts(issued);
    }

    @ParameterizedTest
    @ValueSource(strings = {"root.key", "server.key", "agent.key", "ledger.jsonl"})
    void initQuick_privateFiles_haveMode0600(String name) throws IOException {
        authority();

        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(folder.resolve(name))))
                .isEqualTo("rw-------");
    }

    @Test
    void rootKey_opensWithItsPassphraseInOpensslToo() throws Exception {
        authority();
        String key = folder.resolve("root.key").toString();
        String good = "file:" + temp.resolve("keys/ca-root.passphrase");

        openssl(0, "pkey", "-in", key, "-passin", good, "-noout");
        openssl(1, "pkey", "-in", key, "-passin", "pass:wrong", "-noout");
    }

    @ParameterizedTest
    @CsvSource({
        "agent, node1.example, certifies no name such as node1.example",
        "server, did:oas:acme:agent:clerk, certifies no name such as did:oas:acme:agent:clerk",
        "operator, 127.0.0.1, certifies no name such as 127.0.0.1"
    })
    void issue_nameTheProfileDoesNotAllow_isRefused(String profile, String name, String reason) {
        CertificateAuthority authority = authority();

        assertThatThrownBy(() -> authority.issue(CertificateProfile.of(profile), names(name)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void issue_twoDids_isRefused() {
        CertificateAuthority authority = authority();

        assertThatThrownBy(() ->
                        authority.issue(CertificateProfile.of("agent"), names(DID, DID + "2")))
                .hasMessageContaining("exactly one DID");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*.example",
                "-bad.example",
                "a..b",
                "",
                "exa mple",
                "300.1.1.1",
                "did:oas:x"
            })
    void parse_badName_isRefused(String name) {
        assertThatThrownBy(() -> SubjectName.parse(name))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void status_listsSoonestFirst() {
        assertThat(authority().status())
                .extracting(CertificateAuthority.Expiry::what)
                .containsExactly("server", "agent", "root");
    }
}
