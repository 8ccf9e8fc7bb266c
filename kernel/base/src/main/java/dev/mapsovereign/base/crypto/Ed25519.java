package dev.mapsovereign.base.crypto;

/**
 * Ed25519 (RFC 8032 §5.1) on raw encodings. There are two: the JDK's, which the auditor's program
 * uses because it brings nothing else, and one of a library, which signs eighteen times faster, for
 * the node. Both verify by the rule of {@link StrictEd25519}. Safe for use by several threads.
 */
public interface Ed25519 {
    /**
     * The 32-byte public key of a seed.
     *
     * @throws IllegalArgumentException unless the seed has 32 bytes
     */
    byte[] publicKey(byte[] seed);

    /**
     * The 64-byte signature; the same for the same input each time.
     *
     * @throws IllegalArgumentException unless the seed has 32 bytes
     */
    byte[] sign(byte[] seed, byte[] message);

    /** Whether the signature holds; false, never an exception, for bytes of any other shape. */
    boolean verify(byte[] publicKey, byte[] message, byte[] signature);

    /** The JDK's own implementation. */
    static Ed25519 jdk() {
        return new JdkEd25519();
    }
}
