package dev.mapsovereign.auditlog.tree;

import dev.mapsovereign.auditlog.journal.Place;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.Tiles;
import dev.mapsovereign.base.merkle.TreeFrontier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What is kept in memory of one tenant's chain and tree: the frontier, and of the records that are
 * not yet in a full entry bundle on disk (the <em>tail</em>) their places in the journal and their
 * hashes, but not their bytes. Of each tile level above 0, the hashes of the tile that is not yet
 * full. So memory does not grow with the log.
 *
 * <p>One thread changes it, any thread may look.
 */
public final class TenantTree {
    private static final int HASH = MerkleHash.BYTES;
    private static final int CAPACITY_FIRST = 8;

    private final int number;
    private final TenantId tenant;
    private final int epoch;

    /** Covers everything below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final TreeFrontier frontier;
    private byte[] head;

    /** Bytes of this tenant's records in the journal. */
    private long bytes;

    /** Records below are in full entry bundles on disk, a multiple of 256. */
    private long bundled;

    /** Record hash of index {@code bundled - 1}. */
    private byte[] bundledHead;

    /** Records of the tail, those from {@code bundled} on; each has one element below. */
    private int count;

    private long[] segments = new long[CAPACITY_FIRST];
    private long[] offsets = new long[CAPACITY_FIRST];
    private int[] lengths = new int[CAPACITY_FIRST];
    private byte[] recordHashes = new byte[CAPACITY_FIRST * HASH];
    private byte[] leafHashes = new byte[CAPACITY_FIRST * HASH];

    /** Level 1 first: the hashes of the last, not yet full tile of each level above 0. */
    private final List<byte[]> upper = new ArrayList<>();

    /** A tree without records. */
    public TenantTree(int number, TenantId tenant, int epoch) {
        this(
                number,
                tenant,
                epoch,
                new TreeFrontier(),
                ChainRule.beginning(),
                0,
                0,
                ChainRule.beginning(),
                List.of());
    }

    /** A tree of which everything is in full bundles; the tail is appended afterwards. */
    TenantTree(
            int number,
            TenantId tenant,
            int epoch,
            TreeFrontier frontier,
            byte[] head,
            long bytes,
            long bundled,
            byte[] bundledHead,
            List<byte[]> upper) {
        this.number = number;
        this.tenant = tenant;
        this.epoch = epoch;
        this.frontier = frontier;
        this.head = head;
        this.bytes = bytes;
        this.bundled = bundled;
        this.bundledHead = bundledHead;
        this.upper.addAll(upper);
    }

    /**
     * A record of the tail.
     *
     * @param at where its bytes stand in the journal
     * @param previousHash record hash of the record before
     * @param recordHash its own
     * @param leafHash its leaf's hash in the tree
     */
    public record TailRecord(
            Place at, int length, byte[] previousHash, byte[] recordHash, byte[] leafHash) {}

    /**
     * Size, root and chain head that belong together.
     *
     * @param bytes of the tenant's records in the journal
     */
    public record Summary(long size, byte[] root, byte[] head, long bundled, long bytes) {}

    /** The tenant's number in this journal. */
    public int number() {
        return number;
    }

    public TenantId tenant() {
        return tenant;
    }

    /** The epoch of the log's keys. */
    public int epoch() {
        return epoch;
    }

    /** Number of records. */
    public long size() {
        lock.lock();
        try {
            return frontier.size();
        } finally {
            lock.unlock();
        }
    }

    /** Record hash of the newest record. */
    public byte[] head() {
        lock.lock();
        try {
            return head.clone();
        } finally {
            lock.unlock();
        }
    }

    /** How many records are in full bundles on disk. */
    public long bundled() {
        lock.lock();
        try {
            return bundled;
        } finally {
            lock.unlock();
        }
    }

    /** Size, root and head at one moment. */
    public Summary summary() {
        lock.lock();
        try {
            return new Summary(frontier.size(), frontier.root(), head.clone(), bundled, bytes);
        } finally {
            lock.unlock();
        }
    }

    /** Where a record of the tail stands; empty if it is in a bundle or not there yet. */
    public Optional<TailRecord> tail(long index) {
        lock.lock();
        try {
            if (index < bundled || index >= bundled + count) {
                return Optional.empty();
            }
            int i = (int) (index - bundled);
            byte[] previous = i == 0 ? bundledHead.clone() : hash(recordHashes, i - 1);
            return Optional.of(
                    new TailRecord(
                            new Place(segments[i], offsets[i]),
                            lengths[i],
                            previous,
                            hash(recordHashes, i),
                            hash(leafHashes, i)));
        } finally {
            lock.unlock();
        }
    }

