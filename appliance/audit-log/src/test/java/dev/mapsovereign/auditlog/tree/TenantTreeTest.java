package dev.mapsovereign.auditlog.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.journal.Place;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.MerkleProofs;
import dev.mapsovereign.base.merkle.Tiles;
import dev.mapsovereign.base.merkle.TreeFrontier;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trees large enough for three tile levels, without any file. */
class TenantTreeTest {
    private final TenantTree tree = new TenantTree(0, TenantId.of("acme"), 0);
    private final TreeFrontier model = new TreeFrontier();
    private final List<byte[]> leaves = new ArrayList<>();
    private final Map<String, byte[]> written = new HashMap<>();

    @ParameterizedTest
    @ValueSource(
            ints = {1, 2, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537, 66_304, 131_500})
    void snapshot_anySize_hasTheTreesHashes(int size) {
        grow(size, 256);
        requireSame();
    }

    @Test
    void snapshot_tilesLateByMany_hasTheTreesHashes() {
        grow(1000, 256);
        grow(4000, 5000);
        assertThat(tree.snapshot().bundled()).isEqualTo(768);
        requireSame();
        writeTiles();
        requireSame();
    }

    @Test
    void snapshot_widerThanTheTree_isRefused() {
        grow(300, 256);
        TreeSnapshot snapshot = tree.snapshot();
        assertThat(snapshot.tile(0, 1, 44, this::full)).hasSize(44 * 32);
        assertThatThrownBy(() -> snapshot.tile(0, 1, 45, this::full))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> snapshot.tile(1, 0, 2, this::full))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tail_hasOnlyWhatIsInNoBundle() {
        grow(600, 256);
        assertThat(tree.bundled()).isEqualTo(512);
        assertThat(tree.tail(511)).isEmpty();
        assertThat(tree.tail(600)).isEmpty();
        TenantTree.TailRecord first = tree.tail(512).orElseThrow();
        assertThat(first.at()).isEqualTo(new Place(1, 512));
        assertThat(first.previousHash()).isEqualTo(recordHash(511));
        assertThat(first.leafHash()).isEqualTo(leaves.get(512));
        assertThat(tree.tail(513).orElseThrow().previousHash()).isEqualTo(recordHash(512));
    }

    private void grow(int size, int lag) {
        for (int i = leaves.size(); i < size; i++) {
            byte[] leaf = MerkleHash.leaf(ByteBuffer.allocate(4).putInt(i).array());
            leaves.add(leaf);
            model.append(leaf);
            tree.append(new Place(1, i), 1, recordHash(i), leaf);
            if (tree.size() - tree.bundled() >= lag) {
                writeTiles();
            }
        }
    }

    /** As TileFiles does, into memory. */
    private void writeTiles() {
        while (tree.fillsBundle()) {
            int from = (int) tree.bundled();
            byte[] tile = concat(leaves.subList(from, from + 256));
            long index = from / 256;
            byte[] root = Tiles.hashWithin(tile, 8, 0);
            for (int level = 0; ; level++) {
                written.put(level + "/" + index, tile);
                byte[] above = concat(List.of(tree.upper(level + 1), Tiles.hashWithin(tile, 8, 0)));
                if (above.length < 256 * 32) {
                    break;
                }
                tile = above;
                index /= 256;
            }
            tree.bundled(root);
        }
    }

    private void requireSame() {
        TreeSnapshot snapshot = tree.snapshot();
        assertThat(snapshot.size()).isEqualTo(leaves.size());
        assertThat(tree.summary().root()).isEqualTo(model.root());
        assertThat(MerkleProofs.root(leaves.size(), snapshot.reader(this::full)))
                .isEqualTo(model.root());
        int earlier = leaves.size() * 2 / 3 + 1;
        TreeFrontier old = new TreeFrontier();
        leaves.subList(0, earlier).forEach(old::append);
        assertThat(MerkleProofs.root(earlier, snapshot.reader(this::full))).isEqualTo(old.root());
        List<byte[]> hashes = leaves;
        for (int level = 0; !hashes.isEmpty(); level++) {
            List<byte[]> above = new ArrayList<>();
            for (int from = 0; from < hashes.size(); from += 256) {
                int width = Math.min(256, hashes.size() - from);
                byte[] tile = concat(hashes.subList(from, from + width));
                assertThat(snapshot.tile(level, from / 256, width, this::full))
                        .as("level %d, tile %d", level, from / 256)
                        .isEqualTo(tile);
                if (width == 256) {
                    above.add(Tiles.hashWithin(tile, 8, 0));
                }
            }
            hashes = above;
        }
    }

    private byte[] full(int level, long index) {
        return Objects.requireNonNull(written.get(level + "/" + index));
    }

    private static byte[] recordHash(int index) {
        byte[] hash = new byte[32];
        Arrays.fill(hash, (byte) (index * 7));
        return hash;
    }

    private static byte[] concat(List<byte[]> parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        parts.forEach(all::writeBytes);
        return all.toByteArray();
    }
}
