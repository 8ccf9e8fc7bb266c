package dev.mapsovereign.base.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.testing.ManualClock;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrustPolicyTest {
    private static final Ed25519 ED25519 = Ed25519.jdk();
    private static final Clock CLOCK = new ManualClock(Instant.ofEpochSecond(1_700_000_000));
    private static final Checkpoint CHECKPOINT = new Checkpoint("node/tenant", 3, new byte[32]);

    private final NoteSigner log = NoteSigners.ed25519("node/tenant", seed(1), ED25519);
    private final NoteSigner x1 = witness(11);
    private final NoteSigner x2 = witness(12);
    private final NoteSigner x3 = witness(13);
    private final NoteSigner y1 = witness(21);
    private final NoteSigner y2 = NoteSigners.mlDsa44("witness22", seed(22), CLOCK);

    /** The specification's example, with a comment, blanks, tabs and a URL. */
    private String example() {
        return """
        # who is trusted here
        log %s

          witness X1\t%s https://witness.example/
        witness X2 %s
        witness X3 %s
        group X-witnesses 2 X1 X2 X3

        witness Y1 %s
        witness Y2 %s\s\s
        group Y-witnesses any Y1 Y2

        group X-and-Y all X-witnesses Y-witnesses
        quorum X-and-Y
        """
                .formatted(key(log), key(x1), key(x2), key(x3), key(y1), key(y2));
    }

    @Test
    void parse_example_hasItsParts() {
        TrustPolicy policy = TrustPolicy.parse(example());

        assertThat(policy.logs()).extracting(TrustPolicy.Log::key).containsExactly(log.key());
        assertThat(policy.witnesses())
                .extracting(TrustPolicy.Witness::name)
                .containsExactly("X1", "X2", "X3", "Y1", "Y2");
        assertThat(policy.witnesses().getFirst().url()).contains("https://witness.example/");
    }

    @Test
    void satisfied_example_needsLogTwoXAndOneY() {
        TrustPolicy policy = TrustPolicy.parse(example());

        assertThat(satisfied(policy, log, x1, x3, y1)).isTrue();
        assertThat(satisfied(policy, log, x2, x3, y2)).isTrue();
        assertThat(satisfied(policy, log, x1, x2, x3, y1, y2)).isTrue();
        assertThat(satisfied(policy, log, x1, y1)).isFalse();
        assertThat(satisfied(policy, log, x1, x2, x3)).isFalse();
        assertThat(satisfied(policy, x1, x2, y1)).isFalse();
        assertThat(satisfied(policy, log)).isFalse();
    }

    @Test
    void satisfied_logOfOtherOriginOrUnknown_isFalse() {
        NoteSigner stranger = NoteSigners.ed25519("node/tenant", seed(2), ED25519);
        NoteSigner other = NoteSigners.ed25519("node/other", seed(3), ED25519);
        TrustPolicy policy =
                TrustPolicy.parse("log " + key(log) + "\nlog " + key(other) + "\nquorum none\n");

        assertThat(satisfied(policy, log)).isTrue();
        assertThat(satisfied(policy, log, stranger)).isTrue();
        assertThat(satisfied(policy, stranger)).isFalse();
        assertThat(satisfied(policy, other)).isFalse();
    }

    @Test
    void satisfied_noCheckpoint_isFalse() {
        TrustPolicy policy = TrustPolicy.parse("log " + key(log) + "\nquorum none\n");

        assertThat(policy.satisfied(SignedNote.sign("text\n", log), ED25519)).isFalse();
    }

    @Test
    void satisfied_knownKeyWithFalseLine_isFalse() {
        TrustPolicy policy =
                TrustPolicy.parse(
                        "log " + key(log) + "\nwitness X1 " + key(x1) + "\nquorum none\n");
        SignedNote note = SignedNote.sign(CHECKPOINT.text(), log);

        assertThat(policy.satisfied(note, ED25519)).isTrue();
        for (NoteSigner known : List.of(log, x1)) {
            NoteSignature bad =
                    new NoteSignature(known.key().name(), known.key().keyId(), new byte[72]);
            assertThat(policy.satisfied(note.with(bad), ED25519)).isFalse();
        }
    }

    @Test
    void quorum_singleWitness_isNeeded() {
        TrustPolicy policy = TrustPolicy.parse("witness w " + key(x1) + "\nquorum w");

        assertThat(policy.quorumMet(SignedNote.sign(CHECKPOINT.text(), x1), ED25519)).isTrue();
        assertThat(policy.quorumMet(SignedNote.sign(CHECKPOINT.text(), x2), ED25519)).isFalse();
        assertThat(satisfied(policy, log, x1)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "quorum none\nquorum none\n",
                "quorum a\nwitness a K1\n",
                "quorum\n",
                "quorum none extra\n",
                "unknown x\nquorum none\n",
                "quorum none\r\n",
                "quorum none\u0000\n",
                "quorum none\u007f\n",
                "Quorum none\n",
                "log\nquorum none\n",
                "log K1 url extra\nquorum none\n",
                "log broken+00000000+AAAA\nquorum none\n",
                "log K1\nquorum none\n",
                "witness a\nquorum none\n",
                "witness a K1 url extra\nquorum none\n",
                "witness a LOG\nquorum none\n",
                "witness none K1\nquorum none\n",
                "witness a K1\nwitness a K2\nquorum a\n",
                "witness a K1\nwitness b K1\nquorum a\n",
                "log LOG\nlog LOG\nquorum none\n",
                "witness a K1\ngroup g all\nquorum g\n",
                "witness a K1\ngroup g 0 a\nquorum g\n",
                "witness a K1\ngroup g 2 a\nquorum g\n",
                "witness a K1\ngroup g 01 a\nquorum g\n",
                "witness a K1\ngroup g -1 a\nquorum g\n",
                "witness a K1\ngroup g 99999999999 a\nquorum g\n",
                "witness a K1\ngroup g some a\nquorum g\n",
                "witness a K1\ngroup g all a a\nquorum g\n",
                "witness a K1\ngroup g all a\ngroup h all a\nquorum g\n",
                "witness a K1\ngroup g all none\nquorum g\n",
                "witness a K1\ngroup none all a\nquorum none\n",
                "witness a K1\ngroup a all a\nquorum a\n",
                "witness a K1\ngroup g all g\nquorum g\n",
                "witness a K1\ngroup g all h\ngroup h all a\nquorum g\n"
            })
    void parse_malformed_isRefused(String template) {
        String policy =
                template.replace("K1", key(x1)).replace("K2", key(x2)).replace("LOG", key(log));
        assertThatThrownBy(() -> TrustPolicy.parse(policy)).isInstanceOf(NoteException.class);
    }

    @Test
    void parse_failure_namesLine() {
        assertThatThrownBy(() -> TrustPolicy.parse("# fine\n\nquorum nobody\n"))
                .hasMessageContaining("line 3");
    }

    /** Two vkeys of one public key are duplicates even under other names and ids. */
    @Test
    void parse_sameKeyUnderOtherName_isRefused() {
        VerifierKey again = VerifierKey.ed25519("node/other", log.key().publicKey());
        assertThatThrownBy(() ->
                        TrustPolicy.parse(
                                "log " + key(log) + "\nlog " + again.vkey() + "\nquorum none\n"))
                .isInstanceOf(NoteException.class);
    }

    @Test
    void parse_moreThanSpecificationsMinimum_isAccepted() {
        StringBuilder text = new StringBuilder();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            text.append("log ")
                    .append(key(NoteSigners.ed25519("log" + i, seed(100 + i), ED25519)))
                    .append('\n');
            text.append("witness w")
                    .append(i)
                    .append(' ')
                    .append(key(witness(30 + i)))
                    .append('\n');
            names.add("w" + i);
        }
        text.append("group all-of-them all ").append(String.join(" ", names)).append('\n');
        String deepest = "all-of-them";
        for (int i = 0; i < 200; i++) {
            text.append("group g").append(i).append(" any ").append(deepest).append('\n');
            deepest = "g" + i;
        }
        TrustPolicy policy = TrustPolicy.parse(text + "quorum " + deepest + "\n");

        assertThat(policy.witnesses()).hasSize(40);
        assertThat(policy.quorumMet(SignedNote.sign(CHECKPOINT.text(), x1), ED25519)).isFalse();
    }

    private static boolean satisfied(TrustPolicy policy, NoteSigner... signers) {
        return policy.satisfied(SignedNote.sign(CHECKPOINT.text(), signers), ED25519);
    }

    private static NoteSigner witness(int number) {
        return NoteSigners.cosignatureEd25519("witness" + number, seed(number), ED25519, CLOCK);
    }

    private static String key(NoteSigner signer) {
        return signer.key().vkey();
    }

    private static byte[] seed(int number) {
        byte[] seed = new byte[32];
        Arrays.fill(seed, (byte) number);
        return seed;
    }
}
