package dev.mapsovereign.base.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** RFC 8032 §7.1. */
class Ed25519Test {
    private final Ed25519 ed25519 = Ed25519.jdk();

    @Test
    void publicKeySignVerify_rfc8032Test2_agree() {
        byte[] seed =
                Hex.decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        byte[] publicKey =
                Hex.decode("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        byte[] message = Hex.decode("72");
        byte[] signature =
                Hex.decode(
                        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");

        assertThat(ed25519.publicKey(seed)).isEqualTo(publicKey);
        assertThat(ed25519.sign(seed, message)).isEqualTo(signature);
        assertThat(ed25519.verify(publicKey, message, signature)).isTrue();
    }
}
