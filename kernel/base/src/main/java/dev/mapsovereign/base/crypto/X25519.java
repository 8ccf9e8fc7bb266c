package dev.mapsovereign.base.crypto;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.KeyAgreement;

/** The function X25519 (RFC 7748 §5) by the JDK's provider. */
public final class X25519 {
    /** Length of a scalar, a public value and a shared secret in bytes. */
    public static final int BYTES = 32;

    private static final String ALGORITHM = "X25519";

    /** The fixed head of a PrivateKeyInfo of X25519, RFC 8410 §7. */
    private static final byte[] PRIVATE_KEY_HEAD = Hex.decode("302e020100300506032b656e04220420");

    /** The fixed head of a SubjectPublicKeyInfo of X25519, RFC 8410 §4. */
    private static final byte[] PUBLIC_KEY_HEAD = Hex.decode("302a300506032b656e032100");

    private static final byte[] BASE_POINT = Arrays.copyOf(new byte[] {9}, BYTES);

    private X25519() {}

    /**
     * The public value of a scalar, 32 bytes.
     *
     * @throws IllegalArgumentException unless the scalar has 32 bytes
     */
    public static byte[] publicKey(byte[] scalar) {
        return agree(scalar, BASE_POINT)
                .orElseThrow(() -> new IllegalStateException("the base point has a large order"));
    }

    /**
     * What both sides of an agreement arrive at, 32 bytes; empty where the other's value is of
     * small order, so that the result would be all zeros whatever the scalar (RFC 7748 §6.1).
     *
     * @throws IllegalArgumentException unless both have 32 bytes
     */
    public static Optional<byte[]> agree(byte[] scalar, byte[] publicKey) {
        byte[] encoded = concat(PRIVATE_KEY_HEAD, scalar);
        try {
            KeyFactory keys = KeyFactory.getInstance(ALGORITHM);
            PrivateKey own = keys.generatePrivate(new PKCS8EncodedKeySpec(encoded));
            PublicKey other =
                    keys.generatePublic(new X509EncodedKeySpec(concat(PUBLIC_KEY_HEAD, publicKey)));
            KeyAgreement agreement = KeyAgreement.getInstance(ALGORITHM);
            agreement.init(own);
            return agree(agreement, other);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK refuses X25519", e);
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
    }

    private static Optional<byte[]> agree(KeyAgreement agreement, PublicKey other)
            throws GeneralSecurityException {
        try {
            agreement.doPhase(other, true);
        } catch (InvalidKeyException e) {
            // The JDK's one reason to refuse a well-formed value: it is of small order.
            return Optional.empty();
        }
        byte[] secret = agreement.generateSecret();
        // RFC 7748 §6.1 leaves this check to the caller; the JDK has done it, today.
        return ConstantTime.equal(new byte[BYTES], secret) ? Optional.empty() : Optional.of(secret);
    }

    private static byte[] concat(byte[] head, byte[] value) {
        if (value.length != BYTES) {
            throw new IllegalArgumentException("X25519 takes 32 bytes, not " + value.length);
        }
        byte[] encoded = Arrays.copyOf(head, head.length + value.length);
        System.arraycopy(value, 0, encoded, head.length, value.length);
        return encoded;
    }
}
