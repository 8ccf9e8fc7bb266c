package dev.mapsovereign.base.tls;

import dev.mapsovereign.base.crypto.KeyPairs;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * Reads the certificate chain and the private key that a server or a client shows, from PEM files
 * (RFC 7468).
 *
 * <p>Everything that would only come to light in the first handshake is checked here: that the
 * chain hangs together, that the key is the leaf's, that the key is strong enough.
 *
 * @param chain leaf first
 * @param key the leaf's private key
 */
public record TlsFiles(List<X509Certificate> chain, PrivateKey key) {
    /** A chain is a leaf and at most a few issuers; a trust store is not a chain. */
    private static final int CHAIN_MAX = 8;

    private static final int CHAIN_FILE_BYTES_MAX = 256 * 1024;
    private static final int RSA_BITS_MIN = 2048;
    private static final int EC_BITS_MIN = 256;
    private static final List<String> KEY_ALGORITHMS = List.of("EC", "Ed25519", "RSA");

    /** Copies the list. */
    public TlsFiles {
        chain = List.copyOf(chain);
    }

    /**
     * Reads and checks both files.
     *
     * @param chainFile PEM certificates, leaf first
     * @param keyFile one PKCS#8 private key ({@code BEGIN PRIVATE KEY}): EC P-256 and larger,
     *     Ed25519, or RSA of 2,048 bits and more; readable by its owner and group alone
     * @throws OperatorException with exit code 3 when a file is missing, unreadable, loosely
     *     protected, or does not hold what it should
     */
    public static TlsFiles read(Path chainFile, Path keyFile) {
        List<X509Certificate> chain = readChain(chainFile);
        PrivateKey key = readKey(keyFile);
        PublicKey leaf = chain.getFirst().getPublicKey();
        requireStrength(leaf, chainFile);
        if (!KeyPairs.match(leaf, key)) {
            throw wrong(
                    keyFile + " is not the key of the first certificate in " + chainFile,
                    "the leaf certificate must stand first, and the key must be its own");
        }
        return new TlsFiles(chain, key);
    }

    private static List<X509Certificate> readChain(Path file) {
        List<X509Certificate> chain = new ArrayList<>();
        try {
            if (Files.size(file) > CHAIN_FILE_BYTES_MAX) {
                throw wrong(file + " is too large for a certificate chain", "");
            }
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (byte[] der : blocks(Files.readAllBytes(file), "CERTIFICATE")) {
                chain.add(
                        (X509Certificate)
                                factory.generateCertificate(new ByteArrayInputStream(der)));
            }
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "cannot read the certificate chain " + file, e);
        } catch (CertificateException | IllegalArgumentException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, file + " holds a certificate that cannot be read", e);
        }
        if (chain.isEmpty() || chain.size() > CHAIN_MAX) {
            throw wrong(
                    file + " holds " + chain.size() + " certificates, not 1 to " + CHAIN_MAX,
                    "a file with BEGIN CERTIFICATE blocks, leaf first, is expected");
        }
        requireLinked(chain, file);
        return chain;
    }

    private static void requireLinked(List<X509Certificate> chain, Path file) {
        for (int at = 0; at + 1 < chain.size(); at++) {
            X509Certificate child = chain.get(at);
            X509Certificate issuer = chain.get(at + 1);
            try {
                child.verify(issuer.getPublicKey());
            } catch (GeneralSecurityException e) {
                throw wrong(
                        String.format(
                                "certificate %d in %s was not issued by certificate %d",
                                at + 1, file, at + 2),
                        "order the file: leaf first, then each one's issuer");
            }
        }
    }

    /**
     * Reads one PKCS#8 private key, by the same rules.
     *
     * @throws OperatorException with exit code 3 when it cannot be used
     */
    public static PrivateKey readKey(Path file) {
        try (Secret secret = Secret.readFile(file)) {
            return secret.use(bytes -> parseKey(bytes, file));
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "cannot use the private key " + file + ": " + IoReason.of(e),
                    e);
        }
    }

    private static PrivateKey parseKey(byte[] pem, Path file) {
        List<byte[]> blocks;
        try {
            blocks = blocks(pem, "PRIVATE KEY");
        } catch (IllegalArgumentException e) {
            throw wrong(file + " is not well-formed PEM", "");
        }
        if (blocks.size() != 1) {
            throw wrong(
                    file + " does not hold exactly one PKCS#8 private key",
                    "openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW makes one of other forms");
        }
        byte[] der = blocks.getFirst();
        try {
            for (String algorithm : KEY_ALGORITHMS) {
                try {
                    return KeyFactory.getInstance(algorithm)
                            .generatePrivate(new PKCS8EncodedKeySpec(der));
                } catch (GeneralSecurityException e) {
                    // It is a key of another kind, or of none: the next kind tells.
                }
            }
        } finally {
            Arrays.fill(der, (byte) 0);
        }
        throw wrong(file + " holds a key that is neither EC nor Ed25519 nor RSA", "");
    }

    private static void requireStrength(PublicKey key, Path file) {
        boolean weak =
                switch (key) {
                    case RSAPublicKey rsa -> rsa.getModulus().bitLength() < RSA_BITS_MIN;
                    case ECPublicKey ec -> ec.getParams().getOrder().bitLength() < EC_BITS_MIN;
                    default -> false;
                };
        if (weak) {
            throw wrong(
                    "the key of the first certificate in " + file + " is too short",
                    "EC keys need 256 bits, RSA keys 2,048");
        }
    }

    /**
     * The decoded content of every block with that label (RFC 7468); text between blocks is
     * comment.
     *
     * @throws IllegalArgumentException if a block does not end or is not base64
     */
    public static List<byte[]> blocks(byte[] pem, String label) {
        String text = new String(pem, StandardCharsets.ISO_8859_1);
        String begin = "-----BEGIN " + label + "-----";
        String end = "-----END " + label + "-----";
        List<byte[]> blocks = new ArrayList<>();
        int at = text.indexOf(begin);
        while (at >= 0) {
            int from = at + begin.length();
            int to = text.indexOf(end, from);
            if (to < 0) {
                throw new IllegalArgumentException("a PEM block does not end");
            }
            String encoded = text.substring(from, to).replaceAll("\\s", "");
            blocks.add(Base64.getDecoder().decode(encoded));
            at = text.indexOf(begin, to);
        }
        return blocks;
    }

    static OperatorException wrong(String message, String hint) {
        return hint.isEmpty()
                ? new OperatorException(ExitCode.ENVIRONMENT, message)
                : new OperatorException(ExitCode.ENVIRONMENT, message, hint);
    }

    /** Keeps the key out of logs. */
    @Override
    public String toString() {
        return "TlsFiles[" + chain.getFirst().getSubjectX500Principal() + "]";
    }
}
