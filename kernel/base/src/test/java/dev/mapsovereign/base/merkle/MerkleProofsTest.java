package dev.mapsovereign.base.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SeededRandomExtension.class)
class MerkleProofsTest {
    private static final int EXHAUSTIVE_SIZE = 40;

    @Test
    void proofs_everySmallTree_areTheDefinitions_andVerify(SeededRandom random) {
        DullTree tree = tree(EXHAUSTIVE_SIZE, random);
        for (int size = 1; size <= EXHAUSTIVE_SIZE; size++) {
            assertThat(MerkleProofs.root(size, tree.reader())).isEqualTo(tree.root(size));
            for (int index = 0; index < size; index++) {
                assertInclusion(tree, index, size);
            }
            for (int start = 0; start < size; start++) {
                for (int end = start + 1; end <= size; end++) {
                    if (MerkleProofs.isSubtree(start, end)) {
                        assertSubtree(tree, start, end, size, random);
                    }
                }
            }
        }
    }

    @Test
    void proofs_randomLargeTrees_areTheDefinitions_andVerify(SeededRandom random) {
        DullTree tree = tree(3000, random);
        for (int round = 0; round < 40; round++) {
            int size = 1 + random.nextInt(tree.size());
            assertThat(MerkleProofs.root(size, tree.reader())).isEqualTo(tree.root(size));
            assertInclusion(tree, random.nextInt(size), size);
            assertSubtree(tree, 0, 1 + random.nextInt(size), size, random);
            int width = 1 << random.nextInt(1 + log2(size));
            int start = random.nextInt(size / width) * width;
            assertSubtree(tree, start, start + 1 + random.nextInt(width), size, random);
        }
    }

    @Test
    void isSubtree_smallRanges_isTheDraftsDefinition() {
        for (int start = 0; start < 70; start++) {
            for (int end = 0; end < 70; end++) {
                int ceiling = 1;
                while (ceiling < end - start) {
                    ceiling *= 2;
                }
                assertThat(MerkleProofs.isSubtree(start, end))
                        .as("[%d, %d)", start, end)
                        .isEqualTo(start < end && start % ceiling == 0);
            }
        }
    }

    @Test
    void isSubtree_edgesOfLong_holdsWithoutOverflow() {
        assertThat(MerkleProofs.isSubtree(0, Long.MAX_VALUE)).isTrue();
        assertThat(MerkleProofs.isSubtree(1, Long.MAX_VALUE)).isFalse();
        assertThat(MerkleProofs.isSubtree(1L << 62, Long.MAX_VALUE)).isTrue();
        assertThat(MerkleProofs.isSubtree(1L << 61, Long.MAX_VALUE)).isFalse();
        assertThat(MerkleProofs.isSubtree(-1, 0)).isFalse();
        assertThat(MerkleProofs.isSubtree(Long.MIN_VALUE, Long.MAX_VALUE)).isFalse();
    }

    @Test
    void verify_hugeSizesAndWrongProofs_areFalseAndEnd(SeededRandom random) {
        byte[] hash = random.bytes(32);
        for (int length : List.of(0, 1, 62, 63, 64, 200)) {
            List<byte[]> proof = new ArrayList<>();
            for (int i = 0; i < length; i++) {
                proof.add(random.bytes(32));
            }
            long size = Long.MAX_VALUE;
            assertThat(MerkleProofs.verifyInclusion(hash, size - 1, size, proof, hash)).isFalse();
            assertThat(MerkleProofs.verifyInclusion(hash, size, size, proof, hash)).isFalse();
            assertThat(MerkleProofs.verifyInclusion(hash, -1, size, proof, hash)).isFalse();
            assertThat(MerkleProofs.verifyInclusion(hash, 0, -1, proof, hash)).isFalse();
            assertThat(MerkleProofs.verifyConsistency(1, size, proof, hash, hash)).isFalse();
            assertThat(MerkleProofs.verifyConsistency(-1, size, proof, hash, hash)).isFalse();
            assertThat(MerkleProofs.verifyConsistency(size - 1, size, proof, hash, hash)).isFalse();
        }
    }

