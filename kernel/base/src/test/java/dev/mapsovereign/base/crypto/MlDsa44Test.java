package dev.mapsovereign.base.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MlDsa44Test {
    private static final byte[] SEED = new byte[32];
    private static final byte[] MESSAGE = "message".getBytes(StandardCharsets.UTF_8);

    record Known(byte[] seed, byte[] publicKey, byte[] message, byte[] signature) {}

    static List<Known> known() throws IOException {
        Path file = Path.of("src/test/resources/vectors/ml-dsa-44/wycheproof.txt");
        return Files.readAllLines(file).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split(" ", -1))
                .map(columns ->
                        new Known(
                                Hex.decode(columns[1]),
                                Hex.decode(columns[2]),
                                Hex.decode(columns[3]),
                                Hex.decode(columns[4])))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("known")
    void fromSeedAndVerify_published_agree(Known known) {
        assertThat(MlDsa44.fromSeed(known.seed()).publicKey()).isEqualTo(known.publicKey());
        assertThat(MlDsa44.verify(known.publicKey(), known.message(), known.signature())).isTrue();
    }

    @Test
    void sign_twice_bothVerify_andNothingElse() {
        MlDsa44.KeyPair44 pair = MlDsa44.fromSeed(SEED);
        byte[] signature = pair.sign(MESSAGE);

        assertThat(MlDsa44.verify(pair.publicKey(), MESSAGE, signature)).isTrue();
        assertThat(MlDsa44.verify(pair.publicKey(), MESSAGE, pair.sign(MESSAGE))).isTrue();
        assertThat(MlDsa44.verify(pair.publicKey(), new byte[] {2}, signature)).isFalse();
        for (int at = 0; at < signature.length; at += 97) {
            byte[] altered = signature.clone();
            altered[at] ^= 1;
            assertThat(MlDsa44.verify(pair.publicKey(), MESSAGE, altered)).as("%d", at).isFalse();
        }
    }

    @Test
    void verify_otherLengths_isFalse() {
        MlDsa44.KeyPair44 pair = MlDsa44.fromSeed(SEED);
        byte[] signature = pair.sign(MESSAGE);

        for (int length : List.of(0, 64, 2419, 2421)) {
            assertThat(MlDsa44.verify(pair.publicKey(), MESSAGE, Arrays.copyOf(signature, length)))
                    .isFalse();
        }
        for (int length : List.of(0, 32, 1311, 1313)) {
            assertThat(MlDsa44.verify(Arrays.copyOf(pair.publicKey(), length), MESSAGE, signature))
                    .isFalse();
        }
    }

    @Test
    void fromSeed_otherLength_isRefused() {
        assertThatThrownBy(() -> MlDsa44.fromSeed(new byte[64]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
