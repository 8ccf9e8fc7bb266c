package dev.mapsovereign.base.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(SeededRandomExtension.class)
class SignedNoteTest {
    private static final Ed25519 ED25519 = Ed25519.jdk();

    /** The example of C2SP signed-note, "Verifier keys". */
    private static final String EXAMPLE_KEY =
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    private static final String EXAMPLE_SIGNATURE =
            "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72"
                    + "IneyaQM=";
    private static final String EXAMPLE =
            "This is an example message.\n\n— example.com/foo " + EXAMPLE_SIGNATURE + "\n";

    /** The example at the top of C2SP signed-note: a text with an empty line in it. */
    private static final String POEM =
            "Ognuno sta solo sul cuor della terra\n"
                    + "trafitto da un raggio di sole:\n"
                    + "\n"
                    + "ed è subito sera.\n"
                    + "\n"
                    + "— quasimodo.example/salvatore "
                    + "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihA"
                    + "QwaqP3ZekRwNtIc=\n";

    @Test
    void verifies_specificationsExample_isTrue() {
        VerifierKey key = VerifierKey.parse(EXAMPLE_KEY);
        SignedNote note = SignedNote.parse(utf8(EXAMPLE));

        assertThat(key.vkey()).isEqualTo(EXAMPLE_KEY);
        assertThat(note.text()).isEqualTo("This is an example message.\n");
        assertThat(note.verifies(key, ED25519)).isTrue();
        assertThat(note.bytes()).isEqualTo(utf8(EXAMPLE));
    }

    @Test
    void parse_textWithEmptyLine_splitsAtLastOne() {
        SignedNote note = SignedNote.parse(utf8(POEM));

        assertThat(note.text()).endsWith(":\n\ned è subito sera.\n");
        assertThat(note.signatures()).hasSize(1);
        assertThat(note.signatures().getFirst().keyId()).isEqualTo(0x367ba04b);
        assertThat(note.bytes()).isEqualTo(utf8(POEM));
    }

    @Test
    void verifies_otherTextNameOrKey_isFalse() {
        VerifierKey key = VerifierKey.parse(EXAMPLE_KEY);
        SignedNote altered =
                SignedNote.parse(utf8(EXAMPLE.replace("example message", "exampl message")));
        SignedNote renamed = SignedNote.parse(utf8(EXAMPLE.replace("com/foo", "com/bar")));
        VerifierKey other = NoteSigners.ed25519("example.com/foo", new byte[32], ED25519).key();

        assertThat(altered.verifies(key, ED25519)).isFalse();
        assertThat(renamed.verifies(key, ED25519)).isFalse();
        assertThat(SignedNote.parse(utf8(EXAMPLE)).verifies(other, ED25519)).isFalse();
    }

    /** A known key's line that does not verify spoils the note, wherever the good one stands. */
    @Test
    void verifies_secondLineOfKeyFails_isFalse() {
        VerifierKey key = VerifierKey.parse(EXAMPLE_KEY);
        NoteSignature bad = new NoteSignature(key.name(), key.keyId(), new byte[64]);
        String good = "— example.com/foo " + EXAMPLE_SIGNATURE + "\n";

        for (String lines : List.of(good + bad.line() + "\n", bad.line() + "\n" + good)) {
            SignedNote note = SignedNote.parse(utf8("This is an example message.\n\n" + lines));
            assertThat(note.verifies(key, ED25519)).isFalse();
        }
    }

    @Test
    void verifies_linesOfUnknownKeys_areIgnored() {
        VerifierKey key = VerifierKey.parse(EXAMPLE_KEY);
        SignedNote note =
                SignedNote.parse(utf8(EXAMPLE))
                        .with(new NoteSignature("unknown", 7, new byte[4892]))
                        .with(new NoteSignature("example.com/foo", 8, new byte[] {1}))
                        .with(new NoteSignature("unknown", key.keyId(), new byte[] {1}));

        assertThat(SignedNote.parse(note.bytes()).verifies(key, ED25519)).isTrue();
    }

    @Test
    void with_sameKey_replacesItsLine() {
        SignedNote note = SignedNote.parse(utf8(EXAMPLE));
        NoteSignature first = note.signatures().getFirst();
        NoteSignature again = new NoteSignature(first.name(), first.keyId(), new byte[] {9});

        assertThat(note.with(again).signatures()).containsExactly(again);
    }

