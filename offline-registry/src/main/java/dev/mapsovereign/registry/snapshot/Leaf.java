package dev.mapsovereign.registry.snapshot;

import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.registry.EntityStatus;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One leaf of the tree over all identities:
 *
 * <pre>leaf = SHA-256(DID) || SHA-256(document) || u64 sequence || u8 status</pre>
 *
 * @param key SHA-256 of the DID; leaves ascend by it
 * @param digest SHA-256 of the document, 32 zero bytes for a tombstone
 * @param sequence the document's, or the last one's for a tombstone
 * @param status what became of the identity
 */
public record Leaf(byte[] key, byte[] digest, long sequence, EntityStatus status) {
    /** Length of an encoded leaf. */
    public static final int BYTES = 73;

    /** What stands in the place of a tombstone's document. */
    private static final byte[] NO_DOCUMENT = new byte[Sha256.BYTES];

    /** The key under which {@code did} stands. */
    public static byte[] keyOf(AgentDid did) {
        return Sha256.hash(did.text().getBytes(StandardCharsets.US_ASCII));
    }

    /** A leaf without a document, for an identity that must not come back. */
    public static Leaf tombstone(AgentDid did, long sequence) {
        return new Leaf(keyOf(did), NO_DOCUMENT.clone(), sequence, EntityStatus.TOMBSTONE);
    }

    /** The 73 bytes. */
    public byte[] encode() {
        return ByteBuffer.allocate(BYTES)
                .put(key)
                .put(digest)
                .putLong(sequence)
                .put((byte) status.code())
                .array();
    }

    /**
     * Reads 73 bytes from the buffer's position.
     *
     * @throws RegistryException {@code MALFORMED} for a status or sequence that cannot be
     */
    public static Leaf decode(ByteBuffer buffer) {
        byte[] key = new byte[Sha256.BYTES];
        byte[] digest = new byte[Sha256.BYTES];
        buffer.get(key).get(digest);
        long sequence = buffer.getLong();
        int code = buffer.get() & 0xff;
        EntityStatus status =
                EntityStatus.ofCode(code)
                        .orElseThrow(() ->
                                new RegistryException(
                                        RegistryFault.MALFORMED, "a leaf has status " + code));
        boolean empty = Arrays.equals(digest, NO_DOCUMENT);
        if (sequence < 1 || empty != (status == EntityStatus.TOMBSTONE)) {
            throw new RegistryException(
                    RegistryFault.MALFORMED,
                    "a leaf of status "
                            + status.wire()
                            + " has sequence "
                            + sequence
                            + (empty ? " and no document" : " and a document"));
        }
        return new Leaf(key, digest, sequence, status);
    }

    /** The leaf's hash in the RFC 6962 tree. */
    public byte[] hash() {
        return MerkleHash.leaf(encode());
    }

    /** Whether there is a document behind it. */
    public boolean hasDocument() {
        return status != EntityStatus.TOMBSTONE;
    }
}