    /** A record of the tail has its bytes at another place from now on. */
    public void moved(long index, Place to) {
        lock.lock();
        try {
            int i = (int) (index - bundled);
            segments[i] = to.segment();
            offsets[i] = to.offset();
        } finally {
            lock.unlock();
        }
    }

    /** The hashes that are in memory, as they are at this moment. */
    public TreeSnapshot snapshot() {
        lock.lock();
        try {
            return new TreeSnapshot(
                    frontier.size(),
                    bundled,
                    Arrays.copyOf(leafHashes, count * HASH),
                    upper.stream().map(byte[]::clone).toList());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds a record whose hashes are known.
     *
     * @param at where its bytes stand in the journal
     */
    public void append(Place at, int length, byte[] recordHash, byte[] leafHash) {
        lock.lock();
        try {
            restoreTail(at, length, recordHash, leafHash);
            frontier.append(leafHash);
            head = recordHash;
            bytes += length;
        } finally {
            lock.unlock();
        }
    }

    /** Adds a record to the tail alone, of one that frontier and head count already. */
    void restoreTail(Place at, int length, byte[] recordHash, byte[] leafHash) {
        int i = count;
        if (i == lengths.length) {
            grow();
        }
        segments[i] = at.segment();
        offsets[i] = at.offset();
        lengths[i] = length;
        System.arraycopy(recordHash, 0, recordHashes, i * HASH, HASH);
        System.arraycopy(leafHash, 0, leafHashes, i * HASH, HASH);
        count++;
    }

    /** Whether the tail fills a bundle. */
    public boolean fillsBundle() {
        lock.lock();
        try {
            return count >= Tiles.WIDTH;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The first 256 records of the tail are in their bundle on disk, and so are all tiles that this
     * completes.
     *
     * @param rootOfTile root over their leaf hashes
     */
    public void bundled(byte[] rootOfTile) {
        lock.lock();
        try {
            int width = Tiles.WIDTH;
            bundledHead = hash(recordHashes, width - 1);
            bundled += width;
            int rest = count - width;
            System.arraycopy(segments, width, segments, 0, rest);
            System.arraycopy(offsets, width, offsets, 0, rest);
            System.arraycopy(lengths, width, lengths, 0, rest);
            System.arraycopy(recordHashes, width * HASH, recordHashes, 0, rest * HASH);
            System.arraycopy(leafHashes, width * HASH, leafHashes, 0, rest * HASH);
            count = rest;
            carry(rootOfTile);
        } finally {
            lock.unlock();
        }
    }

    /** The hashes of the last tile at a level above 0, without those still to come. */
    byte[] upper(int level) {
        lock.lock();
        try {
            return level <= upper.size() ? upper.get(level - 1).clone() : new byte[0];
        } finally {
            lock.unlock();
        }
    }

    /** The frontier's peaks, for keeping. */
    List<byte[]> peaks() {
        lock.lock();
        try {
            return frontier.peaks();
        } finally {
            lock.unlock();
        }
    }

    /** Record hash before the tail, for keeping. */
    byte[] bundledHead() {
        lock.lock();
        try {
            return bundledHead.clone();
        } finally {
            lock.unlock();
        }
    }

    /** Hashes of all levels above 0, for keeping. */
    List<byte[]> upper() {
        lock.lock();
        try {
            return upper.stream().map(byte[]::clone).toList();
        } finally {
            lock.unlock();
        }
    }

    /** Hands a completed tile's root up, level by level, as far as that completes another tile. */
    private void carry(byte[] rootOfTile) {
        byte[] hash = rootOfTile;
        for (int level = 0; ; level++) {
            byte[] row = level < upper.size() ? upper.get(level) : new byte[0];
            byte[] longer = Arrays.copyOf(row, row.length + HASH);
            System.arraycopy(hash, 0, longer, row.length, HASH);
            boolean full = longer.length == Tiles.WIDTH * HASH;
            if (level == upper.size()) {
                upper.add(longer);
            } else {
                upper.set(level, full ? new byte[0] : longer);
            }
            if (!full) {
                return;
            }
            hash = Tiles.hashWithin(longer, Tiles.HEIGHT, 0);
        }
    }

    private void grow() {
        int capacity = 2 * lengths.length;
        segments = Arrays.copyOf(segments, capacity);
        offsets = Arrays.copyOf(offsets, capacity);
        lengths = Arrays.copyOf(lengths, capacity);
        recordHashes = Arrays.copyOf(recordHashes, capacity * HASH);
        leafHashes = Arrays.copyOf(leafHashes, capacity * HASH);
    }

    private static byte[] hash(byte[] hashes, int i) {
        return Arrays.copyOfRange(hashes, i * HASH, (i + 1) * HASH);
    }
}
