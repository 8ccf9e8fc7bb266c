package dev.mapsovereign.base.crypto;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;

/**
 * ML-DSA-44 (FIPS 204, pure, empty context) by the JDK, on raw encodings.
 *
 * <p>JDK 25 cannot read a private key in the form of its seed (RFC 9881 §6, the choice {@code
 * seed}); it knows the expanded form of 2560 bytes only. Its key generator, though, is FIPS 204
 * algorithm 1 and draws the seed ξ from the random source it is given: {@link FixedRandom} is that
 * source, so 32 bytes are all that custody has to keep.
 */
public final class MlDsa44 {
    /** Length of the seed ξ in bytes. */
    public static final int SEED_BYTES = 32;

    /** Length of an encoded public key in bytes. */
    public static final int PUBLIC_KEY_BYTES = 1312;

    /** Length of a signature in bytes. */
    public static final int SIGNATURE_BYTES = 2420;

    private static final String ALGORITHM = "ML-DSA-44";

    /** The fixed head of a SubjectPublicKeyInfo of ML-DSA-44, RFC 9881 §4. */
    private static final byte[] PUBLIC_KEY_HEAD =
            Hex.decode("30820532300b06096086480165030403110382052100");

    private MlDsa44() {}

    /**
     * The key pair of a seed; always the same.
     *
     * @throws IllegalArgumentException unless the seed has 32 bytes
     */
    public static KeyPair44 fromSeed(byte[] seed) {
        if (seed.length != SEED_BYTES) {
            throw new IllegalArgumentException(
                    "an ML-DSA-44 seed has 32 bytes, not " + seed.length);
        }
        try {
            FixedRandom random = new FixedRandom(seed);
            KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
            generator.initialize(NamedParameterSpec.ML_DSA_44, random);
            KeyPair pair = generator.generateKeyPair();
            random.requireDrawn();
            byte[] encoded = pair.getPublic().getEncoded();
            return new KeyPair44(
                    Arrays.copyOfRange(encoded, PUBLIC_KEY_HEAD.length, encoded.length),
                    pair.getPrivate());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK refuses to make an ML-DSA-44 key", e);
        }
    }

    /** Whether the signature holds; false, never an exception, for bytes of any other shape. */
    public static boolean verify(byte[] publicKey, byte[] message, byte[] signature) {
        if (publicKey.length != PUBLIC_KEY_BYTES || signature.length != SIGNATURE_BYTES) {
            return false;
        }
        try {
            byte[] encoded =
                    Arrays.copyOf(PUBLIC_KEY_HEAD, PUBLIC_KEY_HEAD.length + publicKey.length);
            System.arraycopy(publicKey, 0, encoded, PUBLIC_KEY_HEAD.length, publicKey.length);
            Signature verifier = Signature.getInstance(ALGORITHM);
            verifier.initVerify(
                    KeyFactory.getInstance(ALGORITHM)
                            .generatePublic(new X509EncodedKeySpec(encoded)));
            verifier.update(message);
            return verifier.verify(signature);
        } catch (InvalidKeySpecException | InvalidKeyException | SignatureException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no ML-DSA-44", e);
        }
    }

    /** A key pair in memory; safe for use by several threads. */
    public static final class KeyPair44 {
        private final byte[] publicKey;
        private final PrivateKey privateKey;

        private KeyPair44(byte[] publicKey, PrivateKey privateKey) {
            this.publicKey = publicKey;
            this.privateKey = privateKey;
        }

        /** The 1312 bytes of the public key, a copy. */
        public byte[] publicKey() {
            return publicKey.clone();
        }

        /** A signature of 2420 bytes; hedged (FIPS 204 §3.4), so different each time. */
        public byte[] sign(byte[] message) {
            try {
                Signature signature = Signature.getInstance(ALGORITHM);
                signature.initSign(privateKey);
                signature.update(message);
                return signature.sign();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("the JDK refuses to sign by ML-DSA-44", e);
            }
        }

        @Override
        public String toString() {
            return "KeyPair44[…]";
        }
    }
}
