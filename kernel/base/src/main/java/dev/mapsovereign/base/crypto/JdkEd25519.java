package dev.mapsovereign.base.crypto;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;

/** Ed25519 by the JDK's provider. */
final class JdkEd25519 implements Ed25519 {
    private static final String ALGORITHM = "Ed25519";

    /** The fixed head of a SubjectPublicKeyInfo of Ed25519, RFC 8410 §4. */
    private static final byte[] PUBLIC_KEY_HEAD = Hex.decode("302a300506032b6570032100");

    @Override
    public byte[] publicKey(byte[] seed) {
        requireSeed(seed);
        try {
            FixedRandom random = new FixedRandom(seed);
            KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
            generator.initialize(NamedParameterSpec.ED25519, random);
            byte[] encoded = generator.generateKeyPair().getPublic().getEncoded();
            random.requireDrawn();
            return Arrays.copyOfRange(encoded, PUBLIC_KEY_HEAD.length, encoded.length);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK refuses to make an Ed25519 key", e);
        }
    }

    @Override
    public byte[] sign(byte[] seed, byte[] message) {
        requireSeed(seed);
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(
                    KeyFactory.getInstance(ALGORITHM)
                            .generatePrivate(
                                    new EdECPrivateKeySpec(NamedParameterSpec.ED25519, seed)));
            signature.update(message);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK refuses to sign by Ed25519", e);
        }
    }

    @Override
    public boolean verify(byte[] publicKey, byte[] message, byte[] signature) {
        if (!StrictEd25519.permits(publicKey, signature)) {
            return false;
        }
        try {
            Signature verifier = Signature.getInstance(ALGORITHM);
            verifier.initVerify(decode(publicKey));
            verifier.update(message);
            return verifier.verify(signature);
        } catch (InvalidKeySpecException
                | java.security.InvalidKeyException
                | java.security.SignatureException e) {
            return false; // A or R is no point of the curve
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no Ed25519", e);
        }
    }

    private static PublicKey decode(byte[] publicKey) throws GeneralSecurityException {
        byte[] encoded = Arrays.copyOf(PUBLIC_KEY_HEAD, PUBLIC_KEY_HEAD.length + publicKey.length);
        System.arraycopy(publicKey, 0, encoded, PUBLIC_KEY_HEAD.length, publicKey.length);
        return KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(encoded));
    }

    private static void requireSeed(byte[] seed) {
        if (seed.length != StrictEd25519.SEED_BYTES) {
            throw new IllegalArgumentException("an Ed25519 seed has 32 bytes, not " + seed.length);
        }
    }
}
