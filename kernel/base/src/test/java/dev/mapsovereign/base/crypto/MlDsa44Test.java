package dev.mapsovereign.base.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MlDsa44Test {
    @Test
    void sign_verifies_andOtherMessageDoesNot() {
        MlDsa44.KeyPair44 pair = MlDsa44.fromSeed(new byte[32]);
        byte[] signature = pair.sign(new byte[] {1});

        assertThat(pair.publicKey())
                .hasSize(1312)
                .isEqualTo(MlDsa44.fromSeed(new byte[32]).publicKey());
        assertThat(MlDsa44.verify(pair.publicKey(), new byte[] {1}, signature)).isTrue();
        assertThat(MlDsa44.verify(pair.publicKey(), new byte[] {2}, signature)).isFalse();
    }
}
