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
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes one planned bundle to a medium. Running it again for the same plan gives the same files
 * and leaves those alone that are right already; so an interrupted export is finished by doing it
 * again.
 *
 * <p>What goes out is recomputed on the way from the compact tree of the range's beginning: a disk
 * that changed a byte of our own tiles is found here, at home, and not by the auditor.
 */
final class BundleWriter implements AutoCloseable {
    private final AuditLog log;
    private final ExportPlan plan;
    private final BundleDescription description;
    private final long number;
    private final MediumSurvey medium;
    private final MediumWriter writer;
    private final HeldEntries held;
    private final ExportLedger ledger;
    private final ExportProgress progress;
    private final Pace pace;
    private final long bytesTotal;

    /** Files beside the manifest's: few. */
    private final SortedMap<String, byte[]> others = new TreeMap<>();

    private final MessageDigest manifestDigest = Sha256.digest();
    private long files;
    private long bytes;

    /**
     * @param ledger tells to whom older bundles are encrypted
     * @param bytesTotal for the progress
     */
    BundleWriter(
            AuditLog log,
            ExportPlan plan,
            MediumSurvey medium,
            MediumWriter writer,
            ExportLedger ledger,
            ExportProgress progress,
            Pace pace,
            long bytesTotal) {
        this.log = log;
        this.plan = plan;
        this.description = plan.description();
        this.number = description.number();
        this.medium = medium;
        this.writer = writer;
        this.held = new HeldEntries(medium, number);
        this.ledger = ledger;
        this.progress = progress;
        this.pace = pace;
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
        byte[] listed = writeListed();
        SignedNote signature =
                log.signNote(
                        BundleLayout.MANIFEST_KIND,
                        List.of(
                                log.node(),
                                Long.toString(number),
                                Hex.encode(listed),
                                plan.previousDigest()));
        step("signing ");
        other(BundleLayout.manifestSignature(number), signature.bytes());
        writeConveniences();
        writer.flush();
        readBack(listed);
        step("renaming ");
        rename();
        step("finishing ");
        writeCheckpoints();
        step("recording ");
        return signature;
    }

    /** Everything that the manifest lists, and the manifest; its digest. */
    private byte[] writeListed() throws IOException {
        try (FileChannel manifest = writer.create(unfinished(BundleLayout.manifest(number)));
                OutputStream lines =
                        new BufferedOutputStream(
                                Channels.newOutputStream(manifest), Limits.MANIFEST_BUFFER_BYTES)) {
            Listing listing = new Listing(lines);
            writeOwnFiles(listing);
            for (BundleDescription.Range range : description.ranges()) {
                RangeWriter ranges = new RangeWriter(range, listing);
                RangeFiles.visit(range.from(), range.to(), ranges);
                ranges.end();
            }
            lines.flush();
            manifest.force(true);
        }
        writer.flush();
        return manifestDigest.digest();
    }

