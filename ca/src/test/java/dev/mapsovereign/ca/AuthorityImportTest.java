package dev.mapsovereign.ca;

import static dev.mapsovereign.ca.OpensslAuthority.CA;
import static dev.mapsovereign.ca.OpensslAuthority.P256;
import static dev.mapsovereign.ca.OpensslAuthority.SERVER_NAMES;
import static dev.mapsovereign.ca.OpensslAuthority.USAGE;
import static dev.mapsovereign.ca.OpensslAuthority.openssl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditSink;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthorityImportTest {
    @TempDir private Path temp;
    private final List<AuditDraft> records = new ArrayList<>();
    private final AuditSink sink =
            draft -> {
                records.add(draft);
                return new RecordReference(
                        TenantId.NODE, records.size(), new byte[32], new byte[32], Instant.EPOCH);
            };

    private Path here() {
        return temp.resolve("ca");
    }

    private boolean take(Path from) {
        return CertificateAuthority.importFrom(from, here(), false, sink, Clock.systemUTC());
    }

    private OpensslAuthority elsewhere() throws Exception {
        return new OpensslAuthority(temp.resolve("elsewhere"), P256).whole();
    }

    private void refused(OpensslAuthority authority, ExitCode exit, String reason)
            throws IOException {
        assertThatThrownBy(() -> take(authority.folder()))
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining(reason)
                .extracting(failure -> ((OperatorException) failure).exit())
                .isEqualTo(exit);
        assertThat(records).isEmpty();
        assertThat(here()).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                P256,
                "EC -pkeyopt ec_paramgen_curve:P-384",
                "RSA -pkeyopt rsa_keygen_bits:3072",
                "ED25519"
            })
    void importFrom_everyKindOfKey_issuesWhatOpensslAccepts(String key) throws Exception {
        OpensslAuthority authority = new OpensslAuthority(temp.resolve("elsewhere"), key).whole();

        assertThat(take(authority.folder())).isTrue();
        IssuedCertificate issued =
                CertificateAuthority.open(here(), sink, Clock.systemUTC())
                        .issue(
                                CertificateProfile.of("server"),
                                List.of(SubjectName.parse("node1.example")));

        Path chain = temp.resolve("chain.pem");
        Files.write(chain, issued.chainPem());
        openssl(
                List.of(
                        "verify",
                        "-purpose",
                        "sslserver",
                        "-verify_hostname",
                        "node1.example",
                        "-CAfile",
                        here().resolve("root.pem").toString(),
                        "-untrusted",
                        chain.toString(),
                        chain.toString()));
        assertThat(records.getFirst().meta().text("change"))
                .contains("certificate authority imported");
        for (String secret : List.of("server.key", "agent.key")) {
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(here().resolve(secret))))
                    .isEqualTo("rw-------");
        }
        assertThat(here().resolve("root.key")).doesNotExist();
    }

    @Test
    void importFrom_again_changesAndRecordsNothing() throws Exception {
        OpensslAuthority authority = elsewhere();
        assertThat(take(authority.folder())).isTrue();
        assertThat(take(authority.folder())).isFalse();
        assertThat(records).hasSize(1);
    }

    @Test
    void importFrom_interrupted_isTakenUp() throws Exception {
        OpensslAuthority authority = elsewhere();
        take(authority.folder());
        for (String late : List.of("agent.pem", "agent.key", "server.pem")) {
            Files.delete(here().resolve(late));
        }
        assertThat(CertificateAuthority.exists(here())).isFalse();
        assertThat(take(authority.folder())).isTrue();
        assertThat(CertificateAuthority.certificatesIn(here())).hasSize(3);
    }

    @Test
    void importFrom_anotherIsHere_isRefusedAndLeftAlone() throws Exception {
        take(elsewhere().folder());
        byte[] root = Files.readAllBytes(here().resolve("root.pem"));
        OpensslAuthority other = new OpensslAuthority(temp.resolve("other"), P256).whole();

        assertThatThrownBy(() -> take(other.folder()))
                .hasMessageContaining("another certificate authority is here")
                .extracting(failure -> ((OperatorException) failure).exit())
                .isEqualTo(ExitCode.FAILED);
        assertThat(Files.readAllBytes(here().resolve("root.pem"))).isEqualTo(root);
    }

    @Test
    void initQuick_afterAnImport_makesNothing() throws Exception {
        take(elsewhere().folder());
        List<Path> before = files();
        CertificateAuthority.initQuick(
                here(),
                new CertificateAuthority.Founding(
                        "Mine",
                        List.of(SubjectName.parse("node1.example")),
                        temp.resolve("passphrase")),
                sink,
                Clock.systemUTC());
        assertThat(files()).isEqualTo(before);
        assertThat(records).hasSize(1);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(here())) {
            return files.sorted().toList();
        }
    }

    @Test
    void importFrom_keyOfAnother_isRefused() throws Exception {
        OpensslAuthority authority = elsewhere();
        authority.key("server");
        refused(authority, ExitCode.TAMPERING, "server.key is not the key of server.pem");
    }

    @Test
    void importFrom_issuerOfAnotherRoot_isRefused() throws Exception {
        OpensslAuthority authority = elsewhere();
        authority.key("root");
        authority.root("basicConstraints=critical,CA:true,pathlen:1", USAGE);
        refused(authority, ExitCode.TAMPERING, "server.pem is not signed by root.pem");
    }

    @Test
    void importFrom_rootThatIsNoCa_isRefused() throws Exception {
        OpensslAuthority authority = elsewhere();
        authority.root("basicConstraints=critical,CA:false", USAGE);
        refused(authority, ExitCode.TAMPERING, "root.pem is no CA");
    }

    @Test
    void importFrom_rootWithoutRoomBelow_isRefused() throws Exception {
        OpensslAuthority authority = elsewhere();
        authority.root(CA, USAGE);
        refused(authority, ExitCode.TAMPERING, "root.pem allows no issuer below it");
    }

    @Test
    void importFrom_issuerThatMaySignNothing_isRefused() throws Exception {
        OpensslAuthority authority = elsewhere();
        authority.issuer("agent", CA, "keyUsage=critical,digitalSignature");
        refused(authority, ExitCode.TAMPERING, "agent.pem may not sign certificates");
    }

    @Test
    void importFrom_issuerOfIssuers_isRefused() throws Exception {
        OpensslAuthority authority = elsewhere();
        authority.issuer("agent", "basicConstraints=critical,CA:true", USAGE);
        refused(authority, ExitCode.TAMPERING, "path length is not 0");
    }

    @Test
    void importFrom_purposeMissing_isRefused() throws Exception {
        OpensslAuthority authority = elsewhere();
        authority.issuer("server", CA, USAGE, SERVER_NAMES, "extendedKeyUsage=clientAuth");
        refused(authority, ExitCode.TAMPERING, "server.pem may not issue for all purposes");
    }

    @Test
    void importFrom_noNameConstraints_needsToBeAccepted() throws Exception {
        OpensslAuthority authority = elsewhere();
        authority.issuer("server", CA, USAGE);
        refused(authority, ExitCode.TAMPERING, "server.pem has no name constraints");
        assertThat(
                        CertificateAuthority.importFrom(
                                authority.folder(), here(), true, sink, Clock.systemUTC()))
                .isTrue();
    }

    @Test
    void importFrom_unknownCriticalExtension_isRefused() throws Exception {
        OpensslAuthority authority = elsewhere();
        authority.issuer("agent", CA, USAGE, "1.3.6.1.4.1.55555.1=critical,ASN1:UTF8String:x");
        refused(authority, ExitCode.TAMPERING, "agent.pem does not verify under root.pem");
    }

    @Test
    void importFrom_expired_isRefused() throws Exception {
        OpensslAuthority authority = elsewhere();
        assertThatThrownBy(() ->
                        CertificateAuthority.importFrom(
                                authority.folder(),
                                here(),
                                false,
                                sink,
                                Clock.offset(Clock.systemUTC(), Duration.ofDays(1001))))
                .hasMessageContaining("server.pem expired at");
        assertThatThrownBy(() ->
                        CertificateAuthority.importFrom(
                                authority.folder(),
                                here(),
                                false,
                                sink,
                                Clock.offset(Clock.systemUTC(), Duration.ofDays(-1))))
                .hasMessageContaining("root.pem is not valid before");
        assertThat(here()).doesNotExist();
    }

    @Test
    void importFrom_shortRsaKey_isRefused() throws Exception {
        OpensslAuthority authority =
                new OpensslAuthority(temp.resolve("elsewhere"), "RSA -pkeyopt rsa_keygen_bits:2048")
                        .whole();
        refused(authority, ExitCode.TAMPERING, "root.pem has an RSA key of 2048 bits");
    }

    @Test
    void importFrom_sha1_isRefused() throws Exception {
        OpensslAuthority authority = elsewhere();
        authority.issuer("agent", List.of("-days", "1000", "-sha1"), CA, USAGE);
        refused(authority, ExitCode.TAMPERING, "agent.pem is signed by SHA1withECDSA");
    }

    @Test
    void importFrom_oneIssuerForBoth_isRefused() throws Exception {
        OpensslAuthority authority = elsewhere();
        Path from = authority.folder();
        for (String kind : List.of(".pem", ".key")) {
            Files.delete(from.resolve("agent" + kind));
            Files.copy(from.resolve("server" + kind), from.resolve("agent" + kind));
        }
        refused(authority, ExitCode.TAMPERING, "agent.pem has the key of another of the three");
    }

    @ParameterizedTest
    @ValueSource(strings = {"root.pem", "server.pem", "server.key", "agent.pem", "agent.key"})
    void importFrom_fileMissing_isNamed(String name) throws Exception {
        OpensslAuthority authority = elsewhere();
        Files.delete(authority.folder().resolve(name));
        refused(authority, ExitCode.ENVIRONMENT, name + " is missing");
    }

    @Test
    void importFrom_keyInAnotherForm_saysHowToMakeIt() throws Exception {
        OpensslAuthority authority = elsewhere();
        Path key = authority.folder().resolve("agent.key");
        openssl(List.of("ec", "-in", key.toString(), "-out", key.toString()));
        assertThatThrownBy(() -> take(authority.folder()))
                .hasMessageContaining("agent.key holds no plain PKCS#8 key")
                .extracting(failure -> ((OperatorException) failure).hint().orElse(""))
                .asString()
                .contains("openssl pkcs8 -topk8");
    }
}
