package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.NoteSigners;
import dev.mapsovereign.base.note.SignedNote;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the node's own keys sign is not believed either: each rule of the page, broken with digests
 * and signatures that fit, by a node that the test makes up. Both programs give the same verdict.
 */
final class VerificationRulesTest {
    private static final TenantId ACME = TenantId.of("acme");

    @TempDir Path folder;

    private SyntheticNode node;
    private SyntheticLog acme;

    @BeforeEach
    void makeNode() {
        node = new SyntheticNode("alpha");
        acme = node.tenant("acme");
    }

    private Path medium() {
        return folder.resolve("medium");
    }

    private void export() {
        node.export(medium(), Map.of(TenantId.NODE, 0L, ACME, 0L));
    }

    private void expect(int exit, String... words) {
        expectWith(node.trustFile(folder), exit, words);
    }

    private void expectWith(Path trust, int exit, String... words) {
        Verifiers.Outcome java = Verifiers.inProcess(medium(), "--trust", trust);
        assertThat(java.exit()).as(java.output()).isEqualTo(exit);
        for (String word : words) {
            assertThat(java.output()).contains(word);
        }
        Verifiers.Outcome python = Verifiers.python(medium(), "--trust", trust);
        assertThat(python.exit()).as(python.output()).isEqualTo(exit);
    }

    @Test
    void verify_soundBundle_isAccepted() {
        acme.append(300);
        export();
        expect(0, "records 0 to 299", "VERIFIED");
    }

