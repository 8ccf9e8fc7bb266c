package dev.mapsovereign.base.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SeededRandomExtension.class)
class TilesTest {
    @Test
    void paths_areTheSpecifications() {
        assertThat(Tiles.hashTilePath(0, 0, 256)).isEqualTo("tile/0/000");
        assertThat(Tiles.hashTilePath(0, 999, 1)).isEqualTo("tile/0/999.p/1");
        assertThat(Tiles.hashTilePath(63, 1000, 255)).isEqualTo("tile/63/x001/000.p/255");
        assertThat(Tiles.hashTilePath(2, 1_234_067, 256)).isEqualTo("tile/2/x001/x234/067");
        assertThat(Tiles.entryBundlePath(1_234_067, 256)).isEqualTo("tile/entries/x001/x234/067");
        assertThat(Tiles.entryBundlePath(273, 112)).isEqualTo("tile/entries/273.p/112");
    }

    @Test
    void paths_tilesThatCannotBe_areRefused() {
        assertThatThrownBy(() -> Tiles.hashTilePath(64, 0, 256))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Tiles.hashTilePath(-1, 0, 256))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Tiles.hashTilePath(0, -1, 256))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Tiles.hashTilePath(0, 0, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Tiles.entryBundlePath(0, 257))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** The specification's own example. */
    @Test
    void width_treeOf70000_hasTheExamplesTiles() {
        assertThat(Tiles.width(0, 272, 70_000)).isEqualTo(256);
        assertThat(Tiles.width(0, 273, 70_000)).isEqualTo(112);
        assertThat(Tiles.width(0, 274, 70_000)).isZero();
        assertThat(Tiles.width(1, 0, 70_000)).isEqualTo(256);
        assertThat(Tiles.width(1, 1, 70_000)).isEqualTo(17);
        assertThat(Tiles.width(2, 0, 70_000)).isEqualTo(1);
        assertThat(Tiles.width(3, 0, 70_000)).isZero();
        assertThat(Tiles.width(0, 0, 256)).isEqualTo(256);
        assertThat(Tiles.width(0, 1, 256)).isZero();
        assertThat(Tiles.width(1, 0, 256)).isEqualTo(1);
        assertThat(Tiles.width(8, 0, Long.MAX_VALUE)).isZero();
    }

    @Test
    void hashReader_tilesOfTree_givesItsHashes(SeededRandom random) {
        int size = 70_000;
        List<byte[]> level = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            level.add(MerkleHash.leaf(random.bytes(4)));
        }
        TreeFrontier frontier = new TreeFrontier();
        level.forEach(frontier::append);
        Map<String, byte[]> files = tiles(level);

        HashReader reader =
                Tiles.hashReader(
                        (tileLevel, index, width) ->
                                Objects.requireNonNull(
                                        files.get(Tiles.hashTilePath(tileLevel, index, width))),
                        size);

        assertThat(MerkleProofs.root(size, reader)).isEqualTo(frontier.root());
        for (int round = 0; round < 50; round++) {
            int index = random.nextInt(size);
            assertThat(
                            MerkleProofs.verifyInclusion(
                                    level.get(index),
                                    index,
                                    size,
                                    MerkleProofs.inclusion(index, size, reader),
                                    frontier.root()))
                    .isTrue();
        }
    }

    @Test
    void hashWithin_partialTile_refusesWhatItDoesNotHold() {
        byte[] tile = new byte[3 * 32];

        assertThat(Tiles.hashWithin(tile, 0, 2)).hasSize(32);
        assertThat(Tiles.hashWithin(tile, 1, 0))
                .isEqualTo(MerkleHash.node(new byte[32], new byte[32]));
        assertThatThrownBy(() -> Tiles.hashWithin(tile, 0, 3))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Tiles.hashWithin(tile, 1, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Tiles.hashWithin(tile, 8, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Tiles.hashWithin(tile, 0, -1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void bundle_encodedAndDecoded_isTheSame(SeededRandom random) {
        List<byte[]> entries = new ArrayList<>();
        entries.add(new byte[0]);
        entries.add(random.bytes(65_535));
        while (entries.size() < 256) {
            entries.add(random.bytes(random.nextInt(300)));
        }

        byte[] bundle = Tiles.encodeBundle(entries);

        assertThat(Tiles.decodeBundle(bundle, 256).toArray(byte[][]::new))
                .isDeepEqualTo(entries.toArray(byte[][]::new));
        assertThat(Tiles.decodeBundle(new byte[0], 256)).isEmpty();
    }

    @Test
    void bundle_tooLargeOrCut_isRefused(SeededRandom random) {
        assertThatThrownBy(() -> Tiles.encodeBundle(List.of(new byte[65_536])))
                .isInstanceOf(IllegalArgumentException.class);
        List<byte[]> many = new ArrayList<>();
        for (int i = 0; i < 257; i++) {
            many.add(new byte[0]);
        }
        assertThatThrownBy(() -> Tiles.encodeBundle(many))
                .isInstanceOf(IllegalArgumentException.class);
        byte[] bundle = Tiles.encodeBundle(List.of(random.bytes(5), random.bytes(7)));
        assertThatThrownBy(() -> Tiles.decodeBundle(bundle, 1))
                .isInstanceOf(IllegalArgumentException.class);
        for (int length = 1; length < bundle.length; length++) {
            byte[] cut = Arrays.copyOf(bundle, length);
            if (length == 7) {
                assertThat(Tiles.decodeBundle(cut, 2)).hasSize(1);
            } else {
                assertThatThrownBy(() -> Tiles.decodeBundle(cut, 2))
                        .as("%d bytes", length)
                        .isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    /** All tiles of a tree, as the specification's formula reads. */
    private static Map<String, byte[]> tiles(List<byte[]> leafHashes) {
        Map<String, byte[]> files = new TreeMap<>();
        List<byte[]> level = leafHashes;
        for (int tileLevel = 0; !level.isEmpty(); tileLevel++) {
            for (int first = 0; first < level.size(); first += 256) {
                List<byte[]> hashes = level.subList(first, Math.min(first + 256, level.size()));
                ByteArrayOutputStream tile = new ByteArrayOutputStream();
                hashes.forEach(tile::writeBytes);
                files.put(
                        Tiles.hashTilePath(tileLevel, first / 256, hashes.size()),
                        tile.toByteArray());
            }
            List<byte[]> above = new ArrayList<>();
            for (int first = 0; first + 256 <= level.size(); first += 256) {
                above.add(new DullTree(level.subList(first, first + 256)).root(256));
            }
            level = above;
        }
        return files;
    }
}
