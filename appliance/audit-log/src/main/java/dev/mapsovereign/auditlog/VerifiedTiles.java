package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.tree.TenantTree;
import dev.mapsovereign.auditlog.tree.TileFiles;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.Tiles;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Full hash tiles that were followed up the tree. A tile's 256 hashes have one root, and that root
 * stands in the tile above; the rows of the tiles that are not full yet are in memory, and they
 * were compared with a signed checkpoint when the log was opened. So a byte that was changed in
 * entry bundle, tile and database row alike does not agree with the tile above, and one that was
 * changed in all tiles does not agree with memory.
 *
 * <p>Following costs 255 hashes for each tile and level; a tile that was followed once is kept, so
 * that a reader who goes through a log pays it once for 256 records. Safe for use by several
 * threads.
 */
final class VerifiedTiles {
    private final TileFiles files;

    /** Covers what is kept; not held while a tile is read or hashed. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<Key, byte[]> kept = new LinkedHashMap<>(16, 0.75f, true);

    private record Key(TenantId tenant, int level, long index) {}

    VerifiedTiles(TileFiles files) {
        this.files = files;
    }

    /**
     * The 8,192 bytes of a full tile; not to be changed.
     *
     * @throws AuditIntegrityException if it does not agree with the tree
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    byte[] tile(TenantTree tree, int level, long index) {
        Key key = new Key(tree.tenant(), level, index);
        Optional<byte[]> known = known(key);
        if (known.isPresent()) {
            return known.get();
        }
        byte[] tile = files.tile(tree.tenant(), level, index);
        byte[] stated =
                tree.snapshot()
                        .reader((above, at) -> tile(tree, above, at))
                        .hash(Tiles.HEIGHT * (level + 1), index);
        if (!Arrays.equals(Tiles.hashWithin(tile, Tiles.HEIGHT, 0), stated)) {
            throw new AuditIntegrityException(
                    "tile "
                            + Tiles.hashTilePath(level, index, Tiles.WIDTH)
                            + " of "
                            + tree.tenant()
                            + " is not the one that the tree above it was made from");
        }
        keep(key, tile);
        return tile;
    }

    private Optional<byte[]> known(Key key) {
        lock.lock();
        try {
            return Optional.ofNullable(kept.get(key));
        } finally {
            lock.unlock();
        }
    }

    private void keep(Key key, byte[] tile) {
        lock.lock();
        try {
            kept.put(key, tile);
            if (kept.size() > Limits.VERIFIED_TILES_MAX) {
                Key eldest = kept.keySet().iterator().next();
                kept.remove(eldest);
            }
        } finally {
            lock.unlock();
        }
    }
}
