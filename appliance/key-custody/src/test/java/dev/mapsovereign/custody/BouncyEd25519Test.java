package dev.mapsovereign.custody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.testing.Ed25519Case;
import dev.mapsovereign.testing.Ed25519Cases;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The node and the auditor's program must not disagree on one signature. */
@ExtendWith(SeededRandomExtension.class)
class BouncyEd25519Test {
    private final Ed25519 bouncy = new BouncyEd25519();
    private final Ed25519 jdk = Ed25519.jdk();

    @Test
    void publicKeyAndSign_anySeed_areTheJdks(SeededRandom random) {
        for (int round = 0; round < 50; round++) {
            byte[] seed = random.bytes(32);
            byte[] message = random.bytes(random.nextInt(500));

            assertThat(bouncy.publicKey(seed)).isEqualTo(jdk.publicKey(seed));
            assertThat(bouncy.sign(seed, message)).isEqualTo(jdk.sign(seed, message));
        }
    }

    @Test
    void verify_publishedCases_agreesWithJdkAndRule() {
        assertVerdicts(Ed25519Cases.published());
    }

    @Test
    void verify_generatedCases_agreesWithJdkAndRule(SeededRandom random) {
        assertVerdicts(Ed25519Cases.generated(random));
    }

    @Test
    void sign_seedOfOtherLength_isRefused() {
        assertThatThrownBy(() -> bouncy.sign(new byte[31], new byte[0]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> bouncy.publicKey(new byte[33]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void assertVerdicts(List<Ed25519Case> cases) {
        assertThat(cases).isNotEmpty();
        for (Ed25519Case one : cases) {
            String what =
                    "%s: key %s signature %s"
                            .formatted(
                                    one.what(),
                                    Hex.encode(one.publicKey()),
                                    Hex.encode(one.signature()));
            assertThat(bouncy.verify(one.publicKey(), one.message(), one.signature()))
                    .as(what)
                    .isEqualTo(one.valid());
            assertThat(jdk.verify(one.publicKey(), one.message(), one.signature()))
                    .as(what)
                    .isEqualTo(one.valid());
        }
    }
}
