package dev.mapsovereign.base.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.MlDsa44;
import dev.mapsovereign.testing.ManualClock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class CosignatureTest {
    private static final Ed25519 ED25519 = Ed25519.jdk();
    private static final byte[] SEED = new byte[32];
    private static final Instant TIME = Instant.ofEpochSecond(1_679_315_147);
    private static final Checkpoint CHECKPOINT = new Checkpoint("example.com/log", 7, hash());
    private final ManualClock clock = new ManualClock(TIME);

    private final NoteSigner log = NoteSigners.ed25519("example.com/log", SEED, ED25519);
    private final NoteSigner logMlDsa = NoteSigners.mlDsa44("example.com/log", SEED, clock);
    private final NoteSigner witness =
            NoteSigners.cosignatureEd25519(
                    "witness.example",
                    new byte[] {
                        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                        1, 1, 1, 1, 1, 1, 1
                    },
                    ED25519,
                    clock);

    @Test
    void sign_allThreeKinds_verifyWithTheirTime() {
        SignedNote note = SignedNote.sign(CHECKPOINT.text(), log, logMlDsa, witness);
        SignedNote read = SignedNote.parse(note.bytes());

        for (NoteSigner signer : List.of(log, logMlDsa, witness)) {
            assertThat(read.verifies(signer.key(), ED25519)).isTrue();
        }
        assertThat(read.cosignedAt(witness.key(), ED25519)).contains(TIME);
        assertThat(read.cosignedAt(logMlDsa.key(), ED25519)).contains(TIME);
        assertThat(read.cosignedAt(log.key(), ED25519)).isEmpty();
    }

    @Test
    void verifies_timeAltered_isFalse() {
        for (NoteSigner signer : List.of(logMlDsa, witness)) {
            byte[] signature = signer.sign(CHECKPOINT.text());
            for (long time : new long[] {0, 1, TIME.getEpochSecond() + 1, -1, Long.MIN_VALUE}) {
                ByteBuffer.wrap(signature).putLong(time);
                assertThat(verifies(signer, CHECKPOINT.text(), signature)).isFalse();
            }
        }
    }

    @Test
    void verifies_otherCheckpointOrShape_isFalse() {
        String larger = new Checkpoint("example.com/log", 8, hash()).text();
        String elsewhere = new Checkpoint("example.com/other", 7, hash()).text();
        for (NoteSigner signer : List.of(logMlDsa, witness)) {
            byte[] signature = signer.sign(CHECKPOINT.text());
            assertThat(verifies(signer, CHECKPOINT.text(), signature)).isTrue();
            assertThat(verifies(signer, larger, signature)).isFalse();
            assertThat(verifies(signer, elsewhere, signature)).isFalse();
            assertThat(verifies(signer, "no checkpoint\n", signature)).isFalse();
            for (int length : new int[] {0, 7, 8, signature.length - 1, signature.length + 1}) {
                assertThat(verifies(signer, CHECKPOINT.text(), Arrays.copyOf(signature, length)))
                        .isFalse();
            }
        }
    }

    /** Field by field, as the structures of C2SP tlog-cosignature are laid out. */
    @Test
    void messages_areTheSpecifications() {
        assertThat(
                        new String(
                                Cosignature.messageEd25519(1_679_315_147, "a\n1\nAA==\n"),
                                StandardCharsets.UTF_8))
                .isEqualTo("cosignature/v1\ntime 1679315147\na\n1\nAA==\n");
        assertThat(Hex.encode(Cosignature.messageMlDsa44("cosigner", 258, CHECKPOINT)))
                .isEqualTo(
                        hex("subtree/v1\n\0")
                                + "08"
                                + hex("cosigner")
                                + "0000000000000102"
                                + "0f"
                                + hex("example.com/log")
                                + "0000000000000000"
                                + "0000000000000007"
                                + Hex.encode(hash()));
    }

    /** An ML-DSA-44 cosignature with time zero says less than we demand. */
    @Test
    void verifies_mlDsaWithTimeZero_isFalse() {
        MlDsa44.KeyPair44 pair = MlDsa44.fromSeed(SEED);
        byte[] signature = pair.sign(Cosignature.messageMlDsa44("example.com/log", 0, CHECKPOINT));

        assertThat(verifies(logMlDsa, CHECKPOINT.text(), new Cosignature(0, signature).bytes()))
                .isFalse();
    }

    @Test
    void sign_textThatIsNoCheckpoint_isRefused() {
        assertThatThrownBy(() -> logMlDsa.sign("map/kind/v1\n")).isInstanceOf(NoteException.class);
        assertThatThrownBy(() -> witness.sign("map/kind/v1\n")).isInstanceOf(NoteException.class);
    }

    @Test
    void sign_clockBefore1970_isRefused() {
        NoteSigner early =
                NoteSigners.mlDsa44("log", SEED, new ManualClock(Instant.ofEpochSecond(0)));
        assertThatThrownBy(() -> early.sign(CHECKPOINT.text()))
                .isInstanceOf(IllegalStateException.class);
    }

    private static boolean verifies(NoteSigner signer, String text, byte[] signature) {
        return signer.key().verifies(text, signature, ED25519);
    }

    private static byte[] hash() {
        byte[] hash = new byte[32];
        Arrays.fill(hash, (byte) 0xa5);
        return hash;
    }

    private static String hex(String text) {
        return Hex.encode(text.getBytes(StandardCharsets.UTF_8));
    }
}
