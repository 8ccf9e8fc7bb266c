package dev.mapsovereign.base.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.MlDsa44;
import dev.mapsovereign.base.crypto.StrictBase64;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VerifierKeyTest {
    private static final String EXAMPLE =
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    private static final VerifierKey KEY = VerifierKey.parse(EXAMPLE);

    @Test
    void parse_example_hasItsParts() {
        assertThat(KEY.name()).isEqualTo("example.com/foo");
        assertThat(KEY.keyId()).isEqualTo(0x530d903a);
        assertThat(KEY.type()).isEqualTo(VerifierKey.ED25519);
        assertThat(KEY.publicKey()).hasSize(32);
        assertThat(KEY.vkey()).isEqualTo(EXAMPLE);
        assertThat(KEY).isEqualTo(VerifierKey.ed25519("example.com/foo", KEY.publicKey()));
        assertThat(KEY.fingerprint()).matches("[0-9a-f]{64}");
    }

    @Test
    void sameKey_otherTypes_haveOtherIds() {
        VerifierKey cosigner = VerifierKey.cosigner(KEY.name(), KEY.publicKey());

        assertThat(cosigner.keyId()).isNotEqualTo(KEY.keyId());
        assertThat(cosigner).isNotEqualTo(KEY);
        assertThat(VerifierKey.parse(cosigner.vkey())).isEqualTo(cosigner);
    }

    @Test
    void mlDsa44_vkey_roundTrips() {
        VerifierKey key = VerifierKey.mlDsa44("log", MlDsa44.fromSeed(new byte[32]).publicKey());

        assertThat(VerifierKey.parse(key.vkey())).isEqualTo(key);
        assertThatThrownBy(() -> VerifierKey.mlDsa44("log", new byte[32]))
                .isInstanceOf(NoteException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "+",
                "++",
                "example.com/foo",
                "example.com/foo+530d903a",
                "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
                "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
                "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
                "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
                "example.com/foo+0530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
                "example.com/foo+30d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
                "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
                "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k=",
                "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k+",
                "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
                "example.com/foo+530d903a+ ",
                "example.com/foo+530d903a+",
                "example.com/foo+530d903a+AQ=="
            })
    void parse_malformed_isRefused(String vkey) {
        assertThatThrownBy(() -> VerifierKey.parse(vkey)).isInstanceOf(NoteException.class);
    }

    @Test
    void parse_otherTypes_areRefused() {
        for (int type = 0; type < 256; type++) {
            byte[] material = Arrays.copyOf(new byte[] {(byte) type}, 33);
            System.arraycopy(KEY.publicKey(), 0, material, 1, 32);
            String vkey = "foo+00000000+" + StrictBase64.encode(material);
            // Accepted types fail too, by the wrong id; none may fail in another way.
            assertThatThrownBy(() -> VerifierKey.parse(vkey)).isInstanceOf(NoteException.class);
        }
        assertThatThrownBy(() -> new VerifierKey("foo", 0, (byte) 2, KEY.publicKey()))
                .hasMessageContaining("0x02");
    }

    @Test
    void ed25519_smallOrderOrShortKey_isRefused() {
        for (String key :
                new String[] {
                    "01" + "00".repeat(31),
                    "00".repeat(32),
                    "ec" + "ff".repeat(30) + "7f",
                    "ee" + "ff".repeat(30) + "7f",
                    "00".repeat(31)
                }) {
            assertThatThrownBy(() -> VerifierKey.ed25519("foo", Hex.decode(key)))
                    .isInstanceOf(NoteException.class);
            assertThatThrownBy(() -> VerifierKey.cosigner("foo", Hex.decode(key)))
                    .isInstanceOf(NoteException.class);
        }
    }

    @Test
    void publicKey_changedOutside_staysAsItWas() {
        VerifierKey key = VerifierKey.parse(EXAMPLE);
        key.publicKey()[0] ^= 1;

        assertThat(key).isEqualTo(KEY).hasSameHashCodeAs(KEY);
    }
}
