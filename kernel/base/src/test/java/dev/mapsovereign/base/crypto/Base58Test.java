package dev.mapsovereign.base.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Base58Test {
    /** The examples of draft-msporny-base58, section 5. */
    @Test
    void encode_publishedExamples_areMet() {
        assertThat(Base58.encode("Hello World!".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo("2NEpo7TZRRrLZSi2U");
        assertThat(
                        Base58.encode(
                                "The quick brown fox jumps over the lazy dog."
                                        .getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo("USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z");
        assertThat(Base58.encode(Hex.decode("0000287fb4cd"))).isEqualTo("11233QC4");
        assertThat(Base58.decode("11233QC4")).isEqualTo(Hex.decode("0000287fb4cd"));
    }

    @Test
    void roundTrip_randomBytes_agreesWithBigInteger() {
        Random random = new Random(58);
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = new byte[random.nextInt(70)];
            random.nextBytes(bytes);
            for (int zero = 0; zero < Math.min(bytes.length, random.nextInt(4)); zero++) {
                bytes[zero] = 0;
            }
            String text = Base58.encode(bytes);
            assertThat(Base58.decode(text)).isEqualTo(bytes);
            assertThat(text).isEqualTo(dull(bytes));
        }
    }

    @Test
    void decode_lookAlikesAndLongTexts_areRefused() {
        for (String bad : new String[] {"0", "O", "I", "l", "a b", "z\u0430", "é"}) {
            assertThatThrownBy(() -> Base58.decode(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("base58");
        }
        assertThatThrownBy(() -> Base58.decode("2".repeat(Base58.TEXT_LENGTH_MAX + 1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void multikey_exampleOfTheDidKeyMethod_roundTrips() {
        // RFC 8032, test 1, in the spelling of the did:key method.
        byte[] key = Hex.decode("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        String text = Multikey.encode(key);
        assertThat(text).startsWith("z6Mk").hasSize(48);
        assertThat(Multikey.decode(text)).isEqualTo(key);
    }

    @Test
    void multikey_otherShapes_areRefused() {
        byte[] key = Hex.decode("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        String good = Multikey.encode(key);
        for (String bad :
                new String[] {
                    "",
                    good.substring(1),
                    "m" + good.substring(1),
                    good + "1",
                    good.substring(0, 47),
                    "z" + Base58.encode(key),
                    // the identity point: everybody can sign for it
                    "z" + Base58.encode(Hex.decode("ed0101" + "00".repeat(31)))
                }) {
            assertThatThrownBy(() -> Multikey.decode(bad))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static String dull(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        BigInteger rest = new BigInteger(1, bytes);
        BigInteger base = BigInteger.valueOf(58);
        while (rest.signum() > 0) {
            text.append(
                    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
                            .charAt(rest.mod(base).intValue()));
            rest = rest.divide(base);
        }
        for (int i = 0; i < bytes.length && bytes[i] == 0; i++) {
            text.append('1');
        }
        return text.reverse().toString();
    }
}
