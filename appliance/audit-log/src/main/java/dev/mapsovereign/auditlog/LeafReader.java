package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.auditlog.journal.WholeReads;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.tree.TenantTree;
import dev.mapsovereign.auditlog.tree.TileFiles;
import dev.mapsovereign.base.merkle.Tiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the leaves of one log: from its full bundles, each leaf checked against the hash tile
 * beside it, and that against the tree above ({@link VerifiedTiles}); from the journal while they
 * are in no bundle yet, checked against the hash in memory. So a byte changed on disk is never
 * handed out. Safe for use by several threads.
 */
final class LeafReader {
    private final TenantTree tree;
    private final TileFiles files;
    private final VerifiedTiles tiles;
    private final SegmentFolder segments;

    LeafReader(TenantTree tree, TileFiles files, VerifiedTiles tiles, SegmentFolder segments) {
        this.tree = tree;
        this.files = files;
        this.tiles = tiles;
        this.segments = segments;
    }

    /**
     * Leaves one after the other.
     *
     * @throws IllegalArgumentException if there are none up to there
     * @throws dev.mapsovereign.auditlog.prune.RecordPrunedException if one was pruned
     * @throws AuditIntegrityException if one is not what was written
     */
    List<byte[]> leaves(long first, int count) {
        if (first < 0 || count < 0 || first + count > tree.size()) {
            throw new IllegalArgumentException(
                    "log of "
                            + tree.tenant()
                            + " has "
                            + tree.size()
                            + " records, none up to "
                            + (first + count));
        }
        List<byte[]> leaves = new ArrayList<>(count);
        while (leaves.size() < count) {
            long index = first + leaves.size();
            files.requireKept(tree.tenant(), index);
            // Asked before the bundle: a record leaves the tail only when its bundle is there.
            Optional<TenantTree.TailRecord> tail = tree.tail(index);
            if (tail.isPresent()) {
                // None where a prune has moved it: it is looked up again.
                tailLeaf(index, tail.get()).ifPresent(leaves::add);
            } else {
                addBundled(leaves, index, count);
            }
        }
        return leaves;
    }

    private void addBundled(List<byte[]> leaves, long index, int count) {
        long bundle = index / Tiles.WIDTH;
        int skip = (int) (index % Tiles.WIDTH);
        List<byte[]> entries;
        try {
            entries = Tiles.decodeBundle(files.entryBundle(tree.tenant(), bundle), Tiles.WIDTH);
        } catch (IllegalArgumentException e) {
            throw damaged(index, "its entry bundle is broken", e);
        }
        if (entries.size() != Tiles.WIDTH) {
            throw damaged(index, "its entry bundle is short", null);
        }
        byte[] tile = tile(index, bundle);
        for (int i = skip; i < Tiles.WIDTH && leaves.size() < count; i++) {
            byte[] leaf = entries.get(i);
            if (!Arrays.equals(ChainRule.leafHash(leaf), Tiles.hashWithin(tile, 0, i))) {
                throw damaged(index - skip + i, "bundle and tile differ", null);
            }
            leaves.add(leaf);
        }
    }

    private byte[] tile(long index, long bundle) {
        try {
            return tiles.tile(tree, 0, bundle);
        } catch (AuditIntegrityException e) {
            throw damaged(index, String.valueOf(e.getMessage()), e);
        }
    }

    private Optional<byte[]> tailLeaf(long index, TenantTree.TailRecord tail) {
        if (!segments.has(tail.at().segment())) {
            return Optional.empty();
        }
        Path path = segments.path(tail.at().segment());
        byte[] record;
        try {
            record = WholeReads.part(path, tail.at().offset(), tail.length());
        } catch (NoSuchFileException e) {
            if (isWhereItWas(index, tail)) {
                throw new UncheckedIOException("cannot read " + path, e);
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path, e);
        }
        byte[] leaf = ChainRule.leaf(tail.previousHash(), record);
        if (!Arrays.equals(ChainRule.recordHash(leaf), tail.recordHash())) {
            throw damaged(index, "the journal has changed", null);
        }
        return Optional.of(leaf);
    }

    private boolean isWhereItWas(long index, TenantTree.TailRecord tail) {
        return tree.tail(index).filter(now -> now.at().equals(tail.at())).isPresent();
    }

    private AuditIntegrityException damaged(long index, String what, @Nullable Throwable cause) {
        String message =
                "record " + index + " of " + tree.tenant() + " is not what was written: " + what;
        return cause == null
                ? new AuditIntegrityException(message)
                : new AuditIntegrityException(message, cause);
    }
}
