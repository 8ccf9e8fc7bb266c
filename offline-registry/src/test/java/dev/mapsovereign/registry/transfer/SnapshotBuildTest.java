package dev.mapsovereign.registry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.EntityKind;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.registry.EntityStatus;
import dev.mapsovereign.registry.Family;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.SigningKey;
import dev.mapsovereign.registry.TestKey;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.snapshot.IssueDescription;
import dev.mapsovereign.registry.snapshot.IssueDescription.Packed;
import dev.mapsovereign.registry.snapshot.Leaf;
import dev.mapsovereign.registry.snapshot.StoredSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotBuildTest {
    @TempDir Path folder;

    private final TreeMap<byte[], OasDocument> documents = new TreeMap<>(Arrays::compareUnsigned);

    private void makeDocuments(int count) {
        for (int i = 0; i < count; i++) {
            SigningKey key = TestKey.of("many-" + i);
            OasDocument document = Family.builder(EntityKind.AGENT, key).sign(key, Family.BORN);
            documents.put(Leaf.keyOf(document.did()), document);
        }
    }

    private List<Leaf> leaves() {
        List<Leaf> leaves = new ArrayList<>();
        documents.forEach((key, document) ->
                leaves.add(new Leaf(key, document.digest(), 1, EntityStatus.ACTIVE)));
        return leaves;
    }

    private IssueDescription write(Path targets, int parts) throws IOException {
        Files.createDirectories(targets);
        IssueWriter writer = new IssueWriter(targets, (parts - 1L) * Limits.PART_BYTES_AIM);
        Packed index =
                writer.write(
                        leaves(),
                        leaf -> {
                            OasDocument document = documents.get(leaf.key());
                            return document == null ? new byte[0] : document.bytes();
                        });
        return writer.describe(1, Family.NOW, index, writer.write(List.of(), 1, Family.NOW));
    }

    private StoredSnapshot build(IssueDescription issue, Path targets, Path out)
            throws IOException {
        Files.createDirectories(out);
        List<Path> parts =
                issue.parts().stream()
                        .map(it -> targets.resolve(it.file().carriedName(it.name())))
                        .toList();
        Packed index = issue.index();
        Packed revocations = issue.revocations().packed();
        new SnapshotBuild(issue, TestKey.ED25519, out)
                .run(
                        targets.resolve(index.file().carriedName(index.name())),
                        parts,
                        targets.resolve(revocations.file().carriedName(revocations.name())),
                        new Succession(Succession.Leaves.NONE, key -> false));
        return StoredSnapshot.open(out, issue);
    }

    /**
     * Every size up to 33 has another shape of tree, the powers of two and their neighbours
     * included.
     */
    @Test
    void run_everySmallSize_answersEveryDocumentAndAbsence() throws IOException {
        for (int size = 1; size <= 33; size++) {
            documents.clear();
            makeDocuments(size);
            Path targets = folder.resolve("targets-" + size);
            StoredSnapshot snapshot =
                    build(write(targets, 1), targets, folder.resolve("out-" + size));
            for (OasDocument document : documents.values()) {
                assertThat(
                                snapshot.find(document.did())
                                        .orElseThrow()
                                        .document()
                                        .orElseThrow()
                                        .bytes())
                        .isEqualTo(document.bytes());
            }
            for (int i = 0; i < 5; i++) {
                SigningKey stranger = TestKey.of("stranger-" + i);
                assertThat(snapshot.find(Family.did(EntityKind.AGENT, stranger))).isEmpty();
            }
        }
    }

    @Test
    void run_sixteenParts_makesTheSameTreeAsOne() throws IOException {
        makeDocuments(60);
        Path one = folder.resolve("one");
        Path many = folder.resolve("many");
        IssueDescription single = write(one, 1);
        IssueDescription split = write(many, 16);
        assertThat(single.parts()).hasSize(1);
        assertThat(split.parts()).hasSize(16);
        assertThat(split.treeRoot()).isEqualTo(single.treeRoot());
        StoredSnapshot snapshot = build(split, many, folder.resolve("out"));
        for (OasDocument document : documents.values()) {
            assertThat(snapshot.find(document.did()).orElseThrow().document()).isPresent();
        }
        assertThat(split.treeRoot())
                .as("as the definition of the tree has it")
                .isEqualTo(dull(leaves().stream().map(Leaf::hash).toList()));
    }

    /** RFC 6962, 2.1, word by word. */
    private static byte[] dull(List<byte[]> hashes) {
        if (hashes.size() == 1) {
            return hashes.getFirst();
        }
        int half = Integer.highestOneBit(hashes.size() - 1);
        return MerkleHash.node(
                dull(hashes.subList(0, half)), dull(hashes.subList(half, hashes.size())));
    }

    @Test
    void write_oneDocumentMore_changesOneOfSixteenParts() throws IOException {
        makeDocuments(60);
        Path targets = folder.resolve("targets");
        IssueDescription before = write(targets, 16);
        makeDocuments(61);
        IssueDescription after = write(targets, 16);
        int changed = 0;
        for (int part = 0; part < 16; part++) {
            byte[] old = before.parts().get(part).file().sha256();
            if (!Arrays.equals(old, after.parts().get(part).file().sha256())) {
                changed++;
            }
        }
        assertThat(changed).isEqualTo(1);
    }
}
