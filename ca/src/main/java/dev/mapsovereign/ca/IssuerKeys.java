package dev.mapsovereign.ca;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import java.util.Optional;

/**
 * The kinds of key that an issuer may have. Those made here are P-256; one that a site brings may
 * also be on a larger NIST curve, Ed25519, or RSA of 3,072 bits and more (128 bits of strength,
 * NIST SP 800-57 part 1, table 2).
 */
final class IssuerKeys {
    private static final List<String> ALGORITHMS = List.of("EC", "Ed25519", "RSA");
    private static final int RSA_BITS_MIN = 3072;
    private static final int P256_BITS = 256;
    private static final int P384_BITS = 384;

    private IssuerKeys() {}

    /** Reads a PKCS#8 key of any of these kinds. */
    static PrivateKey read(byte[] pkcs8) throws GeneralSecurityException {
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm)
                        .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (GeneralSecurityException e) {
                // It is a key of another kind, or of none: the next kind tells.
            }
        }
        throw new GeneralSecurityException("a key that is neither EC nor Ed25519 nor RSA");
    }

    /** How that key signs; each with a digest of its own strength. */
    static String signatureAlgorithm(PrivateKey key) {
        return switch (key.getAlgorithm()) {
            case "EC" -> {
                int bits = key instanceof ECKey ec ? bits(ec) : P256_BITS;
                yield bits <= P256_BITS
                        ? "SHA256withECDSA"
                        : bits <= P384_BITS ? "SHA384withECDSA" : "SHA512withECDSA";
            }
            case "RSA" -> "SHA256withRSA";
            default -> "Ed25519";
        };
    }

    private static int bits(ECKey key) {
        return key.getParams().getOrder().bitLength();
    }

    /** What is wrong with a key of that kind; empty if nothing. */
    static Optional<String> objection(PublicKey key) {
        return switch (key) {
            case RSAPublicKey rsa when rsa.getModulus().bitLength() < RSA_BITS_MIN ->
                    Optional.of(
                            "an RSA key of "
                                    + rsa.getModulus().bitLength()
                                    + " bits; "
                                    + RSA_BITS_MIN
                                    + " are the least");
            case RSAPublicKey _ -> Optional.empty();
            case ECPublicKey ec when bits(ec) < P256_BITS ->
                    Optional.of("an EC key of " + bits(ec) + " bits; P-256 is the least");
            case ECPublicKey _ -> Optional.empty();
            default ->
                    key.getAlgorithm().equals("EdDSA") || key.getAlgorithm().equals("Ed25519")
                            ? ed25519(key)
                            : Optional.of("a key of the kind " + key.getAlgorithm());
        };
    }

    /** An Ed25519 key is 44 bytes in its encoded form (RFC 8410); Ed448 is longer. */
    private static Optional<String> ed25519(PublicKey key) {
        return key.getEncoded().length == 44
                ? Optional.empty()
                : Optional.of("an EdDSA key other than Ed25519");
    }
}
