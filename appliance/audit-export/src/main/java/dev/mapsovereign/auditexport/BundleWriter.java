package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.TileSource;
import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.auditlog.bundle.RangeFiles;
import dev.mapsovereign.auditlog.bundle.TreeTiles;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.MerkleProofs;
import dev.mapsovereign.base.merkle.Tiles;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.TlogProof;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Writes one planned bundle to a medium. Running it again for the same plan gives the same files
 * and leaves those alone that are right already; so an interrupted export is finished by doing it
 * again.
 *
 * <p>What goes out is recomputed on the way from the compact tree of the range's beginning: a disk
 * that changed a byte of our own tiles is found here, at home, and not by the auditor.
 */
final class BundleWriter {
    private final AuditLog log;
    private final ExportPlan plan;
    private final BundleDescription description;
    private final long number;
    private final MediumSurvey medium;
    private final MediumWriter writer;
    private final ExportProgress progress;
    private final long bytesTotal;
    private final StringBuilder manifest = new StringBuilder();
    private long files;
    private long bytes;

    /**
     * @param bytesTotal for the progress
     */
    BundleWriter(
            AuditLog log,
            ExportPlan plan,
            MediumSurvey medium,
            MediumWriter writer,
            ExportProgress progress,
            long bytesTotal) {
        this.log = log;
        this.plan = plan;
        this.description = plan.description();
        this.number = description.number();
        this.medium = medium;
        this.writer = writer;
        this.progress = progress;
        this.bytesTotal = bytesTotal;
    }

    /** Files that the manifest lists. */
    long files() {
        return files;
    }

    /** Their bytes. */
    long bytes() {
        return bytes;
    }

    /**
     * Writes everything and renames the bundle into place.
     *
     * @return the signed manifest
     */
    SignedNote write() throws IOException {
        writeOwnFiles();
        for (BundleDescription.Range range : description.ranges()) {
            RangeWriter ranges = new RangeWriter(range);
            RangeFiles.visit(range.from(), range.to(), ranges);
            ranges.end();
        }
        byte[] manifestBytes = manifest.toString().getBytes(StandardCharsets.US_ASCII);
        SignedNote signature =
                log.signNote(
                        BundleLayout.MANIFEST_KIND,
                        List.of(
                                log.node(),
                                Long.toString(number),
                                Hex.encode(Sha256.hash(manifestBytes)),
                                plan.previousDigest()));
        step("signing ");
        put(BundleLayout.manifest(number), manifestBytes);
        put(BundleLayout.manifestSignature(number), signature.bytes());
        writeConveniences();
        writer.flush();
        step("renaming ");
        rename();
        step("finishing ");
        writeCheckpoints();
        step("recording ");
        return signature;
    }

    private void writeOwnFiles() throws IOException {
        list(BundleLayout.description(number), description.bytes());
        for (BundleDescription.Range range : description.ranges()) {
            for (long size : range.checkpointSizes()) {
                list(
                        BundleLayout.bundleCheckpoint(number, range.tenant(), size),
                        plan.checkpoint(range.tenant(), size));
            }
        }
        for (BundleDescription.Range range : description.ranges()) {
            listRotations(range);
        }
        BundleDescription.Range node = description.ranges().getFirst();
        byte[] newest = plan.checkpoint(TenantId.NODE, node.to());
        List<Long> keyRecords =
                description.ranges().stream()
                        .flatMap(range -> range.keyRecords().stream())
                        .distinct()
                        .sorted()
                        .toList();
        for (long index : keyRecords) {
            list(BundleLayout.keyRecordProof(number, index), proof(index, newest));
        }
        writer.flush();
    }

    /** For `_node` each with the record that states it, so that an old key leads to the new one. */
    private void listRotations(BundleDescription.Range range) throws IOException {
        for (int i = 0; i < range.rotations().size(); i++) {
            long size = range.rotations().get(i);
            byte[] note = plan.checkpoint(range.tenant(), size);
            list(BundleLayout.rotationCheckpoint(number, range.tenant(), size), note);
            if (range.tenant().isNode()) {
                list(
                        BundleLayout.rotationProof(number, size),
                        proof(range.keyRecords().get(i + 1), note));
            }
        }
    }

    private byte[] proof(long index, byte[] checkpoint) {
        Checkpoint tree = Checkpoint.parse(SignedNote.parse(checkpoint).text());
        byte[] leaf = log.leaf(TenantId.NODE, index);
        TlogProof proof =
                new TlogProof(
                        Optional.of(leaf),
                        index,
                        MerkleProofs.inclusion(
                                index, tree.size(), log.tiles(TenantId.NODE).hashReader()),
                        checkpoint);
        if (!proof.includes(leaf, tree)) {
            throw damaged(TenantId.NODE, index);
        }
        return proof.bytes();
    }

