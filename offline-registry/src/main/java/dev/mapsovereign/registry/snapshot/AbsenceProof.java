package dev.mapsovereign.registry.snapshot;

import dev.mapsovereign.base.json.JsonObject;
import java.util.Arrays;
import java.util.Optional;

/**
 * That no leaf stands for a key: the two leaves between which it would stand are neighbours. At an
 * end of the tree there is one neighbour only, the first or the last leaf.
 *
 * @param before the last leaf below the key
 * @param after the first leaf above it
 */
public record AbsenceProof(Optional<InclusionProof> before, Optional<InclusionProof> after) {
    /** Whether this shows that {@code key} is not in the tree of that size and root. */
    public boolean verifies(byte[] key, long treeSize, byte[] root) {
        boolean left =
                before.map(it ->
                                it.treeSize() == treeSize
                                        && it.verifies(root)
                                        && Arrays.compareUnsigned(it.leaf().key(), key) < 0)
                        .orElse(true);
        boolean right =
                after.map(it ->
                                it.treeSize() == treeSize
                                        && it.verifies(root)
                                        && Arrays.compareUnsigned(it.leaf().key(), key) > 0)
                        .orElse(true);
        long last = before.map(InclusionProof::index).orElse(-1L);
        long first = after.map(InclusionProof::index).orElse(treeSize);
        return left && right && last + 1 == first;
    }

    /** The proof as answers carry it. */
    public JsonObject json() {
        JsonObject.Builder json = JsonObject.builder();
        before.ifPresent(it -> json.put("before", it.json()));
        after.ifPresent(it -> json.put("after", it.json()));
        return json.build();
    }
}
