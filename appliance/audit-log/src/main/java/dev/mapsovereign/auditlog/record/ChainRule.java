package dev.mapsovereign.auditlog.record;

import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.merkle.MerkleHash;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * How a record is bound to all before it, and chain and tree to each other:
 *
 * <pre>
 * leaf(n)        = record_hash(n-1) as 32 raw bytes || bytes of record n
 * record_hash(n) = SHA-256( leaf(n) )            record_hash(-1) = 32 zero bytes
 * </pre>
 *
 * <p>The leaf is what an entry bundle holds and what the RFC 6962 tree is built over, so whoever
 * has an entry has the link as well, and a tree over another chain has another root.
 */
public final class ChainRule {
    /** Length of a record hash in bytes. */
    public static final int HASH_BYTES = Sha256.BYTES;

    /** What RFC 6962 §2.1 puts before a leaf. */
    private static final byte LEAF_PREFIX = 0;

    private ChainRule() {}

    /** The hash before the first record: 32 zero bytes. */
    public static byte[] beginning() {
        return new byte[HASH_BYTES];
    }

    /** The leaf of a record. */
    public static byte[] leaf(byte[] previousHash, byte[] record) {
        byte[] leaf = Arrays.copyOf(previousHash, HASH_BYTES + record.length);
        System.arraycopy(record, 0, leaf, HASH_BYTES, record.length);
        return leaf;
    }

    /** The hash of the record that a leaf holds. */
    public static byte[] recordHash(byte[] leaf) {
        return Sha256.hash(leaf);
    }

    /** The hash of a record whose bytes stand within a larger array. */
    public static byte[] recordHash(
            MessageDigest sha256, byte[] previousHash, byte[] in, int from, int length) {
        sha256.update(previousHash);
        sha256.update(in, from, length);
        return sha256.digest();
    }

    /** The hash of the leaf in the RFC 6962 tree, of a leaf that stands within a larger array. */
    public static byte[] leafHash(MessageDigest sha256, byte[] in, int from, int length) {
        sha256.update(LEAF_PREFIX);
        sha256.update(in, from, length);
        return sha256.digest();
    }

    /** The hash of the record before the one that a leaf holds. */
    public static byte[] previousHash(byte[] leaf) {
        return Arrays.copyOf(leaf, HASH_BYTES);
    }

    /** The record that a leaf holds, its exact bytes. */
    public static byte[] record(byte[] leaf) {
        if (leaf.length < HASH_BYTES) {
            throw new IllegalArgumentException("a leaf has at least 32 bytes, not " + leaf.length);
        }
        return Arrays.copyOfRange(leaf, HASH_BYTES, leaf.length);
    }

    /** The hash of the leaf in the RFC 6962 tree; not the record hash. */
    public static byte[] leafHash(byte[] leaf) {
        return MerkleHash.leaf(leaf);
    }
}