    /** Writes a file that the manifest lists. */
    private void list(String name, byte[] content) throws IOException {
        manifest.append(Hex.encode(Sha256.hash(content))).append("  ").append(name).append('\n');
        put(name, content);
        files++;
        bytes += content.length;
        step("writing ");
    }

    private void step(String what) {
        progress.at(what + BundleLayout.bundleFolder(number), bytes, bytesTotal);
    }

    /** Until the bundle is whole, its own files stand in its unfinished folder. */
    private void put(String name, byte[] content) throws IOException {
        String own = BundleLayout.bundleFolder(number) + "/";
        writer.put(
                name.startsWith(own)
                        ? BundleLayout.unfinishedBundleFolder(number)
                                + "/"
                                + name.substring(own.length())
                        : name,
                content);
    }

    private void writeConveniences() throws IOException {
        put(
                BundleLayout.verifyText(number),
                VerifyText.of(log, description).getBytes(StandardCharsets.US_ASCII));
        put(BundleLayout.verifyProgram(number), VerifyText.program());
        for (BundleDescription.Range range : description.ranges()) {
            put(
                    BundleLayout.keys(number, range.tenant()),
                    VerifyText.keys(log.keys(range.tenant())).getBytes(StandardCharsets.UTF_8));
        }
    }

    private void rename() throws IOException {
        Path unfinished = medium.nodeFolder().resolve(BundleLayout.unfinishedBundleFolder(number));
        Path whole = medium.nodeFolder().resolve(BundleLayout.bundleFolder(number));
        DurableFiles.move(unfinished, whole);
    }

    /** For tile readers; each is replaced by a rename, since a reader may look at any time. */
    private void writeCheckpoints() throws IOException {
        for (BundleDescription.Range range : description.ranges()) {
            String name = BundleLayout.checkpoint(range.tenant());
            String fresh = name + BundleLayout.UNFINISHED;
            writer.put(fresh, plan.checkpoint(range.tenant(), range.to()));
            writer.flush();
            Files.move(
                    medium.nodeFolder().resolve(fresh),
                    medium.nodeFolder().resolve(name),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            DurableFiles.syncDirectory(
                    medium.nodeFolder().resolve(BundleLayout.logFolder(range.tenant())));
        }
    }

    private static OperatorException damaged(TenantId tenant, long index) {
        return new OperatorException(
                ExitCode.TAMPERING,
                "log %s: what the audit folder holds from record %d on is not what was signed"
                        .formatted(tenant, index),
                "the medium was left with its old bundles; restore the audit folder from a copy");
    }

    /** Writes the files of one range and recomputes them on the way. */
    private final class RangeWriter implements RangeFiles.Visitor<IOException> {
        private final BundleDescription.Range range;
        private final TenantId tenant;
        private final TileSource tiles;
        private final TreeTiles tree;
        private byte[] leafTile = {};

        RangeWriter(BundleDescription.Range range) {
            this.range = range;
            this.tenant = range.tenant();
            this.tiles = log.tiles(tenant);
            this.tree = new TreeTiles(range.from());
        }

        @Override
        public void beginning(int level, long index, int width) throws IOException {
            byte[] tile = tiles.hashTile(level, index, width);
            tree.load(level, tile, width);
            list(BundleLayout.hashTile(tenant, level, index, width), tile);
        }

        @Override
        public void leaves(long index, int width) throws IOException {
            leafTile = tiles.hashTile(0, index, width);
            list(BundleLayout.hashTile(tenant, 0, index, width), leafTile);
        }

        @Override
        public void entries(long index, int width) throws IOException {
            byte[] entries = tiles.entryBundle(index, width);
            append(index * Tiles.WIDTH, Tiles.decodeBundle(entries, width));
            list(BundleLayout.entryBundle(tenant, index, width), entries);
        }

        @Override
        public void above(int level, long index, int width) throws IOException {
            byte[] tile = tiles.hashTile(level, index, width);
            if (!tree.matches(level, tile, width)) {
                throw damaged(tenant, index << (Tiles.HEIGHT * (level + 1)));
            }
            list(BundleLayout.hashTile(tenant, level, index, width), tile);
        }

        private void append(long first, List<byte[]> entries) {
            for (int i = 0; i < entries.size(); i++) {
                byte[] hash = MerkleHash.leaf(entries.get(i));
                int at = i * MerkleHash.BYTES;
                if (!Arrays.equals(hash, 0, hash.length, leafTile, at, at + hash.length)) {
                    throw damaged(tenant, first + i);
                }
                if (first + i >= range.from()) {
                    tree.append(hash, 0);
                }
            }
        }

        void end() {
            if (tree.size() != range.to() || !Arrays.equals(tree.root(), range.toRoot())) {
                throw damaged(tenant, range.from());
            }
        }
    }
}
