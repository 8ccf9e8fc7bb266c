package dev.mapsovereign.base.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Ed25519;
import java.util.List;
import org.junit.jupiter.api.Test;

class KindNoteTest {
    private static final Ed25519 ED25519 = Ed25519.jdk();
    private final NoteSigner signer = NoteSigners.ed25519("release", new byte[32], ED25519);

    @Test
    void open_signed_givesLines() {
        SignedNote note = KindNote.sign("release", List.of("1.0.0", "ab c"), signer);

        assertThat(note.text()).isEqualTo("map/release/v1\n1.0.0\nab c\n");
        assertThat(open(note, "release")).containsExactly("1.0.0", "ab c");
        assertThat(open(KindNote.sign("release", List.of(), signer), "release")).isEmpty();
    }

    @Test
    void open_otherKindKeyOrText_isRefused() {
        SignedNote note = KindNote.sign("release", List.of("1.0.0"), signer);
        SignedNote plain = SignedNote.sign("1.0.0\n", signer);
        SignedNote gap = SignedNote.sign("map/release/v1\n\n1.0.0\n", signer);
        SignedNote stranger =
                KindNote.sign(
                        "release",
                        List.of("1.0.0"),
                        NoteSigners.ed25519("stranger", new byte[32], ED25519));

        for (SignedNote bad : List.of(plain, gap, stranger)) {
            assertThatThrownBy(() -> open(bad, "release")).isInstanceOf(NoteException.class);
        }
        assertThatThrownBy(() -> open(note, "plugin")).isInstanceOf(NoteException.class);
        assertThatThrownBy(() -> open(note, "releas")).isInstanceOf(NoteException.class);
    }

    @Test
    void sign_linesOrKindThatAreNone_isRefused() {
        for (String line : List.of("", "a\nb", "a\tb", "\ud800")) {
            assertThatThrownBy(() -> KindNote.sign("release", List.of(line), signer))
                    .isInstanceOf(NoteException.class);
        }
        for (String kind : List.of("", "Release", "a/b", "a b", "a\n", "-a")) {
            assertThatThrownBy(() -> KindNote.sign(kind, List.of("line"), signer))
                    .isInstanceOf(NoteException.class);
        }
    }

    private List<String> open(SignedNote note, String kind) {
        return KindNote.open(note, kind, signer.key(), ED25519);
    }
}
