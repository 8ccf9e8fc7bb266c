package dev.mapsovereign.base.audit;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.TenantId;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;

/**
 * Where a durable record stands.
 *
 * @param tenant whose chain it is
 * @param index its position, from 0
 * @param hash its record hash, 32 bytes
 * @param head the hash of the newest durable record of that chain at the time of answering
 * @param timestamp the time that the record states
 */
public record RecordReference(
        TenantId tenant, long index, byte[] hash, byte[] head, Instant timestamp) {
    private static final int HASH_BYTES = 32;

    /** Copies the arrays. */
    public RecordReference {
        if (index < 0 || hash.length != HASH_BYTES || head.length != HASH_BYTES) {
            throw new IllegalArgumentException(
                    "record reference with index "
                            + index
                            + " and hashes of "
                            + hash.length
                            + " and "
                            + head.length
                            + " bytes");
        }
        hash = hash.clone();
        head = head.clone();
    }

    /** A copy of the record hash. */
    @Override
    public byte[] hash() {
        return hash.clone();
    }

    /** A copy of the chain head. */
    @Override
    public byte[] head() {
        return head.clone();
    }

    /** The record hash in lower-case hex. */
    public String hashHex() {
        return Hex.encode(hash);
    }

    /** The chain head in lower-case hex. */
    public String headHex() {
        return Hex.encode(head);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RecordReference that
                && tenant.equals(that.tenant)
                && index == that.index
                && Arrays.equals(hash, that.hash)
                && Arrays.equals(head, that.head)
                && timestamp.equals(that.timestamp);
    }

    @Override
    public int hashCode() {
        return Objects.hash(tenant, index, Arrays.hashCode(hash));
    }

    @Override
    public String toString() {
        return tenant + "/" + index + " " + hashHex();
    }
}
