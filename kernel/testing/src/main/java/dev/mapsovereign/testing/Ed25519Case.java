package dev.mapsovereign.testing;

/**
 * A signature and whether it must be accepted.
 *
 * @param what for a failure's message
 */
public record Ed25519Case(
        String what, byte[] publicKey, byte[] message, byte[] signature, boolean valid) {
    @Override
    public String toString() {
        return what;
    }
}
