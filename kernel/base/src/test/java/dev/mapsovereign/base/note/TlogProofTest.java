package dev.mapsovereign.base.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.merkle.MerkleHash;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TlogProofTest {
    private static final byte[] FIRST = {1};
    private static final byte[] SECOND = {2};
    private static final Checkpoint TREE =
            new Checkpoint(
                    "log.example/x",
                    2,
                    MerkleHash.node(MerkleHash.leaf(FIRST), MerkleHash.leaf(SECOND)));

    private static final byte[] NOTE =
            SignedNote.sign(
                            TREE.text(),
                            NoteSigners.ed25519("log.example/x", new byte[32], Ed25519.jdk()))
                    .bytes();

    private static TlogProof proof(Optional<byte[]> extra) {
        return new TlogProof(extra, 1, List.of(MerkleHash.leaf(FIRST)), NOTE);
    }

    private static String text(TlogProof proof) {
        return new String(proof.bytes(), StandardCharsets.UTF_8);
    }

    @Test
    void parse_ownBytes_givesTheSame() {
        TlogProof again = TlogProof.parse(proof(Optional.of(SECOND)).bytes());
        assertThat(again.extra().orElseThrow()).isEqualTo(SECOND);
        assertThat(again.index()).isEqualTo(1);
        assertThat(again.checkpoint()).isEqualTo(NOTE);
        assertThat(again.includes(SECOND, TREE)).isTrue();
        assertThat(again.includes(FIRST, TREE)).isFalse();
        assertThat(TlogProof.parse(proof(Optional.empty()).bytes()).extra()).isEmpty();
    }

    @Test
    void bytes_ofTheSpecification_standInItsOrder() {
        assertThat(text(proof(Optional.of(SECOND))))
                .startsWith("c2sp.org/tlog-proof@v1\nextra Ag==\nindex 1\n")
                .endsWith("\n\n" + new String(NOTE, StandardCharsets.UTF_8));
    }

    @Test
    void parse_anotherSpelling_isRefused() {
        String good = text(proof(Optional.of(SECOND)));
        for (String bad :
                List.of(
                        good.replace("@v1", "@v2"),
                        good.replace("Ag==", "Ah=="),
                        good.replace("index 1", "index 01"),
                        good.replace("index 1", "index +1"),
                        good.replace("index 1\n", ""),
                        good.replace("extra Ag==\nindex 1\n", ""),
                        good.replace("\n\n", "\n"),
                        "")) {
            assertThatThrownBy(() -> TlogProof.parse(bad.getBytes(StandardCharsets.UTF_8)))
                    .as(bad)
                    .isInstanceOf(NoteException.class);
        }
    }
}
