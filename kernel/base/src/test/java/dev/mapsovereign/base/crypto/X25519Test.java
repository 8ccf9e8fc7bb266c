package dev.mapsovereign.base.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The vectors of RFC 7748 §5.2 and §6.1. */
class X25519Test {
    @ParameterizedTest
    @CsvSource({
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4,"
                + "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c,"
                + "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d,"
                + "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493,"
                + "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
    })
    void agree_publishedInput_givesPublishedOutput(String scalar, String value, String result) {
        assertThat(X25519.agree(Hex.decode(scalar), Hex.decode(value)).map(Hex::encode))
                .contains(result);
    }

    @Test
    void agree_thousandRounds_givesPublishedOutput() {
        byte[] scalar = Arrays.copyOf(new byte[] {9}, 32);
        byte[] value = scalar;
        for (int i = 0; i < 1000; i++) {
            byte[] next = X25519.agree(scalar, value).orElseThrow();
            value = scalar;
            scalar = next;
        }

        assertThat(Hex.encode(scalar))
                .isEqualTo("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
    }

    @Test
    void publicKey_bothSides_agree() {
        byte[] a = Hex.decode("77076d0a7318a57d3c16c17251b26645dfe2a90a1e5c8a5cbd3a0a93b4f7a5c3");
        byte[] b = Hex.decode("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");

        assertThat(Hex.encode(X25519.publicKey(b)))
                .isEqualTo("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
        assertThat(X25519.agree(a, X25519.publicKey(b)).orElseThrow())
                .isEqualTo(X25519.agree(b, X25519.publicKey(a)).orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0100000000000000000000000000000000000000000000000000000000000000",
                "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "0000000000000000000000000000000000000000000000000000000000000080"
            })
    void agree_valueOfSmallOrder_isEmpty(String value) {
        byte[] scalar = Arrays.copyOf(new byte[] {7, 7, 7}, 32);

        assertThat(X25519.agree(scalar, Hex.decode(value))).isEmpty();
    }

    @Test
    void agree_otherLength_isRefused() {
        assertThatThrownBy(() -> X25519.agree(new byte[31], new byte[32]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> X25519.agree(new byte[32], new byte[33]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
