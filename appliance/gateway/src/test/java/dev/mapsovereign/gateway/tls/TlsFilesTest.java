package dev.mapsovereign.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.tls.TlsFiles;
import dev.mapsovereign.gateway.testing.TestTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsFilesTest {
    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({
        "-keyalg EC -groupname secp256r1, EC",
        "-keyalg Ed25519, EdDSA",
        "-keyalg RSA -keysize 2048, RSA"
    })
    void read_everySupportedKey_isRead(String options, String algorithm) throws Exception {
        TestTls made = TestTls.create(folder, options.split(" "));
        TlsFiles files = TlsFiles.read(made.chainFile(), made.keyFile());
        assertThat(files.chain()).hasSize(1);
        assertThat(files.key().getAlgorithm()).isEqualTo(algorithm);
        assertThat(files.toString()).doesNotContain("key");
    }

    @Test
    void read_keyOfAnotherCertificate_isRefused() throws Exception {
        TestTls one = TestTls.create(Files.createDirectory(folder.resolve("one")));
        TestTls other = TestTls.create(Files.createDirectory(folder.resolve("other")));
        assertRefused(one.chainFile(), other.keyFile(), "is not the key of");
    }

    @Test
    void read_shortRsaKey_isRefused() throws Exception {
        TestTls weak = TestTls.create(folder, "-keyalg", "RSA", "-keysize", "1024");
        assertRefused(weak.chainFile(), weak.keyFile(), "too short");
    }

    @Test
    void read_keyReadableByAnybody_isRefused() throws Exception {
        TestTls made = TestTls.create(folder);
        Files.setPosixFilePermissions(made.keyFile(), PosixFilePermissions.fromString("rw-r--r--"));
        assertRefused(made.chainFile(), made.keyFile(), made.keyFile().toString());
    }

    @Test
    void read_chainThatDoesNotHangTogether_isRefused() throws Exception {
        TestTls one = TestTls.create(Files.createDirectory(folder.resolve("one")));
        TestTls other = TestTls.create(Files.createDirectory(folder.resolve("other")));
        Path both = folder.resolve("both.pem");
        Files.writeString(
                both, Files.readString(one.chainFile()) + Files.readString(other.chainFile()));
        assertRefused(both, one.keyFile(), "was not issued by");
    }

    @Test
    void read_missingOrForeignFiles_areNamed() throws Exception {
        TestTls made = TestTls.create(folder);
        Path missing = folder.resolve("missing.pem");
        Path empty = Files.writeString(folder.resolve("empty.pem"), "nothing here\n");
        Files.setPosixFilePermissions(empty, PosixFilePermissions.fromString("rw-------"));
        Path encrypted = write("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n");
        Path broken = write("-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----\n");
        assertRefused(missing, made.keyFile(), "missing.pem");
        assertRefused(made.chainFile(), missing, "missing.pem");
        assertRefused(empty, made.keyFile(), "holds 0 certificates");
        assertRefused(made.chainFile(), empty, "exactly one PKCS#8");
        assertRefused(made.chainFile(), encrypted, "exactly one PKCS#8");
        assertRefused(made.chainFile(), broken, "not well-formed");
        assertRefused(made.keyFile(), made.keyFile(), "holds 0 certificates");
    }

    private Path write(String text) throws IOException {
        Path file = Files.createTempFile(folder, "key", ".pem");
        return Files.writeString(file, text);
    }

    private static void assertRefused(Path chain, Path key, String text) {
        assertThatThrownBy(() -> TlsFiles.read(chain, key))
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining(text)
                .extracting(thrown -> ((OperatorException) thrown).exit())
                .isEqualTo(ExitCode.ENVIRONMENT);
    }
}
