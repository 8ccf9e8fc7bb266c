package dev.mapsovereign.registry;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;

/** An Ed25519 key that signs without showing itself: a seed in memory, or a device elsewhere. */
public interface SigningKey {
    /** The 32 bytes of the public key. */
    byte[] publicKey();

    /** The 64 bytes of the signature over {@code message}. */
    byte[] sign(byte[] message);

    /**
     * A key held as a 32-byte seed. The secret stays the caller's, who closes it after the last
     * signature.
     */
    static SigningKey ofSeed(Secret seed, Ed25519 ed25519) {
        byte[] publicKey = seed.use(ed25519::publicKey);
        return new SigningKey() {
            @Override
            public byte[] publicKey() {
                return publicKey.clone();
            }

            @Override
            public byte[] sign(byte[] message) {
                return seed.use(bytes -> ed25519.sign(bytes, message));
            }
        };
    }
}
