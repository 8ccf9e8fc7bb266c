package dev.mapsovereign.base.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.merkle.MerkleHash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
    private static final String ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

    /** The example of C2SP tlog-checkpoint. */
    @Test
    void parse_specificationsExample_roundTrips() {
        String text = "example.com/behind-the-sofa\n20852163\n" + ROOT + "\n";
        Checkpoint checkpoint = Checkpoint.parse(text);

        assertThat(checkpoint.origin()).isEqualTo("example.com/behind-the-sofa");
        assertThat(checkpoint.size()).isEqualTo(20_852_163);
        assertThat(checkpoint.root()).isEqualTo(StrictBase64.decode(ROOT));
        assertThat(checkpoint.text()).isEqualTo(text);
        assertThat(checkpoint).isEqualTo(Checkpoint.parse(text));
    }

    @Test
    void parse_emptyAndLargestTree_areAccepted() {
        assertThat(Checkpoint.parse(new Checkpoint("o", 0, MerkleHash.empty()).text()).size())
                .isZero();
        assertThat(Checkpoint.parse("o\n9223372036854775807\n" + ROOT + "\n").size())
                .isEqualTo(Long.MAX_VALUE);
        assertThat(Checkpoint.parse("o".repeat(255) + "\n1\n" + ROOT + "\n").origin()).hasSize(255);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "o\n1\n",
                "o\n1\n" + ROOT,
                "o\n1\n" + ROOT + "\n\n",
                "o\n1\n" + ROOT + "\nextension\n",
                "o\n1\n\n" + ROOT + "\n",
                "\n1\n" + ROOT + "\n",
                "o\n\n" + ROOT + "\n",
                "o\n01\n" + ROOT + "\n",
                "o\n-1\n" + ROOT + "\n",
                "o\n+1\n" + ROOT + "\n",
                "o\n1 \n" + ROOT + "\n",
                "o\n\u0661\n" + ROOT + "\n",
                "o\n0x1\n" + ROOT + "\n",
                "o\n9223372036854775808\n" + ROOT + "\n",
                "o\n18446744073709551615\n" + ROOT + "\n",
                "o\n0\n" + ROOT + "\n",
                "o\r\n1\r\n" + ROOT + "\r\n",
                "o\t\n1\n" + ROOT + "\n",
                "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
                "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
                "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
                "o\n1\n\n"
            })
    void parse_malformed_isRefused(String text) {
        assertThatThrownBy(() -> Checkpoint.parse(text)).isInstanceOf(NoteException.class);
    }

    @Test
    void construct_wrongParts_isRefused() {
        byte[] root = new byte[32];
        assertThatThrownBy(() -> new Checkpoint("", 1, root)).isInstanceOf(NoteException.class);
        assertThatThrownBy(() -> new Checkpoint("a\nb", 1, root)).isInstanceOf(NoteException.class);
        assertThatThrownBy(() -> new Checkpoint("o".repeat(256), 1, root))
                .isInstanceOf(NoteException.class);
        assertThatThrownBy(() -> new Checkpoint("o", -1, root)).isInstanceOf(NoteException.class);
        assertThatThrownBy(() -> new Checkpoint("o", 1, new byte[31]))
                .isInstanceOf(NoteException.class);
    }
}
