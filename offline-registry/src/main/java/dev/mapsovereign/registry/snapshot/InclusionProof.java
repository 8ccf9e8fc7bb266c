package dev.mapsovereign.registry.snapshot;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.merkle.MerkleProofs;
import java.util.List;

/**
 * That a leaf stands in the tree of a snapshot.
 *
 * @param index its position
 * @param treeSize leaves in the tree
 * @param leaf the leaf
 * @param hashes the path, lowest first
 */
public record InclusionProof(long index, long treeSize, Leaf leaf, List<byte[]> hashes) {
    public InclusionProof {
        hashes = List.copyOf(hashes);
    }

    /** Whether the path leads from the leaf to {@code root}. */
    public boolean verifies(byte[] root) {
        return MerkleProofs.verifyInclusion(leaf.hash(), index, treeSize, hashes, root);
    }

    /** The proof as answers carry it. */
    public JsonObject json() {
        return JsonObject.builder()
                .put("index", index)
                .put("tree_size", treeSize)
                .put("leaf", Hex.encode(leaf.encode()))
                .put("hashes", JsonArray.ofStrings(hashes.stream().map(Hex::encode).toList()))
                .build();
    }
}
