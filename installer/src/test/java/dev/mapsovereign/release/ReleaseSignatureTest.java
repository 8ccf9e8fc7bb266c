package dev.mapsovereign.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.note.KindNote;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the openssl that an operator has. */
class ReleaseSignatureTest {
    private static final Source COMMIT =
            new Source("1.2.3", Instant.EPOCH, Optional.of("0123abcd"), false, "1.0.0");

    @TempDir Path folder;
    private Path sums;

    @BeforeEach
    void writeSums() throws IOException {
        sums = Files.writeString(folder.resolve("SHA256SUMS"), "00  file\n");
    }

    @Test
    void sign_releaseKeys_opensslAndTheNoteVerify() throws Exception {
        genpkey("ec.pem", "EC", "ec_paramgen_curve:P-256");
        genpkey("ed.pem", "ed25519", "");
        new ReleaseSignature(folder, COMMIT).sign(sums, "ec.pem", "ed.pem", folder);

        assertThat(verify("release.pem").text()).contains("Verified OK");
        assertThat(folder.resolve("release-development.pem")).doesNotExist();
        VerifierKey key = noteKey("release.pem");
        assertThat(key.name()).isEqualTo("map-sovereign/release");
        assertThat(opened(key)).containsExactly("1.2.3", FileTree.sha256(sums));

        Files.writeString(sums, "01  file\n");
        assertThat(verify("release.pem").status()).isNotZero();
    }

    @Test
    void sign_withoutKeys_makesAPairThatSaysWhatItIsAndKeepsIt() throws Exception {
        sign(ReleaseSignature.DEVELOPMENT, ReleaseSignature.DEVELOPMENT, COMMIT);
        assertThat(verify("release-development.pem").text()).contains("Verified OK");
        assertThat(folder.resolve("release.pem")).doesNotExist();
        VerifierKey key = noteKey("release-development.pem");
        assertThat(key.name()).isEqualTo("map-sovereign/development");
        assertThat(opened(key)).containsExactly("1.2.3", FileTree.sha256(sums));
        assertThat(Files.getPosixFilePermissions(folder.resolve("development-key")))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));

        sign(ReleaseSignature.DEVELOPMENT, ReleaseSignature.DEVELOPMENT, COMMIT);
        assertThat(noteKey("release-development.pem")).isEqualTo(key);
    }

    @Test
    void sign_oneKeyWithoutTheOther_isRefused() throws Exception {
        genpkey("ec.pem", "EC", "ec_paramgen_curve:P-256");
        assertThatThrownBy(() -> sign("ec.pem", ReleaseSignature.DEVELOPMENT, COMMIT))
                .hasMessageContaining("both or not at all");
    }

    @Test
    void sign_aModifiedTreeWithReleaseKeys_isRefused() throws Exception {
        genpkey("ec.pem", "EC", "ec_paramgen_curve:P-256");
        genpkey("ed.pem", "ed25519", "");
        Source modified = new Source("1.2.3", Instant.EPOCH, COMMIT.commit(), true, "1.0.0");
        Source unknown = new Source("1.2.3", Instant.EPOCH, Optional.empty(), false, "1.0.0");
        for (Source source : new Source[] {modified, unknown}) {
            assertThatThrownBy(() -> sign("ec.pem", "ed.pem", source))
                    .hasMessageContaining("a commit, not a tree");
        }
        assertThat(folder.resolve("SHA256SUMS.sig")).doesNotExist();
    }

    @Test
    void sign_keysOfAnotherKind_areRefused() throws Exception {
        genpkey("p384.pem", "EC", "ec_paramgen_curve:P-384");
        genpkey("ec.pem", "EC", "ec_paramgen_curve:P-256");
        genpkey("ed.pem", "ed25519", "");
        assertThatThrownBy(() -> sign("p384.pem", "ed.pem", COMMIT))
                .hasMessageContaining("no ECDSA P-256 key");
        assertThatThrownBy(() -> sign("ec.pem", "ec.pem", COMMIT))
                .hasMessageContaining("no Ed25519 key");
        assertThat(folder.resolve("SHA256SUMS.sig")).doesNotExist();
    }

    private void sign(String key, String noteKey, Source source)
            throws IOException, InterruptedException {
        new ReleaseSignature(folder, source).sign(sums, key, noteKey, folder);
    }

    private void genpkey(String name, String algorithm, String option)
            throws IOException, InterruptedException {
        String[] command = {"openssl", "genpkey", "-out", name, "-algorithm", algorithm};
        if (!option.isEmpty()) {
            command = java.util.Arrays.copyOf(command, 8);
            command[6] = "-pkeyopt";
            command[7] = option;
        }
        assertThat(Shell.run(folder, command).status()).isZero();
    }

    /** The operator's command, word for word. */
    private Shell.Result verify(String pem) throws IOException, InterruptedException {
        return Shell.run(
                folder,
                "sh",
                "-c",
                "openssl dgst -sha256 -verify " + pem + " -signature SHA256SUMS.sig SHA256SUMS");
    }

    private VerifierKey noteKey(String pem) throws IOException {
        String first = Files.readAllLines(folder.resolve(pem)).getFirst();
        return VerifierKey.parse(first.replaceFirst("^Signed notes: ", ""));
    }

    private java.util.List<String> opened(VerifierKey key) throws IOException {
        SignedNote note = SignedNote.parse(Files.readAllBytes(folder.resolve("SHA256SUMS.note")));
        return KindNote.open(note, "release", key, Ed25519.jdk());
    }
}
