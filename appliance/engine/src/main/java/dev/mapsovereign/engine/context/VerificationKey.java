package dev.mapsovereign.engine.context;

import java.util.Arrays;

/**
 * One current Ed25519 key of a DID.
 *
 * @param id {@code <did>#<fragment>}
 * @param publicKey 32 bytes, RFC 8032
 */
public record VerificationKey(String id, byte[] publicKey) {
    /** Refuses a key of another size. */
    public VerificationKey {
        if (publicKey.length != 32) {
            throw new IllegalArgumentException(
                    "an Ed25519 public key has 32 bytes, not " + publicKey.length);
        }
    }

    /** By value: two keys are the same when id and bytes are. */
    @Override
    public boolean equals(Object other) {
        return other instanceof VerificationKey key
                && id.equals(key.id)
                && Arrays.equals(publicKey, key.publicKey);
    }

    @Override
    public int hashCode() {
        return 31 * id.hashCode() + Arrays.hashCode(publicKey);
    }

    @Override
    public String toString() {
        return "VerificationKey[" + id + "]";
    }
}
