package dev.mapsovereign.registry.transfer;

import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.merkle.TreeFrontier;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.snapshot.IssueDescription;
import dev.mapsovereign.registry.snapshot.IssueDescription.Packed;
import dev.mapsovereign.registry.snapshot.IssueDescription.RevocationsPacked;
import dev.mapsovereign.registry.snapshot.Leaf;
import dev.mapsovereign.registry.snapshot.Revocation;
import dev.mapsovereign.registry.snapshot.SnapshotNames;
import dev.mapsovereign.registry.tuf.TargetsMetadata;
import dev.mapsovereign.registry.tuf.TargetsMetadata.TargetFile;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/**
 * Writes an issue's target files: leaves and documents in ascending order, then the revocations.
 * The same content gives the same bytes, so a part without changes keeps its name. For one thread.
 */
final class IssueWriter {
    private final Path folder;
    private final int parts;
    private final TreeFrontier tree = new TreeFrontier();
    private final List<Packed> documents = new ArrayList<>();
    private final Map<String, TargetFile> files = new TreeMap<>();
    private int reused;

    /**
     * Writes into {@code folder}.
     *
     * @param bytes total length of the documents, which decides the number of parts
     */
    IssueWriter(Path folder, long bytes) {
        this.folder = folder;
        int wanted = (int) Math.min(Limits.PARTS_MAX, bytes / Limits.PART_BYTES_AIM + 1);
        this.parts = wanted == 1 ? 1 : Integer.highestOneBit(wanted - 1) * 2;
    }

    /** Where a document's canonical bytes come from, one after another. */
    interface Documents {
        byte[] of(Leaf leaf) throws IOException;
    }

    /** Writes leaves and documents. */
    Packed write(List<Leaf> leaves, Documents content) throws IOException {
        int next = 0;
        for (int part = 0; part < parts; part++) {
            String name = SnapshotNames.documents(part, parts);
            long count = 0;
            try (Output out = new Output(name)) {
                while (next < leaves.size()
                        && SnapshotNames.partOf(leaves.get(next).key(), parts) == part) {
                    Leaf leaf = leaves.get(next++);
                    if (leaf.hasDocument()) {
                        out.line(content.of(leaf));
                        count++;
                    }
                }
                documents.add(out.finish(IssueDescription.partCustom(count, out.unpacked())));
            }
        }
        try (Output out = new Output(SnapshotNames.INDEX)) {
            for (Leaf leaf : leaves) {
                tree.append(leaf.hash());
                out.write(leaf.encode());
            }
            return out.finish(JsonObject.EMPTY);
        }
    }

    /** Writes the revocation list, which is in ascending order. */
    RevocationsPacked write(List<Revocation> revocations, long number, Instant date)
            throws IOException {
        MessageDigest digest = Sha256.digest();
        try (Output out = new Output(SnapshotNames.REVOCATIONS)) {
            for (Revocation revocation : revocations) {
                byte[] line = revocation.line();
                digest.update(line);
                digest.update((byte) '\n');
                out.line(line);
            }
            Packed packed = out.finish(JsonObject.EMPTY);
            return new RevocationsPacked(packed, number, date, revocations.size(), digest.digest());
        }
    }

    /** The description of what was written. */
    IssueDescription describe(
            long number, Instant issued, Packed index, RevocationsPacked revocations) {
        return new IssueDescription(
                number, issued, tree.size(), tree.root(), index, documents, revocations);
    }

    /** The targets that list what was written. */
    TargetsMetadata targets(IssueDescription issue, Instant expires) {
        restate(SnapshotNames.INDEX, issue.indexCustom());
        restate(SnapshotNames.REVOCATIONS, issue.revocationsCustom());
        return new TargetsMetadata(issue.number(), expires, files);
    }

    private void restate(String name, JsonObject custom) {
        files.computeIfPresent(
                name, (key, file) -> new TargetFile(file.length(), file.sha256(), custom));
    }

    /** Files that were there already under the same digest. */
    int reused() {
        return reused;
    }

    /** One compressed file, digested while it is written and named when it is done. */
    private final class Output implements AutoCloseable {
        private final String name;
        private final Path partial;
        private final MessageDigest digest = Sha256.digest();
        private final FileChannel channel;
        private final GZIPOutputStream out;
        private long unpacked;

        Output(String name) throws IOException {
            this.name = name;
            this.partial = folder.resolve("partial.tmp");
            Files.deleteIfExists(partial);
            channel =
                    FileChannel.open(
                            partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            OutputStream file = new BufferedOutputStream(Channels.newOutputStream(channel), 65536);
            out = new GZIPOutputStream(new DigestOutputStream(new Unclosed(file), digest), 65536);
        }

        void write(byte[] bytes) throws IOException {
            out.write(bytes);
            unpacked += bytes.length;
        }

        void line(byte[] line) throws IOException {
            write(line);
            out.write('\n');
            unpacked++;
        }

        long unpacked() {
            return unpacked;
        }

        Packed finish(JsonObject custom) throws IOException {
            out.close();
            channel.force(true);
            TargetFile file = new TargetFile(channel.size(), digest.digest(), custom);
            Path place = folder.resolve(file.carriedName(name));
            if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
                reused++;
            }
            DurableFiles.move(partial, place);
            files.put(name, file);
            return new Packed(name, file, unpacked);
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(partial);
        }
    }

    /** Lets the compressor finish without taking away the channel that is synced after it. */
    private static final class Unclosed extends FilterOutputStream {
        Unclosed(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
