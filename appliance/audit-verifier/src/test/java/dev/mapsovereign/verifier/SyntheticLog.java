package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.KeyRotation;
import dev.mapsovereign.auditlog.record.LogKeys;
import dev.mapsovereign.auditlog.record.PreparedRecord;
import dev.mapsovereign.auditlog.record.RecordTime;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.TreeFrontier;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.NoteSigners;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A log in memory whose keys a test holds, so that a node can be made to sign what no node would:
 * the verifiers must not believe a signature alone.
 */
final class SyntheticLog {
    /** Always the same, so that two logs of one history are equal byte for byte. */
    private static final Instant TIME = Instant.parse("2026-11-23T18:00:00Z");

    private final String node;
    private final TenantId tenant;
    private final List<byte[]> leaves = new ArrayList<>();
    private final List<byte[]> leafHashes = new ArrayList<>();
    private List<NoteSigner> signers;

    /** A log whose keys follow from its origin and a word. */
    SyntheticLog(String node, String tenant, String word) {
        this.node = node;
        this.tenant = TenantId.of(tenant);
        this.signers = signers(origin(), word);
    }

    static List<NoteSigner> signers(String origin, String word) {
        byte[] seed = Sha256.hash((origin + word).getBytes(StandardCharsets.UTF_8));
        byte[] second = Sha256.hash(seed);
        return List.of(
                NoteSigners.ed25519(origin, seed, Ed25519.jdk()),
                NoteSigners.mlDsa44(origin, second, Clock.systemUTC()));
    }

    TenantId tenant() {
        return tenant;
    }

    String origin() {
        return node + "/" + tenant;
    }

    long size() {
        return leaves.size();
    }

    byte[] leaf(long index) {
        return leaves.get((int) index);
    }

    byte[] leafHash(long index) {
        return leafHashes.get((int) index);
    }

    List<VerifierKey> keys() {
        return signers.stream().map(NoteSigner::key).toList();
    }

    List<NoteSigner> signers() {
        return signers;
    }

    /** From now on checkpoints are signed by these. */
    void sign(List<NoteSigner> others) {
        signers = others;
    }

    /** Record hash of the record before that size. */
    byte[] recordHash(long size) {
        return size == 0 ? ChainRule.beginning() : ChainRule.recordHash(leaf(size - 1));
    }

    /** Appends exactly these bytes as the next record, properly linked. */
    SyntheticLog appendBytes(byte[] record) {
        return appendLeaf(ChainRule.leaf(recordHash(size()), record));
    }

    /** Appends a leaf that need not be one. */
    SyntheticLog appendLeaf(byte[] leaf) {
        leaves.add(leaf);
        leafHashes.add(MerkleHash.leaf(leaf));
        return this;
    }

    SyntheticLog appendText(String record) {
        return appendBytes(record.getBytes(StandardCharsets.UTF_8));
    }

    /** Appends good records. */
    SyntheticLog append(int count) {
        for (int i = 0; i < count; i++) {
            appendText(goodRecord(size()));
        }
        return this;
    }

    /** A record as the log would write it at that index. */
    String goodRecord(long index) {
        return "{\"event_type\":\"ProtocolInvocation\",\"index\":\"%d\",\"outcome\":\"success\",\"tenant_id\":\"%s\",\"timestamp\":\"2026-11-23T18:00:00.000000Z\",\"v\":1}"
                .formatted(index, tenant);
    }

    /** Appends the record that introduces a log; for {@code _node}. */
    long introduce(SyntheticLog log) {
        return appendPrepared(new LogKeys(log.tenant(), log.origin(), log.keys()).tenantCreated());
    }

    /** As {@link #introduce}, by a record that says it has this index. */
    void introduceAs(SyntheticLog log, long index) {
        appendBytes(
                new LogKeys(log.tenant(), log.origin(), log.keys())
                        .tenantCreated()
                        .toBytes(index, RecordTime.ascii(RecordTime.micros(TIME))));
    }

    /** A record's text. */
    String recordText(long index) {
        return new String(ChainRule.record(leaf(index)), StandardCharsets.UTF_8);
    }

    /** Appends the record of a rotation; for {@code _node}. */
    long rotated(KeyRotation rotation) {
        return appendPrepared(rotation.keyRotated());
    }

    private long appendPrepared(PreparedRecord prepared) {
        long index = size();
        appendBytes(prepared.toBytes(index, RecordTime.ascii(RecordTime.micros(TIME))));
        return index;
    }

    /** The root when it had that size. */
    byte[] root(long size) {
        TreeFrontier tree = new TreeFrontier();
        for (int i = 0; i < size; i++) {
            tree.append(leafHashes.get(i));
        }
        return tree.root();
    }

    /** A signed checkpoint of that size. */
    SignedNote checkpoint(long size) {
        return SignedNote.sign(
                new Checkpoint(origin(), size, root(size)).text(),
                signers.toArray(NoteSigner[]::new));
    }

    /** The hash over leaves of a complete subtree. */
    byte[] hash(int level, long index) {
        if (level == 0) {
            return leafHash(index);
        }
        return MerkleHash.node(hash(level - 1, 2 * index), hash(level - 1, 2 * index + 1));
    }

    /** A tile's hashes one after the other. */
    byte[] tile(int level, long index, int width) {
        byte[] tile = new byte[width * MerkleHash.BYTES];
        for (int i = 0; i < width; i++) {
            byte[] hash = hash(8 * level, index * 256 + i);
            System.arraycopy(hash, 0, tile, i * MerkleHash.BYTES, MerkleHash.BYTES);
        }
        return tile;
    }

    List<byte[]> entries(long index, int width) {
        int first = (int) (index * 256);
        return leaves.subList(first, first + width);
    }

    @Override
    public String toString() {
        return origin() + " of " + size() + " by " + Arrays.toString(keys().toArray());
    }
}
