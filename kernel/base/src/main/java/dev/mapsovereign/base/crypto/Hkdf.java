package dev.mapsovereign.base.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/** HKDF with HMAC-SHA-256 (RFC 5869), extract then expand. */
public final class Hkdf {
    /** 255 blocks of 32 bytes, RFC 5869 §2.3. */
    private static final int LENGTH_MAX = 255 * 32;

    /**
     * The JDK's own, by name: without one the JDK looks at every provider there is before it takes
     * the first, which costs a third of a second (Bouncy Castle's jar is read for its signature).
     */
    private static final String PROVIDER = "SunJCE";

    private Hkdf() {}

    /**
     * {@code length} bytes of key material.
     *
     * @param ikm input key material; its strength is the output's strength
     * @param salt may be empty
     * @param info what the output is for; two purposes must never share one
     * @throws IllegalArgumentException unless {@code length} is 1 to 8160
     */
    public static byte[] sha256(byte[] ikm, byte[] salt, byte[] info, int length) {
        if (length < 1 || length > LENGTH_MAX) {
            throw new IllegalArgumentException("length must be 1 to 8160, not " + length);
        }
        try {
            return KDF.getInstance("HKDF-SHA256", PROVIDER)
                    .deriveData(
                            HKDFParameterSpec.ofExtract()
                                    .addIKM(ikm)
                                    .addSalt(salt)
                                    .thenExpand(info, length));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK refuses HKDF-SHA256", e);
        }
    }
}