    static List<String> malformed() {
        String line = "— example.com/foo " + EXAMPLE_SIGNATURE + "\n";
        List<String> notes = new ArrayList<>();
        notes.add("");
        notes.add("\n");
        notes.add("\n\n");
        notes.add("text\n");
        notes.add("text\n\n");
        notes.add("text" + line);
        notes.add("text\n" + line);
        notes.add("text\n\n" + line.strip());
        notes.add("text\n\n" + line + "\n");
        notes.add("text\n\n" + line + "rest\n");
        notes.add("text\n\n" + line + "rest");
        notes.add("text\r\n\r\n" + line);
        notes.add("te\txt\n\n" + line);
        notes.add("te\u0000xt\n\n" + line);
        notes.add("text\n\n" + line.replace("— ", "- "));
        notes.add("text\n\n" + line.replace("— ", "—"));
        notes.add("text\n\n" + line.replace("— ", "—  "));
        notes.add("text\n\n" + line.replace("— ", " — "));
        notes.add("text\n\n" + line.replace("example.com/foo", ""));
        notes.add("text\n\n" + line.replace("example.com", "example+com"));
        notes.add("text\n\n" + line.replace("example.com", "example com"));
        notes.add("text\n\n" + line.replace("example.com", "example\u00a0com"));
        notes.add("text\n\n" + line.replace("example.com", "example\u2003com"));
        notes.add("text\n\n" + line.replace("example.com", "example\u0085com"));
        notes.add("text\n\n" + line.replace("example.com", "example\u2028com"));
        notes.add("text\n\n" + line.replace("example.com", "e".repeat(252)));
        notes.add("text\n\n" + line.replace("=\n", "\n"));
        notes.add("text\n\n" + line.replace("aQM=", "aQN="));
        notes.add("text\n\n" + line.replace("=\n", "= \n"));
        notes.add("text\n\n" + line.replace("=\n", "=\r\n"));
        notes.add("text\n\n— example.com/foo \n");
        notes.add("text\n\n— example.com/foo\n");
        notes.add("text\n\n— example.com/foo Uw2QOg==\n");
        notes.add("text\n\n— example.com/foo " + StrictBase64.encode(new byte[8193]) + "\n");
        notes.add("text\n\n" + line.repeat(33));
        notes.add("x".repeat(64 * 1024) + "\n\n" + line);
        notes.add("x\n".repeat(1024 * 1024));
        return notes;
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void parse_malformed_isRefused(String note) {
        assertThatThrownBy(() -> SignedNote.parse(utf8(note))).isInstanceOf(NoteException.class);
    }

    @Test
    void parse_malformedUtf8_isRefused() {
        byte[] good = utf8(EXAMPLE);
        for (byte[] bad :
                List.of(
                        new byte[] {(byte) 0xff},
                        new byte[] {(byte) 0xc0, (byte) 0x8a},
                        new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
                        new byte[] {(byte) 0xe2, (byte) 0x80})) {
            byte[] note = new byte[bad.length + good.length];
            System.arraycopy(bad, 0, note, 0, bad.length);
            System.arraycopy(good, 0, note, bad.length, good.length);
            assertThatThrownBy(() -> SignedNote.parse(note)).isInstanceOf(NoteException.class);
        }
    }

    @Test
    void parse_bounds_areAccepted() {
        String line = "— example.com/foo " + EXAMPLE_SIGNATURE + "\n";
        String longest = "x".repeat(64 * 1024 - 1) + "\n";

        assertThat(SignedNote.parse(utf8("text\n\n" + line.repeat(32))).signatures()).hasSize(32);
        assertThat(SignedNote.parse(utf8(longest + "\n" + line)).text()).isEqualTo(longest);
        assertThat(SignedNote.parse(utf8(longest + longest + "\n" + line), 128 * 1024).text())
                .hasSize(128 * 1024);
        assertThat(
                        SignedNote.parse(
                                        utf8(
                                                "t\n\n— "
                                                        + "e".repeat(255)
                                                        + " "
                                                        + StrictBase64.encode(new byte[8192])
                                                        + "\n"))
                                .signatures())
                .hasSize(1);
    }

    /** Every accepted note is the one spelling of what was understood. */
    @Test
    void parse_anyAlteration_isRefusedOrSpeltBack(SeededRandom random) {
        byte[] good = utf8(POEM);
        int accepted = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] altered = good.clone();
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                altered[random.nextInt(altered.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(SignedNote.parse(altered).bytes()).isEqualTo(altered);
                accepted++;
            } catch (NoteException e) {
                // refused
            }
        }
        assertThat(accepted).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no end", "tab\t\n", "lone \ud800\n"})
    void sign_textThatIsNone_isRefused(String text) {
        NoteSigner signer = NoteSigners.ed25519("name", new byte[32], ED25519);
        assertThatThrownBy(() -> SignedNote.sign(text, signer)).isInstanceOf(NoteException.class);
    }

    @Test
    void sign_withoutSigner_isRefused() {
        assertThatThrownBy(() -> SignedNote.sign("text\n")).isInstanceOf(NoteException.class);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
