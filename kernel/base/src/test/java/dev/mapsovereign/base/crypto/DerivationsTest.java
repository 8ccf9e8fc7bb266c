package dev.mapsovereign.base.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DerivationsTest {
    @Test
    void sha256_fips180_agrees() {
        String expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assertThat(Hex.encode(Sha256.hash(ascii("abc")))).isEqualTo(expected);
        assertThat(Hex.encode(Sha256.hash(ascii("a"), ascii(""), ascii("bc")))).isEqualTo(expected);
    }

    /** RFC 4231 §4.3. */
    @Test
    void hmac_rfc4231Case2_agrees() {
        assertThat(
                        Hex.encode(
                                Hmac.sha256(
                                        ascii("Jefe"),
                                        ascii("what do ya want "),
                                        ascii("for nothing?"))))
                .isEqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    @Test
    void hmac_emptyKey_isRefused() {
        assertThatThrownBy(() -> Hmac.sha256(new byte[0], ascii("text")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** RFC 5869 appendix A.1. */
    @Test
    void hkdf_rfc5869Case1_agrees() {
        assertThat(
                        Hex.encode(
                                Hkdf.sha256(
                                        Hex.decode("0b".repeat(22)),
                                        Hex.decode("000102030405060708090a0b0c"),
                                        Hex.decode("f0f1f2f3f4f5f6f7f8f9"),
                                        42)))
                .isEqualTo(
                        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
                                + "34007208d5b887185865");
    }

    /** RFC 5869 appendix A.3: neither salt nor info. */
    @Test
    void hkdf_rfc5869Case3_agrees() {
        assertThat(
                        Hex.encode(
                                Hkdf.sha256(
                                        Hex.decode("0b".repeat(22)), new byte[0], new byte[0], 42)))
                .isEqualTo(
                        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
                                + "9d201395faa4b61a96c8");
    }

    @Test
    void hkdf_lengthOutOfBounds_isRefused() {
        byte[] key = new byte[32];
        assertThatThrownBy(() -> Hkdf.sha256(key, key, key, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Hkdf.sha256(key, key, key, 8161))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void constantTime_equalAndOther_areToldApart() {
        assertThat(ConstantTime.equal(new byte[] {1, 2}, new byte[] {1, 2})).isTrue();
        assertThat(ConstantTime.equal(new byte[] {1, 2}, new byte[] {1, 3})).isFalse();
        assertThat(ConstantTime.equal(new byte[] {1, 2}, new byte[] {1})).isFalse();
        assertThat(ConstantTime.equal(new byte[] {}, new byte[] {0})).isFalse();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
