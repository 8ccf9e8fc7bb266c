package dev.mapsovereign.base.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(SeededRandomExtension.class)
class EncodingsTest {
    private static final String ALPHABET =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_= \n";

    @Test
    void base64_anyBytes_roundTrip(SeededRandom random) {
        for (int length = 0; length < 100; length++) {
            byte[] bytes = random.bytes(length);
            assertThat(StrictBase64.decode(StrictBase64.encode(bytes))).isEqualTo(bytes);
            assertThat(StrictBase64.decodeUrl(StrictBase64.encodeUrl(bytes))).isEqualTo(bytes);
            assertThat(StrictBase64.encodeUrl(bytes)).doesNotContain("=", "+", "/");
        }
    }

    /** RFC 4648 §10. */
    @Test
    void base64_rfc4648_agrees() {
        assertThat(StrictBase64.encode("fooba".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo("Zm9vYmE=");
        assertThat(StrictBase64.decode("Zg==")).isEqualTo("f".getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Zg",
                "Zg=",
                "Zg===",
                "Zh==",
                "Zo==",
                "Zm9=",
                "Zm8",
                "Zm+",
                "Z",
                "=",
                "==",
                "====",
                "Zg==\n",
                " Zg==",
                "Z g==",
                "Zg==Zg==",
                "Zm-_",
                "Zm9vYmE=\r\n",
                "Zg==\u0000",
                "\u0100m9v",
                "Zm9\u00e9"
            })
    void decode_secondSpellings_areRefused(String text) {
        assertThatThrownBy(() -> StrictBase64.decode(text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Zg==", "Zg=", "Zh", "Zm9", "Z", "Zm+/", "Zg\n", " Zg", "\u0100m9v"})
    void decodeUrl_secondSpellings_areRefused(String text) {
        assertThatThrownBy(() -> StrictBase64.decodeUrl(text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Whatever text is accepted is the very text that encoding gives: no value has two. */
    @Test
    void decode_randomTexts_acceptsOneSpellingOnly(SeededRandom random) {
        int accepted = 0;
        for (int round = 0; round < 100_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(9); length > 0; length--) {
                text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
            }
            try {
                byte[] bytes = StrictBase64.decode(text.toString());
                assertThat(Base64.getEncoder().encodeToString(bytes)).isEqualTo(text.toString());
                accepted++;
            } catch (IllegalArgumentException e) {
                // refused, as most are
            }
        }
        assertThat(accepted).isPositive();
    }

    @Test
    void hex_anyBytes_roundTripInLowerCase(SeededRandom random) {
        byte[] bytes = random.bytes(40);
        assertThat(Hex.decode(Hex.encode(bytes))).isEqualTo(bytes);
        assertThat(Hex.encode(new byte[] {(byte) 0xAB, 0x0c})).isEqualTo("ab0c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"AB", "a", "0g", " 0", "0x", "é0", "00 "})
    void hexDecode_otherTexts_areRefused(String text) {
        assertThatThrownBy(() -> Hex.decode(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
