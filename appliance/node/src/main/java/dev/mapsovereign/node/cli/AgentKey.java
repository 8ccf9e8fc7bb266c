package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.tls.TlsFiles;
import dev.mapsovereign.custody.KeyFiles;
import dev.mapsovereign.custody.KeyRole;
import java.nio.file.Path;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.time.Clock;
import java.util.Arrays;
import java.util.Optional;

/**
 * The private key of an agent or a representative: Ed25519 in PKCS#8 (RFC 8410), PEM, as {@code
 * openssl genpkey -algorithm ed25519} writes it; or the {@code did.key} of an identity that {@code
 * map init} made. It is read and used once.
 */
final class AgentKey {
    private AgentKey() {}

    /**
     * Signs with the key of that file.
     *
     * @return 64 bytes
     * @throws OperatorException if the file cannot be read, is loosely protected, or holds another
     *     kind of key
     */
    static byte[] sign(Path file, byte[] message) {
        if (isOwnForm(file)) {
            try (Secret seed = ownForm(file)) {
                return seed.use(bytes -> Ed25519.jdk().sign(bytes, message));
            }
        }
        byte[] seed = seed(file);
        try {
            return Ed25519.jdk().sign(seed, message);
        } finally {
            Arrays.fill(seed, (byte) 0);
        }
    }

    private static boolean isOwnForm(Path file) {
        return file.endsWith(KeyRole.DID.text() + ".key");
    }

    /**
     * The seed of a key in the form of {@code map init}.
     *
     * @throws OperatorException if that is no {@code did.key}, or it cannot be read
     */
    static Secret ownForm(Path file) {
        if (!isOwnForm(file)) {
            throw new OperatorException(
                    ExitCode.USAGE,
                    file + " is no did.key",
                    "the keys of identities that map init made have that name");
        }
        Path folder = file.toAbsolutePath().resolveSibling("");
        return new KeyFiles(folder, Ed25519.jdk(), Clock.systemUTC()).seed(KeyRole.DID);
    }

    private static byte[] seed(Path file) {
        Optional<byte[]> seed =
                TlsFiles.readKey(file) instanceof EdECPrivateKey key
                                && key.getParams()
                                        .getName()
                                        .equals(NamedParameterSpec.ED25519.getName())
                        ? key.getBytes()
                        : Optional.empty();
        return seed.orElseThrow(() ->
                new OperatorException(
                        ExitCode.USAGE,
                        file + " holds a key of another kind than Ed25519",
                        "openssl genpkey -algorithm ed25519 -out FILE makes one"));
    }
}
