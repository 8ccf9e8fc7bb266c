package dev.mapsovereign.base.merkle;

import dev.mapsovereign.base.crypto.Sha256;
import java.security.MessageDigest;

/**
 * The hashes of an RFC 6962 §2.1 tree over SHA-256. Leaves and inner nodes have different first
 * bytes, without which an inner node could be passed off as a leaf.
 */
public final class MerkleHash {
    /** Length of every hash here in bytes. */
    public static final int BYTES = Sha256.BYTES;

    private static final byte LEAF = 0;
    private static final byte NODE = 1;

    private MerkleHash() {}

    /** The hash of a leaf that holds the parts one after the other. */
    public static byte[] leaf(byte[]... data) {
        MessageDigest digest = Sha256.digest();
        digest.update(LEAF);
        for (byte[] part : data) {
            digest.update(part);
        }
        return digest.digest();
    }

    /** The hash of an inner node over its two children's hashes. */
    public static byte[] node(byte[] left, byte[] right) {
        MessageDigest digest = Sha256.digest();
        digest.update(NODE);
        digest.update(left);
        digest.update(right);
        return digest.digest();
    }

    /** The root of the tree without leaves: SHA-256 of nothing. */
    public static byte[] empty() {
        return Sha256.hash();
    }
}