    @Test
    void make_rangesThatAreNone_areRefused() {
        HashReader unread = (level, index) -> new byte[32];

        assertThatThrownBy(() -> MerkleProofs.inclusion(5, 5, unread))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MerkleProofs.inclusion(-1, 5, unread))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MerkleProofs.consistency(0, 5, unread))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MerkleProofs.consistency(6, 5, unread))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MerkleProofs.subtreeRoot(1, 3, unread))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MerkleProofs.subtreeConsistency(2, 6, 8, unread))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void frontier_appendedOneByOne_hasTheTreesRoots(SeededRandom random) {
        DullTree tree = tree(600, random);
        TreeFrontier frontier = new TreeFrontier();
        assertThat(frontier.root()).isEqualTo(MerkleHash.empty());
        for (int size = 1; size <= tree.size(); size++) {
            TreeFrontier before = frontier.copy();
            frontier.append(tree.root(size - 1, size));

            assertThat(before.size()).isEqualTo(size - 1);
            assertThat(frontier.size()).isEqualTo(size);
            assertThat(frontier.root()).isEqualTo(tree.root(size));
            assertThat(before.root()).isEqualTo(tree.root(size - 1));
            TreeFrontier again = TreeFrontier.of(size, frontier.peaks());
            assertThat(again.root()).isEqualTo(frontier.root());
        }
    }

    @Test
    void frontier_wrongPeaks_areRefused() {
        assertThatThrownBy(() -> TreeFrontier.of(3, List.of(new byte[32])))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TreeFrontier.of(-1, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TreeFrontier.of(1, List.of(new byte[31])))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TreeFrontier().append(new byte[33]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static void assertInclusion(DullTree tree, int index, int size) {
        List<byte[]> proof = MerkleProofs.inclusion(index, size, tree.reader());
        byte[] leaf = tree.root(index, index + 1);
        byte[] root = tree.root(size);

        assertSame(proof, tree.path(index, size));
        assertThat(MerkleProofs.verifyInclusion(leaf, index, size, proof, root)).isTrue();
        for (int other = Math.max(0, index - 1); other <= index + 1; other++) {
            assertThat(MerkleProofs.verifyInclusion(leaf, other, size, proof, root))
                    .as("leaf %d of %d as %d", index, size, other)
                    .isEqualTo(other == index);
        }
    }

    private static void assertSubtree(
            DullTree tree, int start, int end, int size, SeededRandom random) {
        List<byte[]> proof = MerkleProofs.subtreeConsistency(start, end, size, tree.reader());
        byte[] part = tree.root(start, end);
        byte[] root = tree.root(size);

        assertThat(MerkleProofs.subtreeRoot(start, end, tree.reader())).isEqualTo(part);
        assertSame(proof, tree.proof(start, end, size));
        assertThat(holds(start, end, size, proof, part, root)).isTrue();
        assertThat(holds(start, end, size, longer(proof, random), part, root)).isFalse();
        assertThat(holds(start, end, size, proof, random.bytes(32), root)).isFalse();
        assertThat(holds(start, end, size, proof, part, random.bytes(32))).isFalse();
        for (int altered = 0; altered < proof.size(); altered++) {
            assertThat(holds(start, end, size, altered(proof, altered), part, root)).isFalse();
        }
        if (!proof.isEmpty()) {
            List<byte[]> shorter = proof.subList(0, proof.size() - 1);
            assertThat(holds(start, end, size, shorter, part, root)).isFalse();
        }
        int index = start + random.nextInt(end - start);
        List<byte[]> path = MerkleProofs.subtreeInclusion(index, start, end, tree.reader());
        byte[] leaf = tree.root(index, index + 1);
        assertSame(path, tree.path(index, start, end));
        assertThat(MerkleProofs.verifySubtreeInclusion(leaf, index, start, end, path, part))
                .isTrue();
    }

    private static boolean holds(
            int start, int end, int size, List<byte[]> proof, byte[] part, byte[] root) {
        return MerkleProofs.verifySubtreeConsistency(start, end, size, proof, part, root);
    }

    private static List<byte[]> longer(List<byte[]> proof, SeededRandom random) {
        List<byte[]> longer = new ArrayList<>(proof);
        longer.add(random.nextInt(proof.size() + 1), random.bytes(32));
        return longer;
    }

    private static List<byte[]> altered(List<byte[]> proof, int index) {
        List<byte[]> altered = new ArrayList<>(proof.stream().map(byte[]::clone).toList());
        altered.get(index)[index % 32] ^= 1;
        return altered;
    }

    private static void assertSame(List<byte[]> actual, List<byte[]> expected) {
        assertThat(actual.toArray(byte[][]::new)).isDeepEqualTo(expected.toArray(byte[][]::new));
    }

    private static int log2(int number) {
        return 31 - Integer.numberOfLeadingZeros(number);
    }

    private static DullTree tree(int size, SeededRandom random) {
        List<byte[]> leafHashes = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            leafHashes.add(MerkleHash.leaf(random.bytes(8)));
        }
        return new DullTree(leafHashes);
    }
}
