package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.TileSource;
import dev.mapsovereign.auditlog.bundle.RangeFiles;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.Tiles;
import java.util.Optional;

/**
 * What the range of a log takes on a medium, before it is written: whole blocks of its file system,
 * directory entries, and the lines in the manifest. Gives way to a node at work. For one thread.
 */
final class RangeMeasure implements RangeFiles.Visitor<RuntimeException> {
    /** Checkpoints, keys, texts: the few files that a log has beside its tiles. */
    private static final int OTHER_FILES = 4;

    private static final int OTHER_FILE_BYTES = 16 << 10;

    private final TileSource tiles;
    private final Pace pace;
    private final Optional<EntryEncryption> encryption;
    private final long blockBytes;
    private final long room;
    private long bytes;
    private long blocks;

    private RangeMeasure(
            AuditLog log,
            TenantId tenant,
            Optional<EntryEncryption> encryption,
            long blockBytes,
            long room) {
        this.tiles = log.tiles(tenant);
        this.pace = new Pace(log);
        this.encryption = encryption;
        this.blockBytes = blockBytes;
        this.room = room;
        this.bytes = OTHER_FILES * onMedium(OTHER_FILE_BYTES);
    }

    /**
     * Measures a range.
     *
     * @param encryption of its entries
     * @param room in bytes, for {@link #blocks}
     */
    static RangeMeasure of(
            AuditLog log,
            TenantId tenant,
            long from,
            long to,
            Optional<EntryEncryption> encryption,
            MediumSurvey medium,
            long room) {
        RangeMeasure measure = new RangeMeasure(log, tenant, encryption, medium.blockBytes(), room);
        RangeFiles.visit(from, to, measure);
        return measure;
    }

    /** Of all of it. */
    long bytes() {
        return bytes;
    }

    /** Blocks of 256 records, counted from record 0, that fit into the room. */
    long blocks() {
        return blocks;
    }

    @Override
    public void beginning(int level, long index, int width) {
        add((long) width * MerkleHash.BYTES);
    }

    @Override
    public void leaves(long index, int width) {
        add((long) width * MerkleHash.BYTES);
    }

    @Override
    public void entries(long index, int width) {
        long plain = tiles.entryBundleLength(index, width);
        add(encryption.isEmpty() ? plain : encryption.get().lengthOf(plain));
        if (bytes <= room && width == Tiles.WIDTH) {
            blocks = index + 1;
        }
        pace.giveWay();
    }

    @Override
    public void above(int level, long index, int width) {
        add((long) width * MerkleHash.BYTES);
    }

    /** With its two lines in the manifest. */
    private void add(long length) {
        bytes += onMedium(length) + Limits.MANIFEST_LINE_BYTES;
    }

    private long onMedium(long length) {
        return (length + blockBytes - 1) / blockBytes * blockBytes + Limits.FILE_OVERHEAD_BYTES;
    }
}
