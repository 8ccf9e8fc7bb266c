package dev.mapsovereign.base.merkle;

/** Where the hashes of a tree's complete subtrees are read. */
public interface HashReader {
    /**
     * The hash over leaves {@code [index << level, (index + 1) << level)}.
     *
     * @param level 0 for leaves
     * @param index counted within the level from 0
     */
    byte[] hash(int level, long index);
}