    @Test
    void verify_laterRangesOfSoundBundles_areAccepted() {
        acme.append(255);
        export();
        long size = node.own.size();
        acme.append(2);
        node.own.append(1);
        node.export(medium(), Map.of(TenantId.NODE, size, ACME, 255L));
        expect(0, "records 255 to 256", "VERIFIED");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // another spelling of the same values
                "{\"index\":\"0\", \"tenant_id\":\"acme\",\"v\":1}",
                "{\"v\":1,\"index\":\"0\",\"tenant_id\":\"acme\"}",
                "{\"index\":\"0\",\"tenant_id\":\"\\u0061cme\",\"v\":1}",
                "{\"index\":\"0\",\"meta\":{\"a\":\"\\/\"},\"tenant_id\":\"acme\",\"v\":1}",
                "{\"index\":\"0\",\"meta\":{\"a\":\"\\u000A\"},\"tenant_id\":\"acme\",\"v\":1}",
                "{\"index\":\"0\",\"tenant_id\":\"acme\",\"v\":1}\n",
                "{\"index\":\"0\",\"tenant_id\":\"acme\",\"v\":1.0}",
                "{\"index\":\"0\",\"meta\":{\"a\":-0},\"tenant_id\":\"acme\",\"v\":1}",
                // what no record holds
                "{\"index\":\"0\",\"meta\":{\"a\":1.5},\"tenant_id\":\"acme\",\"v\":1}",
                "{\"index\":\"0\",\"meta\":{\"a\":9007199254740992},\"tenant_id\":\"acme\",\"v\":1}",
                "{\"index\":\"0\",\"meta\":{\"A\":1},\"tenant_id\":\"acme\",\"v\":1}",
                "{\"index\":\"0\",\"meta\":{\"a\":[[[[[[[[1]]]]]]]]},\"tenant_id\":\"acme\",\"v\":1}",
                "{\"index\":\"0\",\"index\":\"0\",\"tenant_id\":\"acme\",\"v\":1}",
                "{\"index\":\"0\",\"meta\":{\"a\":1,\"a\":1},\"tenant_id\":\"acme\",\"v\":1}",
                "{\"index\":\"0\",\"meta\":{\"a\":\"\\ud800\"},\"tenant_id\":\"acme\",\"v\":1}",
                "[]",
                "",
                // of another place
                "{\"index\":\"1\",\"tenant_id\":\"acme\",\"v\":1}",
                "{\"index\":0,\"tenant_id\":\"acme\",\"v\":1}",
                "{\"index\":\"0\",\"tenant_id\":\"zeta\",\"v\":1}",
                "{\"index\":\"0\",\"tenant_id\":\"acme\",\"v\":2}",
                "{\"index\":\"0\",\"tenant_id\":\"acme\",\"v\":true}",
                "{\"index\":\"0\",\"tenant_id\":\"acme\"}",
                "{\"tenant_id\":\"acme\",\"v\":1}",
                "{\"index\":\"0\",\"v\":1}",
            })
    void verify_signedRecordThatIsNone_isRefused(String record) {
        acme.appendText(record).append(3);
        export();
        expect(4, "log acme, record 0");
    }

    @Test
    void verify_signedRecordThatIsNotUtf8_isRefused() {
        byte[] record = acme.goodRecord(0).getBytes(StandardCharsets.UTF_8);
        record[3] = (byte) 0xc0;
        acme.appendBytes(record);
        export();
        expect(4, "log acme, record 0");
    }

    @Test
    void verify_signedRecordAboveItsLength_isRefused() {
        String good = acme.goodRecord(0);
        acme.appendText(
                good.replace(
                        ",\"outcome\"",
                        ",\"meta\":{\"a\":\"" + "x".repeat(65_000) + "\"},\"outcome\""));
        export();
        expect(4, "log acme, record 0");
    }

    @Test
    void verify_recordNotLinkedToTheOneBefore_isRefused() {
        acme.append(5);
        acme.appendLeaf(
                ChainRule.leaf(
                        acme.recordHash(4), acme.goodRecord(5).getBytes(StandardCharsets.UTF_8)));
        acme.append(2);
        export();
        expect(4, "log acme, record 5", "not linked");
    }

    @Test
    void verify_firstRecordLinkedToSomething_isRefused() {
        acme.appendLeaf(
                ChainRule.leaf(
                        new byte[] {1}, acme.goodRecord(0).getBytes(StandardCharsets.UTF_8)));
        export();
        expect(4, "log acme, record 0");
    }

    @Test
    void verify_leafShorterThanAHash_isRefused() {
        acme.append(1).appendLeaf(new byte[31]);
        export();
        expect(4, "log acme, record 1");
    }

    @Test
    void verify_tileAboveThatIsNotTheTrees_isRefused() {
        acme.append(300);
        node.spoilFiles =
                files -> {
                    SyntheticNode.at(files, "logs/acme/tile/1/000.p/1")[5] ^= 1;
                    return files;
                };
        export();
        expect(4, "logs/acme/tile/1/000.p/1");
    }

    @Test
    void verify_leafTileThatIsNotTheEntries_isRefused() {
        acme.append(3);
        node.spoilFiles =
                files -> {
                    SyntheticNode.at(files, "logs/acme/tile/0/000.p/3")[40] ^= 1;
                    return files;
                };
        export();
        expect(4, "log acme, record 1");
    }

    @Test
    void verify_fileMissingFromTheManifest_isRefused() {
        acme.append(3);
        node.spoilFiles =
                files -> {
                    files.remove("logs/acme/tile/entries/000.p/3");
                    return files;
                };
        export();
        expect(4);
    }

    @Test
    void verify_fileTooManyInTheManifest_isRefused() {
        acme.append(3);
        node.spoilFiles =
                files -> {
                    files.put("logs/acme/tile/0/001", new byte[32]);
                    return files;
                };
        export();
        expect(4, "manifest.txt");
    }

    @Test
    void verify_manifestWithAPathOutside_isRefused() {
        acme.append(3);
        node.spoilFiles =
                files -> {
                    Map<String, byte[]> other = new LinkedHashMap<>();
                    files.forEach((name, content) ->
                            other.put(
                                    name.equals("logs/acme/tile/0/000.p/3")
                                            ? "../../outside"
                                            : name,
                                    content));
                    return other;
                };
        export();
        expect(4, "manifest.txt");
    }

    @Test
    void verify_checkpointWithoutItsSecondSignature_isRefusedByTheProgramThatCanTell() {
        acme.append(3);
        node.spoilCheckpoint = note -> new SignedNote(note.text(), note.signatures().subList(0, 1));
        export();
        Verifiers.Outcome java = Verifiers.inProcess(medium(), "--trust", node.trustFile(folder));
        assertThat(java.exit()).as(java.output()).isEqualTo(4);
        assertThat(java.output()).contains("not signed by every key");
    }

    @Test
    void verify_checkpointWithoutItsFirstSignature_isRefused() {
        acme.append(3);
        node.spoilCheckpoint = note -> new SignedNote(note.text(), note.signatures().subList(1, 2));
        export();
        expect(4);
    }

    @Test
    void verify_checkpointWithAFalseSecondSignature_isRefusedByTheProgramThatCanTell() {
        acme.append(3);
        List<NoteSigner> others = SyntheticLog.signers(acme.origin(), "another seed");
        node.spoilCheckpoint =
                note -> {
                    byte[] lie = others.get(1).sign(note.text());
                    return new SignedNote(
                            note.text(),
                            List.of(
                                    note.signatures().getFirst(),
                                    new dev.mapsovereign.base.note.NoteSignature(
                                            note.signatures().get(1).name(),
                                            note.signatures().get(1).keyId(),
                                            lie)));
                };
        export();
        Verifiers.Outcome java = Verifiers.inProcess(medium(), "--trust", node.trustFile(folder));
        assertThat(java.exit()).as(java.output()).isEqualTo(4);
    }

    @Test
    void verify_checkpointWithALineOfAnUnknownKey_isAccepted() {
        acme.append(3);
        NoteSigner stranger = NoteSigners.ed25519("witness.example/w", new byte[32], Ed25519.jdk());
        node.spoilCheckpoint = note -> note.with(stranger);
        export();
        expect(0);
    }

    @Test
    void verify_checkpointOfAnotherRoot_isRefused() {
        acme.append(3);
        node.spoilCheckpoint =
                note -> {
                    Checkpoint checkpoint = Checkpoint.parse(note.text());
                    byte[] root = checkpoint.root();
                    root[0] ^= 1;
                    SyntheticLog log = checkpoint.origin().endsWith("/acme") ? acme : node.own;
                    return SignedNote.sign(
                            new Checkpoint(checkpoint.origin(), checkpoint.size(), root).text(),
                            log.signers().toArray(NoteSigner[]::new));
                };
        export();
        expect(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"from_root", "to_root", "previous_record_hash", "last_record_hash"})
    void verify_descriptionWithAnotherHash_isRefused(String member) {
        acme.append(300);
        export();
        long size = node.own.size();
        node.own.append(1);
        acme.append(10);
        spoilDescription(text -> flipMember(text, member));
        node.export(medium(), Map.of(TenantId.NODE, size, ACME, 300L));
        expect(4);
    }

    private void spoilDescription(UnaryOperator<String> change) {
        node.spoilFiles =
                files -> {
                    for (Map.Entry<String, byte[]> file : files.entrySet()) {
                        if (file.getKey().endsWith("bundle.json")) {
                            String text = new String(file.getValue(), StandardCharsets.UTF_8);
                            String changed = change.apply(text);
                            assertThat(changed).isNotEqualTo(text);
                            file.setValue(changed.getBytes(StandardCharsets.UTF_8));
                        }
                    }
                    return files;
                };
    }

    /** Changes the last digit of the last such member, which is that of acme. */
    private static String flipMember(String json, String member) {
        int at = json.lastIndexOf("\"" + member + "\":\"") + member.length() + 4 + 63;
        char other = json.charAt(at) == '0' ? '1' : '0';
        return json.substring(0, at) + other + json.substring(at + 1);
    }

    static Stream<UnaryOperator<String>> spoiledDescriptions() {
        return Stream.of(
                text -> text + "\n",
                text -> text.replace("\"v\":1", "\"v\":2"),
                text -> text.replace("\"number\":\"1\"", "\"number\":\"01\""),
                text -> text.replace("\"number\":\"1\"", "\"number\":\"2\""),
                text -> text.replace("{\"logs\"", "{\"extra\":1,\"logs\""),
                text -> text.replace("\"product_version\":\"0.1.0\"", "\"product_version\":\"\""),
                text -> text.replace("\"to\":\"300\"", "\"to\":\"301\""),
                text -> text.replace("\"to\":\"300\"", "\"to\":\"299\""),
                text -> text.replace("\"size\":\"300\"", "\"size\":\"10\""),
                text -> text.replace("\"tenant_id\":\"acme\"", "\"tenant_id\":\"../x\""),
                text -> text.replace("\"key_records\":[\"0\"]", "\"key_records\":[]"),
                text -> text.replace("\"key_records\":[\"1\"]", "\"key_records\":[\"0\"]"),
                text -> text.replace("\"rotations\":[]", "\"rotations\":[\"1\"]"),
                text -> text.replace("0123abcd", "0123abce"));
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.MethodSource("spoiledDescriptions")
    void verify_descriptionThatIsNone_isRefused(UnaryOperator<String> change) {
        acme.append(300);
        spoilDescription(change);
        export();
        expect(4);
    }

    @Test
    void verify_bundleWithoutNode_isRefused() {
        acme.append(3);
        export();
        // A range of _node alone can be left out only by rewriting: the page demands it first.
        node.spoilFiles = files -> files;
        spoilDescription(text ->
                text.replaceFirst(
                        "\"ranges\":\\[\\{[^}]*\"tenant_id\":\"_node\"[^}]*\\},", "\"ranges\":["));
        node.export(medium(), Map.of(TenantId.NODE, 0L, ACME, 0L));
        expect(4);
    }

    @Test
    void verify_keyRecordThatNamesOtherKeys_isRefused() {
        acme.append(3);
        acme.sign(SyntheticLog.signers(acme.origin(), "another seed"));
        export();
        expect(4);
    }

    @Test
    void verify_proofOfARecordThatIsNotInTheTree_isRefused() {
        acme.append(3);
        node.spoilFiles =
                files -> {
                    byte[] proof = SyntheticNode.at(files, "bundle-1/proofs/1.tlog-proof");
                    String text = new String(proof, StandardCharsets.UTF_8);
                    String other = text.replaceFirst("\nindex 1\n", "\nindex 0\n");
                    files.put(
                            "bundle-1/proofs/1.tlog-proof", other.getBytes(StandardCharsets.UTF_8));
                    return files;
                };
        export();
        expect(4, "proofs/1.tlog-proof");
    }

    @Test
    void verify_afterRotations_climbsFromTheOldKey() {
        acme.append(10);
        node.rotate(acme, SyntheticLog.signers(acme.origin(), "second"));
        node.rotate(node.own, SyntheticLog.signers(node.own.origin(), "second"));
        acme.append(10);
        node.own.append(3);
        node.rotate(node.own, SyntheticLog.signers(node.own.origin(), "third"));
        node.own.append(1);
        export();
        expect(0, "VERIFIED");
    }

    @Test
    void verify_afterRotation_acceptsTheNewKeyFromTheTrustFile() {
        acme.append(10);
        node.rotate(node.own, SyntheticLog.signers(node.own.origin(), "second"));
        node.own.append(3);
        export();
        expectWith(node.trustFile(folder, node.own.keys().getFirst()), 0, "VERIFIED");
    }

    @Test
    void verify_newKeyWithoutItsRotation_isRefused() {
        acme.append(10);
        node.own.sign(SyntheticLog.signers(node.own.origin(), "second"));
        export();
        expect(4);
    }

    @Test
    void verify_rotationCheckpointWithoutTheOldKey_isRefused() {
        acme.append(10);
        node.rotate(acme, SyntheticLog.signers(acme.origin(), "second"));
        acme.append(1);
        node.spoilFiles =
                files -> {
                    String name = BundleLayout.rotationCheckpoint(1, ACME, 11);
                    SignedNote note = SignedNote.parse(SyntheticNode.at(files, name));
                    List<dev.mapsovereign.base.note.NoteSignature> kept =
                            new ArrayList<>(note.signatures().subList(2, 4));
                    files.put(name, new SignedNote(note.text(), kept).bytes());
                    return files;
                };
        export();
        expect(4, "rotations/acme/11");
    }

    @Test
    void verify_quorum_isDemanded() throws Exception {
        acme.append(3);
        NoteSigner witness =
                NoteSigners.cosignatureEd25519(
                        "station/witness", new byte[32], Ed25519.jdk(), Clock.systemUTC());
        Path trust = folder.resolve("quorum.policy");
        Files.writeString(
                trust,
                "log %s\nwitness w %s\nquorum w\n"
                        .formatted(node.firstKey.vkey(), witness.key().vkey()));
        export();
        expectWith(trust, 1, "quorum");
        node.spoilCheckpoint = note -> note.with(witness);
        node.export(folder.resolve("medium"), Map.of(TenantId.NODE, 0L, ACME, 0L));
        // bundle-1 still lacks it
        expectWith(trust, 1, "quorum");
    }

    @Test
    void verify_quorumMet_isAccepted() throws Exception {
        acme.append(3);
        NoteSigner witness =
                NoteSigners.cosignatureEd25519(
                        "station/witness", new byte[32], Ed25519.jdk(), Clock.systemUTC());
        Path trust = folder.resolve("quorum.policy");
        Files.writeString(
                trust,
                "log %s\nwitness w %s\nwitness x %s\ngroup g any w x\nquorum g\n"
                        .formatted(
                                node.firstKey.vkey(),
                                witness.key().vkey(),
                                NoteSigners.cosignatureEd25519(
                                                "station/other",
                                                new byte[] {
                                                    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                                    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
                                                },
                                                Ed25519.jdk(),
                                                Clock.systemUTC())
                                        .key()
                                        .vkey()));
        node.spoilCheckpoint = note -> note.with(witness);
        export();
        expectWith(trust, 0, "VERIFIED");
    }

    @Test
    void verify_trustFileOfAnotherNode_isUnauthenticated() {
        acme.append(3);
        export();
        expectWith(new SyntheticNode("beta").trustFile(folder), 1, "UNAUTHENTICATED");
    }

    @Test
    void verify_trustFileWithAnotherKeyOfThisNode_isRefused() {
        acme.append(3);
        export();
        NoteSigner other = SyntheticLog.signers(node.own.origin(), "another seed").getFirst();
        expectWith(node.trustFile(folder, other.key()), 4);
    }

    @Test
    void verify_trustFileWithAKeyThatATenantNeverHad_isRefused() throws Exception {
        acme.append(3);
        export();
        NoteSigner other = SyntheticLog.signers(acme.origin(), "another seed").getFirst();
        Path trust = folder.resolve("two.policy");
        Files.writeString(
                trust,
                "log %s\nlog %s\nquorum none\n"
                        .formatted(node.firstKey.vkey(), other.key().vkey()));
        expectWith(trust, 4);
    }

    @Test
    void verify_previousOfAnotherDigest_isRefused() {
        acme.append(3);
        export();
        long size = node.own.size();
        node.own.append(1);
        SyntheticNode twin = new SyntheticNode("alpha");
        assertThat(twin.firstKey).isEqualTo(node.firstKey);
        acme.append(3);
        node.export(medium(), Map.of(TenantId.NODE, size, ACME, 3L));
        Path first = node.folder(medium()).resolve("bundle-1");
        // The twin signs another bundle-1 with the same key.
        SyntheticLog twinAcme = twin.tenant("acme");
        twinAcme.append(3);
        twin.export(folder.resolve("twin"), Map.of(TenantId.NODE, 0L, ACME, 0L));
        replace(twin.folder(folder.resolve("twin")).resolve("bundle-1"), first);
        expect(4);
    }

    private static void replace(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                SyntheticNode.write(
                        to.resolve(from.relativize(file).toString()), Files.readAllBytes(file));
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void verify_twoHistoriesOnTwoMedia_areAFork() {
        acme.append(3);
        export();
        Path other = folder.resolve("other");
        SyntheticNode twin = new SyntheticNode("alpha");
        SyntheticLog twinAcme = twin.tenant("acme");
        twinAcme.append(2)
                .appendText(twinAcme.goodRecord(2).replace("success", "refused"))
                .append(2);
        twin.own.append(2);
        twin.export(folder.resolve("unused"), Map.of(TenantId.NODE, 0L, ACME, 0L));
        twin.export(other, Map.of(TenantId.NODE, 0L, ACME, 0L));
        Verifiers.Outcome java =
                Verifiers.inProcess(medium(), other, "--trust", node.trustFile(folder));
        assertThat(java.exit()).as(java.output()).isEqualTo(4);
    }

    @Test
    void describe_rangeBeyondItsLog_cannotBeMade() {
        acme.append(3);
        assertThat(
                        org.assertj.core.api.Assertions.catchThrowable(() -> {
                            node.spoilDescription =
                                    d ->
                                            new BundleDescription(
                                                    d.productVersion(),
                                                    d.time(),
                                                    d.node(),
                                                    d.number(),
                                                    d.previous(),
                                                    d.ranges(),
                                                    d.logs().subList(0, 1));
                            export();
                        }))
                .isInstanceOf(dev.mapsovereign.auditlog.bundle.BundleException.class);
    }
}