    /**
     * Reads everything back from the device, as whoever gets the medium will: the manifest first,
     * then what it lists.
     */
    private void readBack(byte[] listed) throws IOException {
        String manifest = unfinished(BundleLayout.manifest(number));
        writer.verify(manifest, listed);
        for (Map.Entry<String, byte[]> each : others.entrySet()) {
            writer.verify(unfinished(each.getKey()), each.getValue());
        }
        long done = 0;
        try (BufferedReader lines =
                Files.newBufferedReader(
                        medium.nodeFolder().resolve(manifest), StandardCharsets.US_ASCII)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                progress.at("reading back " + BundleLayout.bundleFolder(number), done, bytes);
                byte[] digest = Hex.decode(line.substring(0, 2 * Sha256.BYTES));
                done += writer.verify(unfinished(line.substring(2 * Sha256.BYTES + 2)), digest);
                pace.giveWay();
            }
        }
        writer.requireSameMedium();
    }

    /** The lines of the manifest, written as the files are. */
    private final class Listing {
        private final OutputStream lines;

        Listing(OutputStream lines) {
            this.lines = lines;
        }

        /** Writes a file that the manifest lists. */
        void add(String name, byte[] content) throws IOException {
            byte[] digest = Sha256.hash(content);
            writer.put(unfinished(name), content, digest);
            line(name, Hex.encode(digest), content.length);
        }

        /** Lists a file that is there. */
        void line(String name, String digest, long length) throws IOException {
            byte[] line = (digest + "  " + name + "\n").getBytes(StandardCharsets.US_ASCII);
            lines.write(line);
            manifestDigest.update(line);
            files++;
            bytes += length;
            step("writing ");
            pace.giveWay();
        }
    }

    private void writeOwnFiles(Listing listing) throws IOException {
        listing.add(BundleLayout.description(number), description.bytes());
        for (BundleDescription.Range range : description.ranges()) {
            for (long size : range.checkpointSizes()) {
                listing.add(
                        BundleLayout.bundleCheckpoint(number, range.tenant(), size),
                        plan.checkpoint(range.tenant(), size));
            }
        }
        for (BundleDescription.Range range : description.ranges()) {
            listRotations(range, listing);
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
            listing.add(BundleLayout.keyRecordProof(number, index), proof(index, newest));
        }
        writer.flush();
    }

    /** For `_node` each with the record that states it, so that an old key leads to the new one. */
    private void listRotations(BundleDescription.Range range, Listing listing) throws IOException {
        for (int i = 0; i < range.rotations().size(); i++) {
            long size = range.rotations().get(i);
            byte[] note = plan.checkpoint(range.tenant(), size);
            listing.add(BundleLayout.rotationCheckpoint(number, range.tenant(), size), note);
            if (range.tenant().isNode()) {
                listing.add(
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

    private void step(String what) {
        progress.at(what + BundleLayout.bundleFolder(number), bytes, bytesTotal);
    }

    /** Until the bundle is whole, its own files stand in its unfinished folder. */
    private String unfinished(String name) {
        String own = BundleLayout.bundleFolder(number) + "/";
        return name.startsWith(own)
                ? BundleLayout.unfinishedBundleFolder(number) + "/" + name.substring(own.length())
                : name;
    }

    /** A file of the bundle that its manifest does not list. */
    private void other(String name, byte[] content) throws IOException {
        byte[] digest = Sha256.hash(content);
        writer.put(unfinished(name), content, digest);
        others.put(name, digest);
    }

    private void writeConveniences() throws IOException {
        other(
                BundleLayout.verifyText(number),
                VerifyText.of(log, description).getBytes(StandardCharsets.US_ASCII));
        other(BundleLayout.verifyProgram(number), VerifyText.program());
        for (BundleDescription.Range range : description.ranges()) {
            other(
                    BundleLayout.keys(number, range.tenant()),
                    VerifyText.keys(log.keys(range.tenant())).getBytes(StandardCharsets.UTF_8));
        }
    }

    @Override
    public void close() throws IOException {
        held.close();
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
            byte[] note = plan.checkpoint(range.tenant(), range.to());
            writer.put(fresh, note);
            writer.flush();
            writer.verify(fresh, Sha256.hash(note));
            Files.move(
                    medium.nodeFolder().resolve(fresh),
                    medium.nodeFolder().resolve(name),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            DurableFiles.syncDirectory(
                    medium.nodeFolder().resolve(BundleLayout.logFolder(range.tenant())));
        }
    }

    /** Records that are on this medium for other people's eyes. */
    static OperatorException otherRecipients(MediumSurvey medium, long bundle) {
        return new OperatorException(
                ExitCode.ENVIRONMENT,
                "bundle-%d on %s holds some of these records encrypted to others, or it is not known here to whom"
                        .formatted(bundle, medium.folder()),
                "use another medium, or export with the same --encrypt-to");
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
        private final Listing listing;
        private byte[] leafTile = {};

        RangeWriter(BundleDescription.Range range, Listing listing) {
            this.range = range;
            this.listing = listing;
            this.tenant = range.tenant();
            this.tiles = log.tiles(tenant);
            this.tree = new TreeTiles(range.from());
        }

        @Override
        public void beginning(int level, long index, int width) throws IOException {
            byte[] tile = tiles.hashTile(level, index, width);
            tree.load(level, tile, width);
            listing.add(BundleLayout.hashTile(tenant, level, index, width), tile);
        }

        @Override
        public void leaves(long index, int width) throws IOException {
            leafTile = tiles.hashTile(0, index, width);
            listing.add(BundleLayout.hashTile(tenant, 0, index, width), leafTile);
        }

        @Override
        public void entries(long index, int width) throws IOException {
            byte[] entries = tiles.entryBundle(index, width);
            append(index * Tiles.WIDTH, Tiles.decodeBundle(entries, width));
            String name = BundleLayout.entryBundle(tenant, index, width);
            if (plan.encryption().isPresent()) {
                encrypted(plan.encryption().get(), name, index, width, entries);
            } else {
                listing.add(name, entries);
            }
        }

        /** Never changes a file that an older bundle lists: its manifest must go on to verify. */
        private void encrypted(
                EntryEncryption encryption, String plainName, long index, int width, byte[] plain)
                throws IOException {
            String name = BundleLayout.encrypted(plainName);
            Optional<HeldEntries.Held> older = held.find(tenant, index, width, name);
            if (older.isEmpty()) {
                listing.add(name, encryption.encrypt(plainName, plain));
                return;
            }
            Optional<ExportLedger.Entry> export = ledger.entry(older.get().bundle());
            long length = encryption.lengthOf(plain.length);
            if (export.isEmpty()
                    || !Set.copyOf(export.get().recipients())
                            .equals(Set.copyOf(encryption.recipients()))) {
                throw otherRecipients(medium, older.get().bundle());
            }
            if (!writer.isThere(name, Hex.decode(older.get().digest()), length)) {
                throw new OperatorException(
                        ExitCode.FAILED,
                        "%s on %s is not what bundle-%d lists: the medium is faulty"
                                .formatted(name, medium.folder(), older.get().bundle()),
                        "nobody can make it again, since its key is gone; export these records to"
                                + " another medium");
            }
            listing.line(name, older.get().digest(), length);
        }

        @Override
        public void above(int level, long index, int width) throws IOException {
            byte[] tile = tiles.hashTile(level, index, width);
            if (!tree.matches(level, tile, width)) {
                throw damaged(tenant, index << (Tiles.HEIGHT * (level + 1)));
            }
            listing.add(BundleLayout.hashTile(tenant, level, index, width), tile);
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
