package dev.mapsovereign.base.crypto;

/**
 * The one rule by which this product accepts Ed25519 signatures, whatever library computes them.
 *
 * <p>RFC 8032 leaves three doors open, and libraries differ in each: whether an encoding of a point
 * with a coordinate of 2^255−19 or more is accepted, whether points of small order are, and whether
 * the equation is checked with or without the cofactor 8. Two programs that disagree on one
 * signature break an audit: what the node accepted, the auditor's program calls tampering. So:
 *
 * <ol>
 *   <li>a public key has 32 bytes, a signature has 64;
 *   <li>S is below the group order L (RFC 8032 §5.1.7; otherwise S + L is a second signature);
 *   <li>A and R are canonical: their y is below p = 2^255−19, and a sign bit at x = 0 is refused;
 *   <li>neither A nor R is one of the eight points of small order (a key of small order has
 *       signatures that hold for every message);
 *   <li>the equation holds without cofactor: R = [S]B − [k]A.
 * </ol>
 *
 * <p>This class decides 1 to 4 from the bytes alone, the implementations of {@link Ed25519} decide
 * 5. Rule 4 makes the second half of rule 3 follow: x = 0 only at y = 1 and y = −1. Points that
 * have a part of small order beside a large one pass, wherever the equation holds; this is what
 * libsodium and the strict mode of ed25519-dalek accept too.
 */
public final class StrictEd25519 {
    /** Length of an encoded public key in bytes. */
    public static final int PUBLIC_KEY_BYTES = 32;

    /** Length of a signature in bytes: R, then S. */
    public static final int SIGNATURE_BYTES = 64;

    /** Length of the private key's seed in bytes. */
    public static final int SEED_BYTES = 32;

    /** The group order L = 2^252 + 27742317777372353535851937790883648493, little-endian. */
    private static final byte[] ORDER =
            Hex.decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

    /** The y coordinates of all points of small order, below p, little-endian, sign bit clear. */
    private static final byte[][] SMALL_ORDER = {
        Hex.decode("0000000000000000000000000000000000000000000000000000000000000000"),
        Hex.decode("0100000000000000000000000000000000000000000000000000000000000000"),
        Hex.decode("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        Hex.decode("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        Hex.decode("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
    };

    private StrictEd25519() {}

    /** Whether rules 1 to 4 permit to go on to the equation. */
    public static boolean permits(byte[] publicKey, byte[] signature) {
        return publicKey.length == PUBLIC_KEY_BYTES
                && signature.length == SIGNATURE_BYTES
                && isBelowOrder(signature)
                && isPermittedPoint(publicKey)
                && isPermittedPoint(signature);
    }

    /** Whether these 32 bytes may stand for a public key by rules 1, 3 and 4; not that they do. */
    public static boolean permitsKey(byte[] publicKey) {
        return publicKey.length == PUBLIC_KEY_BYTES && isPermittedPoint(publicKey);
    }

    private static boolean isBelowOrder(byte[] signature) {
        for (int i = 31; i >= 0; i--) {
            int difference = (signature[32 + i] & 0xff) - (ORDER[i] & 0xff);
            if (difference != 0) {
                return difference < 0;
            }
        }
        return false;
    }

    private static boolean isPermittedPoint(byte[] encoded) {
        if (isAtLeastPrime(encoded)) {
            return false;
        }
        for (byte[] y : SMALL_ORDER) {
            if (sameY(encoded, y)) {
                return false;
            }
        }
        return true;
    }

    /** p is ed ff … ff 7f: only the lowest byte can lift a y of this shape to p or above. */
    private static boolean isAtLeastPrime(byte[] encoded) {
        if ((encoded[31] & 0x7f) != 0x7f || (encoded[0] & 0xff) < 0xed) {
            return false;
        }
        for (int i = 1; i < 31; i++) {
            if (encoded[i] != (byte) 0xff) {
                return false;
            }
        }
        return true;
    }

    private static boolean sameY(byte[] encoded, byte[] y) {
        for (int i = 0; i < 31; i++) {
            if (encoded[i] != y[i]) {
                return false;
            }
        }
        return (encoded[31] & 0x7f) == y[31];
    }
}
