package dev.mapsovereign.release;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.note.KindNote;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.NoteSigners;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * Signs {@code SHA256SUMS}: by ECDSA for {@code openssl}, which every host has and which needs
 * nothing of ours to verify it; and by Ed25519 as a signed note, for programs that read those. Both
 * are made by {@code openssl} from PEM files, so that a key may have a passphrase, which it asks
 * for.
 *
 * <p>Who signed is not in what is signed: {@code SHA256SUMS} is the same for everybody who builds
 * the commit, whether or not they have a key (docs/decisions/0040).
 */
final class ReleaseSignature {
    /** In place of a file: a pair made here, which installers refuse without being told. */
    static final String DEVELOPMENT = "development";

    private static final String KIND = "release";

    /** PKCS#8 of an Ed25519 seed, RFC 8410 §7; the 32 bytes follow. */
    private static final byte[] ED25519_HEAD =
            HexFormat.of().parseHex("302e020100300506032b657004220420");

    private final Path output;
    private final Source source;

    ReleaseSignature(Path output, Source source) {
        this.output = output;
        this.source = source;
    }

    /**
     * Writes {@code SHA256SUMS.sig}, {@code SHA256SUMS.note}, and the public key as {@code
     * release.pem} or {@code release-development.pem}.
     *
     * @param key PEM of an ECDSA P-256 key, or {@link #DEVELOPMENT}
     * @param noteKey PEM of an Ed25519 key, or {@link #DEVELOPMENT}
     * @throws IOException also for one key without the other, and for release keys over a tree that
     *     differs from its commit
     */
    void sign(Path sums, String key, String noteKey, Path root)
            throws IOException, InterruptedException {
        boolean development = key.equals(DEVELOPMENT);
        if (development != noteKey.equals(DEVELOPMENT)) {
            throw new IOException("release.key and release.note.key are given both or not at all");
        }
        if (!development && (source.modified() || source.commit().isEmpty())) {
            throw new IOException("release keys sign a commit, not a tree that differs from it");
        }
        Path signing = development ? developmentKey("release.key") : root.resolve(key);
        Path noting = development ? developmentKey("note.key") : root.resolve(noteKey);
        requireP256(signing);
        NoteSigner signer =
                NoteSigners.ed25519(
                        "map-sovereign/" + (development ? DEVELOPMENT : KIND),
                        seed(noting),
                        Ed25519.jdk());
        signDetached(sums, signing);
        signNote(sums, signer);
        writePublicKey(signing, signer, development);
    }

    private void signDetached(Path sums, Path key) throws IOException, InterruptedException {
        Path signature = output.resolve("SHA256SUMS.sig");
        Program.run(
                "openssl",
                "dgst",
                "-sha256",
                "-sign",
                key.toString(),
                "-out",
                signature.toString(),
                sums.toString());
    }

    private void signNote(Path sums, NoteSigner signer) throws IOException {
        List<String> lines = List.of(source.version(), FileTree.sha256(sums));
        Files.write(output.resolve("SHA256SUMS.note"), KindNote.sign(KIND, lines, signer).bytes());
    }

    /** A convenience on the medium, never trusted: fingerprints travel on paper. */
    private void writePublicKey(Path key, NoteSigner signer, boolean development)
            throws IOException, InterruptedException {
        String pem = Program.output("openssl", "pkey", "-in", key.toString(), "-pubout");
        Files.writeString(
                output.resolve(development ? "release-development.pem" : "release.pem"),
                "Signed notes: %s%n%s".formatted(signer.key().vkey(), pem));
    }

    private static void requireP256(Path key) throws IOException, InterruptedException {
        String text =
                Program.output("openssl", "pkey", "-in", key.toString(), "-noout", "-text_pub");
        if (!text.contains("prime256v1")) {
            throw new IOException(key + " is no ECDSA P-256 key");
        }
    }

    /** Made with the first release in this folder; {@code clean} takes it away. */
    private Path developmentKey(String name) throws IOException, InterruptedException {
        Path folder = output.resolve("development-key");
        Path key = folder.resolve(name);
        if (!Files.exists(key)) {
            Files.createDirectories(folder);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
            List<String> algorithm =
                    name.equals("note.key")
                            ? List.of("-algorithm", "ed25519")
                            : List.of("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256");
            List<String> command = new java.util.ArrayList<>(List.of("openssl", "genpkey"));
            command.addAll(algorithm);
            command.addAll(List.of("-out", key.toString()));
            Program.output(command.toArray(String[]::new));
        }
        return key;
    }

    private static byte[] seed(Path key) throws IOException, InterruptedException {
        String pem = Program.output("openssl", "pkey", "-in", key.toString());
        String base64 = pem.replaceAll("-----[A-Z ]+-----", "");
        byte[] der = Base64.getMimeDecoder().decode(base64.getBytes(StandardCharsets.US_ASCII));
        if (der.length != ED25519_HEAD.length + 32
                || !Arrays.equals(Arrays.copyOf(der, ED25519_HEAD.length), ED25519_HEAD)) {
            throw new IOException(key + " is no Ed25519 key");
        }
        return Arrays.copyOfRange(der, ED25519_HEAD.length, der.length);
    }
}
