package dev.mapsovereign.base.note;

import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.MerkleProofs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An entry's way to a checkpoint, to be checked offline (C2SP tlog-proof). Nothing in it is to be
 * believed before {@link #includes} has said yes and the checkpoint's signatures have been
 * verified.
 *
 * @param extra what the application put beside the proof; not authenticated by it
 * @param index the entry's position
 * @param hashes the inclusion proof, from the leaf's sibling up (RFC 6962 §2.1.1)
 * @param checkpoint the checkpoint's note, its exact bytes
 */
public record TlogProof(
        Optional<byte[]> extra, long index, List<byte[]> hashes, byte[] checkpoint) {
    private static final String HEAD = "c2sp.org/tlog-proof@v1";
    private static final String EXTRA = "extra ";
    private static final String INDEX = "index ";

    /** A proof has at most one hash for each bit of the tree's size. */
    private static final int HASHES_MAX = 63;

    /** Checks the shape of each part. */
    public TlogProof {
        extra = extra.map(byte[]::clone);
        checkpoint = checkpoint.clone();
        hashes = hashes.stream().map(byte[]::clone).toList();
        if (index < 0
                || hashes.size() > HASHES_MAX
                || !hashes.stream().allMatch(hash -> hash.length == MerkleHash.BYTES)) {
            throw new NoteException("a tlog-proof with an index or hashes that cannot be");
        }
    }

    /** A copy. */
    @Override
    public Optional<byte[]> extra() {
        return extra.map(byte[]::clone);
    }

    /** A copy. */
    @Override
    public byte[] checkpoint() {
        return checkpoint.clone();
    }

    /** Whether a leaf of this content stands at the index in the tree that was checkpointed. */
    public boolean includes(byte[] leaf, Checkpoint tree) {
        return MerkleProofs.verifyInclusion(
                MerkleHash.leaf(leaf), index, tree.size(), hashes, tree.root());
    }

    /** The file's bytes. */
    public byte[] bytes() {
        StringBuilder text = new StringBuilder(HEAD).append('\n');
        extra.ifPresent(
                bytes -> text.append(EXTRA).append(StrictBase64.encode(bytes)).append('\n'));
        text.append(INDEX).append(index).append('\n');
        for (byte[] hash : hashes) {
            text.append(StrictBase64.encode(hash)).append('\n');
        }
        byte[] head = text.append('\n').toString().getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(head, head.length + checkpoint.length);
        System.arraycopy(checkpoint, 0, all, head.length, checkpoint.length);
        return all;
    }

    /**
     * The proof of those bytes.
     *
     * @throws NoteException for any bytes that {@link #bytes} would not give
     */
    public static TlogProof parse(byte[] bytes) {
        int gap = endOfHead(bytes);
        List<String> lines =
                new ArrayList<>(
                        List.of(
                                new String(bytes, 0, gap, StandardCharsets.ISO_8859_1)
                                        .split("\n", -1)));
        if (!lines.removeFirst().equals(HEAD) || lines.isEmpty()) {
            throw new NoteException("not a tlog-proof");
        }
        try {
            Optional<byte[]> extra =
                    lines.getFirst().startsWith(EXTRA)
                            ? Optional.of(decode(lines.removeFirst(), EXTRA))
                            : Optional.empty();
            long index = lines.isEmpty() ? -1 : parseIndex(lines.removeFirst());
            List<byte[]> hashes = lines.stream().map(line -> decode(line, "")).toList();
            byte[] checkpoint = Arrays.copyOfRange(bytes, gap + 2, bytes.length);
            TlogProof proof = new TlogProof(extra, index, hashes, checkpoint);
            if (!Arrays.equals(proof.bytes(), bytes)) {
                throw new NoteException("a tlog-proof in another spelling than its one");
            }
            return proof;
        } catch (NoteException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new NoteException("a tlog-proof: " + e.getMessage(), e);
        }
    }

    private static int endOfHead(byte[] bytes) {
        for (int i = 0; i + 1 < bytes.length; i++) {
            if (bytes[i] == '\n' && bytes[i + 1] == '\n') {
                return i;
            }
        }
        throw new NoteException("a tlog-proof has no checkpoint behind its hashes");
    }

    private static byte[] decode(String line, String head) {
        return StrictBase64.decode(line.substring(head.length()));
    }

    private static long parseIndex(String line) {
        if (!line.startsWith(INDEX)) {
            throw new NoteException("a tlog-proof has no index");
        }
        return Long.parseLong(line.substring(INDEX.length()));
    }
}
