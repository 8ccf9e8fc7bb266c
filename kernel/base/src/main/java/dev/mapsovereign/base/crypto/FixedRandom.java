package dev.mapsovereign.base.crypto;

import java.io.Serial;
import java.security.SecureRandom;

/**
 * Hands a seed to a key generator of the JDK, the only door it has for one: its generators of
 * Ed25519 and ML-DSA keys draw exactly the seed (RFC 8032 §5.1.5, FIPS 204 algorithm 1) in one
 * request. A request of any other length, or a second one, means that the JDK changed, and fails.
 */
final class FixedRandom extends SecureRandom {
    @Serial private static final long serialVersionUID = 1L;

    private final transient byte[] seed;
    private boolean drawn;

    FixedRandom(byte[] seed) {
        super(null, null);
        this.seed = seed;
    }

    @Override
    public void nextBytes(byte[] bytes) {
        if (drawn || bytes.length != seed.length) {
            throw new IllegalStateException(
                    "the JDK's key generator no longer draws one seed of " + seed.length);
        }
        drawn = true;
        System.arraycopy(seed, 0, bytes, 0, seed.length);
    }

    /** Fails unless the generator took the seed, lest a key be made of anything else. */
    void requireDrawn() {
        if (!drawn) {
            throw new IllegalStateException("the JDK's key generator did not take the seed");
        }
    }
}
