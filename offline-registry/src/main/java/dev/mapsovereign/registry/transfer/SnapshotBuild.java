package dev.mapsovereign.registry.transfer;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.registry.EntityStatus;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.snapshot.IssueDescription;
import dev.mapsovereign.registry.snapshot.Leaf;
import dev.mapsovereign.registry.snapshot.Revocation;
import dev.mapsovereign.registry.snapshot.SnapshotNames;
import dev.mapsovereign.registry.snapshot.SnapshotWriter;
import dev.mapsovereign.registry.snapshot.Unpacking;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Makes a mirror's files from an issue's target files and checks, in one pass in the order of keys,
 * that leaves, documents and revocations say the same and make the signed tree.
 */
final class SnapshotBuild {
    private final IssueDescription issue;
    private final Ed25519 ed25519;
    private final Path folder;

    private byte[] lastKey = new byte[0];

    /** For the issue whose files go to {@code folder}. */
    SnapshotBuild(IssueDescription issue, Ed25519 ed25519, Path folder) {
        this.issue = issue;
        this.ed25519 = ed25519;
        this.folder = folder;
    }

    /**
     * Unpacks, checks and writes.
     *
     * @param index the copy of the index
     * @param parts the copies of the document parts in order
     * @param revocations the copy of the revocation list
     * @param succession the rules against the issue before
     */
    void run(Path index, List<Path> parts, Path revocations, Succession succession)
            throws IOException {
        Path list = unpackRevocations(revocations);
        try (InputStream leaves =
                        new BufferedInputStream(Unpacking.open(index, issue.index()), 64 * 1024);
                DocumentLines documents = new DocumentLines(issue.parts(), parts);
                RevocationCursor revoked = new RevocationCursor(Files.newInputStream(list));
                DocumentBatch batch = new DocumentBatch(ed25519);
                SnapshotWriter writer = new SnapshotWriter(folder, issue.treeSize())) {
            DataInputStream in = new DataInputStream(leaves);
            long left = issue.treeSize();
            while (left > 0) {
                List<Leaf> some = readLeaves(in, (int) Math.min(left, DocumentBatch.SIZE));
                append(some, documents, revoked, batch, writer, succession);
                left -= some.size();
            }
            if (in.read() >= 0) {
                throw new IllegalStateException("an index longer than its signed length");
            }
            documents.end();
            succession.end();
            requireEnd(revoked);
            if (!Arrays.equals(writer.root(), issue.treeRoot())) {
                throw new RegistryException(
                        RegistryFault.TREE,
                        "the leaves make the root "
                                + Hex.encode(writer.root())
                                + ", signed is "
                                + Hex.encode(issue.treeRoot()));
            }
            writer.finish();
        }
    }

    private List<Leaf> readLeaves(DataInputStream in, int count) throws IOException {
        List<Leaf> leaves = new ArrayList<>(count);
        byte[] bytes = new byte[Leaf.BYTES];
        for (int i = 0; i < count; i++) {
            in.readFully(bytes);
            Leaf leaf = Leaf.decode(ByteBuffer.wrap(bytes));
            int order = Arrays.compareUnsigned(lastKey, leaf.key());
            if (order == 0) {
                throw new RegistryException(
                        RegistryFault.DUPLICATE_DID,
                        "two leaves for the DID with SHA-256 " + Hex.encode(leaf.key()));
            }
            if (order > 0) {
                throw new RegistryException(
                        RegistryFault.UNSORTED,
                        "the leaf of " + Hex.encode(leaf.key()) + " stands behind a higher one");
            }
            lastKey = leaf.key();
            leaves.add(leaf);
        }
        return leaves;
    }

    private void append(
            List<Leaf> leaves,
            DocumentLines lines,
            RevocationCursor revoked,
            DocumentBatch batch,
            SnapshotWriter writer,
            Succession succession)
            throws IOException {
        List<byte[]> wanted = new ArrayList<>(leaves.size());
        for (Leaf leaf : leaves) {
            if (leaf.hasDocument()) {
                wanted.add(lines.next(leaf.key()));
            }
        }
        List<OasDocument> documents = batch.verify(wanted);
        int next = 0;
        for (Leaf leaf : leaves) {
            Optional<Revocation> revocation = revoked.takeAt(leaf.key());
            if (leaf.hasDocument()) {
                byte[] line = wanted.get(next);
                OasDocument document = documents.get(next++);
                checkDocument(leaf, document, line, revocation);
                succession.next(leaf, document.did().text());
                writer.append(leaf, line);
            } else {
                checkTombstone(leaf, revocation);
                succession.next(leaf, revocation.orElseThrow().did().text());
                writer.append(leaf, new byte[0]);
            }
        }
    }

    private static void checkDocument(
            Leaf leaf, OasDocument document, byte[] line, Optional<Revocation> revocation) {
        String did = document.did().text();
        if (!Arrays.equals(Leaf.keyOf(document.did()), leaf.key())) {
            throw new RegistryException(
                    RegistryFault.LEAF, did + ": stands under the leaf of another DID");
        }
        if (!Arrays.equals(Sha256.hash(line), leaf.digest())
                || document.sequence() != leaf.sequence()) {
            throw new RegistryException(
                    RegistryFault.LEAF,
                    did + ": its leaf is of another document, sequence " + leaf.sequence());
        }
        EntityStatus status = document.status();
        if (revocation.isPresent()) {
            status = status.worse(revocation.get().status());
        }
        if (status != leaf.status()) {
            throw new RegistryException(
                    RegistryFault.LEAF,
                    did
                            + ": its leaf says "
                            + leaf.status().wire()
                            + ", document and revocations say "
                            + status.wire());
        }
    }

    private static void checkTombstone(Leaf leaf, Optional<Revocation> revocation) {
        if (revocation.filter(it -> it.status() == EntityStatus.TOMBSTONE).isEmpty()) {
            throw new RegistryException(
                    RegistryFault.LEAF,
                    "the tombstone of "
                            + Hex.encode(leaf.key())
                            + " is not in the revocation list");
        }
    }

    private void requireEnd(RevocationCursor revoked) {
        if (revoked.current().isPresent()) {
            throw new RegistryException(
                    RegistryFault.LEAF,
                    "revocations: " + revoked.current().get().did() + " has no leaf in the tree");
        }
        if (revoked.count() != issue.revocations().entries()) {
            throw new RegistryException(
                    RegistryFault.MALFORMED,
                    "revocations: "
                            + revoked.count()
                            + " lines, signed are "
                            + issue.revocations().entries());
        }
    }

    private Path unpackRevocations(Path packed) throws IOException {
        Path list = folder.resolve(SnapshotNames.REVOCATIONS_FILE);
        MessageDigest digest = Sha256.digest();
        try (InputStream in =
                        new DigestInputStream(
                                Unpacking.open(packed, issue.revocations().packed()), digest);
                FileChannel channel =
                        FileChannel.open(
                                list, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            OutputStream out = Channels.newOutputStream(channel);
            in.transferTo(out);
            channel.force(true);
        }
        if (!Arrays.equals(digest.digest(), issue.revocations().sha256())) {
            throw new RegistryException(
                    RegistryFault.DIGEST, "revocations.gz: unpacks to other lines than signed");
        }
        return list;
    }
}
