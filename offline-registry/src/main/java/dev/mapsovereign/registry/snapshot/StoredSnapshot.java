package dev.mapsovereign.registry.snapshot;

import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.merkle.HashReader;
import dev.mapsovereign.base.merkle.MerkleProofs;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.document.OasDocument;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * A snapshot on this machine's disk, read in place. Every answer is checked against the root that
 * the publisher signed, an absence as well as a document: a change on the disk is refused, not
 * served. Safe for use by several threads.
 */
public final class StoredSnapshot {
    private final IssueDescription issue;
    private final MappedFile pack;
    private final MappedFile index;
    private final MappedFile tree;
    private final ParsedDocuments parsed = new ParsedDocuments(Limits.PARSED_BYTES_MAX);

    /**
     * What stands under a DID.
     *
     * @param proof the leaf and its path, already checked
     * @param document absent for a tombstone
     */
    public record Entry(InclusionProof proof, Optional<OasDocument> document) {}

    private StoredSnapshot(
            IssueDescription issue, MappedFile pack, MappedFile index, MappedFile tree) {
        this.issue = issue;
        this.pack = pack;
        this.index = index;
        this.tree = tree;
    }

    /**
     * Opens the files of {@code folder} and checks their sizes and the root.
     *
     * @param issue what the verified metadata says
     * @throws RegistryException {@code STORE_DAMAGED}
     */
    public static StoredSnapshot open(Path folder, IssueDescription issue) throws IOException {
        StoredSnapshot snapshot =
                new StoredSnapshot(
                        issue,
                        MappedFile.open(folder.resolve(SnapshotNames.PACK_FILE)),
                        MappedFile.open(folder.resolve(SnapshotNames.INDEX_FILE)),
                        MappedFile.open(folder.resolve(SnapshotNames.TREE_FILE)));
        long size = issue.treeSize();
        if (snapshot.index.size() != size * SnapshotWriter.INDEX_BYTES
                || snapshot.tree.size() != TreeLevels.bytes(size)) {
            throw damaged(folder + ": a file of another length than the signed tree demands");
        }
        if (!Arrays.equals(MerkleProofs.root(size, snapshot.hashes()), issue.treeRoot())) {
            throw damaged(folder + ": " + SnapshotNames.TREE_FILE + " has not the signed root");
        }
        return snapshot;
    }

    private static RegistryException damaged(String what) {
        return new RegistryException(RegistryFault.STORE_DAMAGED, what);
    }

    /** What the signed metadata says about it. */
    public IssueDescription issue() {
        return issue;
    }

    /**
     * The entry of {@code did}.
     *
     * @throws RegistryException {@code STORE_DAMAGED} if the disk does not hold what was signed
     */
    public Optional<Entry> find(AgentDid did) {
        byte[] key = Leaf.keyOf(did);
        long position = index.search(key, SnapshotWriter.INDEX_BYTES, issue.treeSize());
        if (position < 0) {
            requireAbsent(did, key, -position - 1);
            return Optional.empty();
        }
        InclusionProof proof = proofAt(position);
        if (!proof.verifies(issue.treeRoot())) {
            throw damaged("the entry of " + did + " does not lead to the signed root");
        }
        Optional<OasDocument> document = Optional.empty();
        if (proof.leaf().hasDocument()) {
            document = Optional.of(document(did, position, proof.leaf()));
        }
        return Optional.of(new Entry(proof, document));
    }

    private void requireAbsent(AgentDid did, byte[] key, long position) {
        if (!absenceAt(position).verifies(key, issue.treeSize(), issue.treeRoot())) {
            throw damaged("the absence of " + did + " does not follow from the signed tree");
        }
    }

    /** The proof that {@code did} has no entry; empty if it has one. */
    public Optional<AbsenceProof> absence(AgentDid did) {
        byte[] key = Leaf.keyOf(did);
        long position = index.search(key, SnapshotWriter.INDEX_BYTES, issue.treeSize());
        return position >= 0 ? Optional.empty() : Optional.of(absenceAt(-position - 1));
    }

    private AbsenceProof absenceAt(long position) {
        return new AbsenceProof(
                position > 0 ? Optional.of(proofAt(position - 1)) : Optional.empty(),
                position < issue.treeSize() ? Optional.of(proofAt(position)) : Optional.empty());
    }

    private InclusionProof proofAt(long position) {
        return new InclusionProof(
                position,
                issue.treeSize(),
                leafAt(position),
                MerkleProofs.inclusion(position, issue.treeSize(), hashes()));
    }

    /** The leaf at a position below the tree's size; not checked against the root. */
    public Leaf leafAt(long position) {
        byte[] bytes = index.bytes(position * SnapshotWriter.INDEX_BYTES, Leaf.BYTES);
        try {
            return Leaf.decode(ByteBuffer.wrap(bytes));
        } catch (RegistryException e) {
            throw new RegistryException(
                    RegistryFault.STORE_DAMAGED, "leaf " + position + ": " + e.getMessage(), e);
        }
    }

    /**
     * Whose document lies at a position whose leaf has one.
     *
     * @throws RegistryException {@code STORE_DAMAGED} if it is not the leaf's
     */
    public AgentDid didAt(long position) {
        Leaf leaf = leafAt(position);
        AgentDid did = signed("entry " + position, position, leaf).did();
        if (!Arrays.equals(Leaf.keyOf(did), leaf.key())) {
            throw damaged("the document of entry " + position + " is that of " + did);
        }
        return did;
    }

    private OasDocument signed(String whose, long position, Leaf leaf) {
        byte[] bytes = documentBytes(position);
        if (!Arrays.equals(Sha256.hash(bytes), leaf.digest())) {
            throw damaged("the document of " + whose + " is not the one that was signed");
        }
        return parsed.at(position, bytes);
    }

    private OasDocument document(AgentDid did, long position, Leaf leaf) {
        OasDocument document = signed(did.text(), position, leaf);
        if (!document.did().equals(did)) {
            throw damaged("the document under " + did + " is that of " + document.did());
        }
        return document;
    }

    /** The bytes at a position, not checked. */
    private byte[] documentBytes(long position) {
        long entry = position * SnapshotWriter.INDEX_BYTES + Leaf.BYTES;
        long offset = index.longAt(entry);
        int length = index.intAt(entry + Long.BYTES);
        if (offset < 0 || length < 0 || offset + length > pack.size()) {
            throw damaged("entry " + position + " points outside " + SnapshotNames.PACK_FILE);
        }
        return pack.bytes(offset, length);
    }

    private HashReader hashes() {
        long size = issue.treeSize();
        return (level, position) ->
                tree.bytes(
                        TreeLevels.start(level, size) + position * TreeLevels.HASH_BYTES,
                        TreeLevels.HASH_BYTES);
    }
}
