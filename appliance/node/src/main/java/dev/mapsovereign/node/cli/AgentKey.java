package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.custody.KeyFiles;
import dev.mapsovereign.custody.KeyRole;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;

/**
 * The private key of an agent or a representative: Ed25519 in PKCS#8 (RFC 8410), PEM, as {@code
 * openssl genpkey -algorithm ed25519} writes it; or the {@code did.key} of an identity that {@code
 * map init} made. It is read, used once and wiped.
 */
final class AgentKey {
    private static final String HEAD = "-----BEGIN PRIVATE KEY-----";
    private static final String FOOT = "-----END PRIVATE KEY-----";
    private static final byte[] PKCS8_HEAD =
            HexFormat.of().parseHex("302e020100300506032b657004220420");
    private static final int SEED_BYTES = 32;

    private AgentKey() {}

    /**
     * Signs with the key of that file.
     *
     * @return 64 bytes
     * @throws OperatorException if the file cannot be read, holds another kind of key, or can be
     *     read by others
     */
    static byte[] sign(Path file, byte[] message) {
        requirePrivate(file);
        if (file.endsWith(KeyRole.DID.text() + ".key")) {
            try (Secret seed = keys(file).seed(KeyRole.DID)) {
                return seed.use(bytes -> Ed25519.jdk().sign(bytes, message));
            }
        }
        try (Secret pem = Secret.readFile(file)) {
            byte[] seed = pem.use(bytes -> seed(file, bytes));
            try {
                return Ed25519.jdk().sign(seed, message);
            } finally {
                Arrays.fill(seed, (byte) 0);
            }
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "couldn't read " + file + ": " + IoReason.of(e), e);
        }
    }

    private static KeyFiles keys(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        return new KeyFiles(
                folder == null ? Path.of("/") : folder, Ed25519.jdk(), Clock.systemUTC());
    }

    private static void requirePrivate(Path file) {
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new OperatorException(ExitCode.USAGE, file + " is no file");
            }
            Set<PosixFilePermission> others = Files.getPosixFilePermissions(file);
            others.retainAll(
                    Set.of(
                            PosixFilePermission.GROUP_READ,
                            PosixFilePermission.GROUP_WRITE,
                            PosixFilePermission.OTHERS_READ,
                            PosixFilePermission.OTHERS_WRITE));
            if (!others.isEmpty()) {
                throw new OperatorException(
                        ExitCode.ENVIRONMENT,
                        "others can read the private key " + file,
                        "chmod 600 " + file);
            }
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "couldn't read " + file + ": " + IoReason.of(e), e);
        }
    }

    private static byte[] seed(Path file, byte[] pem) {
        String text = new String(pem, StandardCharsets.US_ASCII).strip();
        if (text.startsWith(HEAD) && text.endsWith(FOOT)) {
            byte[] der = decoded(text.substring(HEAD.length(), text.length() - FOOT.length()));
            try {
                if (der.length == PKCS8_HEAD.length + SEED_BYTES
                        && Arrays.equals(
                                der, 0, PKCS8_HEAD.length, PKCS8_HEAD, 0, PKCS8_HEAD.length)) {
                    return Arrays.copyOfRange(der, PKCS8_HEAD.length, der.length);
                }
            } finally {
                Arrays.fill(der, (byte) 0);
            }
        }
        throw new OperatorException(
                ExitCode.USAGE,
                file + " holds no Ed25519 private key in PKCS#8 PEM, without a passphrase",
                "such as openssl genpkey -algorithm ed25519 -out FILE writes");
    }

    private static byte[] decoded(String base64) {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException notBase64) {
            return new byte[0];
        }
    }
}
