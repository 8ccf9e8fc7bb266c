package dev.mapsovereign.base.crypto;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/** Whether two halves are of one key. */
public final class KeyPairs {
    private static final byte[] PROBE =
            "map-sovereign key pair check".getBytes(StandardCharsets.US_ASCII);

    private KeyPairs() {}

    /**
     * Signs with one and verifies with the other: works for every kind of key alike, EC, RSA and
     * EdDSA.
     *
     * @return false also for keys of two kinds, or of a kind that cannot sign
     */
    public static boolean match(PublicKey publicKey, PrivateKey privateKey) {
        String algorithm =
                switch (publicKey.getAlgorithm()) {
                    case "EC" -> "SHA256withECDSA";
                    case "RSA" -> "SHA256withRSA";
                    default -> publicKey.getAlgorithm();
                };
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(privateKey);
            signer.update(PROBE);
            byte[] signature = signer.sign();
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(publicKey);
            verifier.update(PROBE);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
