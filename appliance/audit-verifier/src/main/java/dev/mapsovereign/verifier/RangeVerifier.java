package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.auditlog.bundle.RangeFiles;
import dev.mapsovereign.auditlog.bundle.TreeTiles;
import dev.mapsovereign.base.age.AgeDecryption;
import dev.mapsovereign.base.age.AgeException;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.Tiles;
import java.nio.file.Path;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Walks the files of one range once, from the compact tree at its beginning to the one at its end,
 * and recomputes everything on the way (docs/reference/audit-bundle.md §7, 6 and 7).
 *
 * <p>Each entry is compared with its level-0 tile before the digest of its file is, though either
 * would do: so a changed byte is reported with the index of the record it is in. Memory does not
 * depend on the range's length. For one thread, one range.
 */
final class RangeVerifier implements RangeFiles.Visitor<VerificationException> {
    private static final int HASH = MerkleHash.BYTES;

    private final BundleHeader bundle;
    private final BundleDescription.Range range;
    private final ManifestReader manifest;
    private final Facts facts;
    private final Reading reading;

    private final TenantId tenant;
    private final NavigableMap<Long, Facts.Fact> within;
    private final RecordScanner scanner;
    private final MessageDigest digest = Sha256.digest();
    private final TreeTiles tree;
    private final ReadBuffer buffer;
    private final byte[] leafHash = new byte[HASH];

    /** The level-0 tile of the block at hand. */
    private byte[] leafTile = {};

    /** Hash of the record before the next one; meaningless while {@link #linked} is false. */
    private final byte[] head = new byte[HASH];

    private boolean linked;
    private boolean begun;

    /** Records of the range whose bytes could not be looked at. */
    private long unread;

    /** The next size in this range of which something has been stated elsewhere. */
    private long nextStated;

    private RangeVerifier(
            BundleHeader bundle,
            BundleDescription.Range range,
            ManifestReader manifest,
            Facts facts,
            Reading reading) {
        this.bundle = bundle;
        this.range = range;
        this.manifest = manifest;
        this.facts = facts;
        this.reading = reading;
        this.buffer = reading.buffer();
        tenant = range.tenant();
        tree = new TreeTiles(range.from());
        within = facts.of(tenant).subMap(range.from(), false, range.to(), false);
        nextStated = nextStated(within.isEmpty() ? null : within.firstKey());
        scanner = new RecordScanner(tenant.value());
    }

    private static long nextStated(@Nullable Long size) {
        return size == null ? Long.MAX_VALUE : size;
    }

    /**
     * What could be verified.
     *
     * @param linkSeen whether the record before the range was seen, and so the link to it
     * @param unread records that are encrypted, of which only hashes were verified
     */
    record Outcome(boolean linkSeen, long unread) {}

    /** Verifies the next range that the manifest lists. */
    static Outcome verify(
            BundleHeader bundle,
            BundleDescription.Range range,
            ManifestReader manifest,
            Facts facts,
            Reading reading)
            throws VerificationException {
        RangeVerifier verifier = new RangeVerifier(bundle, range, manifest, facts, reading);
        RangeFiles.visit(range.from(), range.to(), verifier);
        verifier.begin();
        verifier.end();
        return new Outcome(
                range.from() % Tiles.WIDTH != 0
                        && range.from() < range.to()
                        && verifier.unread == 0,
                verifier.unread);
    }

    @Override
    public void beginning(int level, long index, int width) throws VerificationException {
        tree.load(level, hashTile(level, index, width), width);
    }

    @Override
    public void leaves(long index, int width) throws VerificationException {
        begin();
        leafTile = hashTile(0, index, width);
    }

    @Override
    public void entries(long index, int width) throws VerificationException {
        String name = BundleLayout.entryBundle(tenant, index, width);
        ManifestReader.Entries listed = manifest.expectEntries(name);
        if (!listed.encrypted()) {
            readEntries(name, index, width);
            digest.update(buffer.bytes(), 0, buffer.length());
            requireListed(name, index, listed.digest());
            deliver(name, index, width);
        } else if (bundle.folder().has(name)) {
            // As a mirror has them. The tree says more of them than a ciphertext's digest would.
            readEntries(name, index, width);
            deliver(name, index, width);
        } else {
            readEncrypted(name, index, width, listed.digest());
        }
        reading.progress().verified(width);
    }

    private void readEncrypted(String name, long index, int width, byte[] listed)
            throws VerificationException {
        String cipher = BundleLayout.encrypted(name);
        Path file = bundle.folder().at(cipher);
        byte[] content = bundle.folder().read(cipher, Limits.ENCRYPTED_BYTES_MAX);
        digest.update(content);
        requireListed(cipher, index, listed);
        try {
            buffer.take(
                    AgeDecryption.decrypt(
                            content, reading.identities(), Limits.ENTRY_BUNDLE_BYTES_MAX));
        } catch (AgeException e) {
            if (e.reason() != AgeException.Reason.NO_MATCH) {
                throw bad(file, index * Tiles.WIDTH, "its encryption: " + e.getMessage());
            }
            passOver(file, index, width);
            return;
        }
        checkEntries(file, index * Tiles.WIDTH, width);
        deliver(name, index, width);
    }

    private void readEntries(String name, long index, int width) throws VerificationException {
        bundle.folder().read(name, Limits.ENTRY_BUNDLE_BYTES_MAX, buffer);
        checkEntries(bundle.folder().at(name), index * Tiles.WIDTH, width);
    }

    private void deliver(String name, long index, int width) throws VerificationException {
        reading.sink()
                .entries(
                        bundle,
                        range,
                        name,
                        index * Tiles.WIDTH,
                        width,
                        buffer.bytes(),
                        buffer.length());
    }

    private void requireListed(String name, long index, byte[] listed)
            throws VerificationException {
        if (!MessageDigest.isEqual(digest.digest(), listed)) {
            throw VerificationException.refused(
                    bundle.folder().at(name), tenant, index * Tiles.WIDTH, digestMessage());
        }
    }

    /** Entries that nobody here can decrypt: their hashes in the tree are all there is. */
    private void passOver(Path file, long index, int width) throws VerificationException {
        linked = false;
        for (int place = 0; place < width; place++) {
            System.arraycopy(leafTile, place * HASH, leafHash, 0, HASH);
            take(file, index * Tiles.WIDTH + place, place);
        }
    }

    @Override
    public void above(int level, long index, int width) throws VerificationException {
        if (!tree.matches(level, hashTile(level, index, width), width)) {
            throw VerificationException.refused(
                    bundle.folder().at(BundleLayout.hashTile(tenant, level, index, width)),
                    tenant,
                    index << (Tiles.HEIGHT * (level + 1)),
                    "not the hashes of the tree over these records");
        }
    }

    /** All partial tiles of the beginning have been read. */
    private void begin() throws VerificationException {
        if (begun) {
            return;
        }
        begun = true;
        if (!Arrays.equals(tree.root(), range.fromRoot())) {
            throw VerificationException.refused(
                    bundle.descriptionFile(),
                    tenant,
                    Math.max(0, range.from() - 1),
                    "from_root is not the root of the tiles at size " + range.from());
        }
    }

    private void end() throws VerificationException {
        if (!Arrays.equals(tree.root(), range.toRoot())) {
            throw VerificationException.refused(
                    bundle.descriptionFile(),
                    tenant,
                    range.to() - 1,
                    "to_root is not the root of the tree over these records");
        }
        if (linked && !Arrays.equals(head, range.lastRecordHash())) {
            throw VerificationException.refused(
                    bundle.descriptionFile(),
                    tenant,
                    range.to() - 1,
                    "last_record_hash is not the hash of the last record");
        }
    }

    private void checkEntries(Path file, long first, int count) throws VerificationException {
        byte[] bytes = buffer.bytes();
        int length = buffer.length();
        int at = 0;
        for (int i = 0; i < count; i++) {
            long index = first + i;
            if (length - at < 2) {
                throw bad(file, index, "its bundle of entries ends before it");
            }
            int entry = (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
            at += 2;
            if (entry < HASH || entry > length - at) {
                throw bad(file, index, "its length is not that of an entry");
            }
            checkEntry(file, index, i, at, entry);
            at += entry;
        }
        if (at != length) {
            throw bad(file, first + count - 1, "bytes behind the last entry");
        }
    }

    private void checkEntry(Path file, long index, int place, int at, int length)
            throws VerificationException {
        byte[] bytes = buffer.bytes();
        try {
            digest.update((byte) 0);
            digest.update(bytes, at, length);
            digest.digest(leafHash, 0, HASH);
            int tileAt = place * HASH;
            if (!Arrays.equals(leafHash, 0, HASH, leafTile, tileAt, tileAt + HASH)) {
                throw bad(file, index, "not the entry that the tree holds");
            }
            checkLink(file, index, at);
            scanner.check(bytes, at + HASH, length - HASH, index);
            digest.update(bytes, at, length);
            digest.digest(head, 0, HASH);
            linked = true;
        } catch (RecordScanner.RecordException e) {
            throw bad(file, index, String.valueOf(e.getMessage()));
        } catch (DigestException e) {
            throw new IllegalStateException("32 bytes hold a SHA-256", e);
        }
        take(file, index, place);
    }

    /** Puts the leaf at hand into the tree, or finds it there. */
    private void take(Path file, long index, int place) throws VerificationException {
        if (index < range.from()) {
            if (!tree.holds(place, leafHash, 0)) {
                throw bad(file, index, "not the entry that the tree held before this range");
            }
            return;
        }
        tree.append(leafHash, 0);
        if (!linked) {
            unread++;
        }
        if (tree.size() == nextStated) {
            Optional<byte[]> hash = linked ? Optional.of(head.clone()) : Optional.empty();
            facts.compare(tenant, nextStated, tree.root(), hash, file);
            nextStated = nextStated(within.higherKey(nextStated));
        }
    }

    /** The first entry of the first file has nothing before it to compare with, unless stated. */
    private void checkLink(Path file, long index, int at) throws VerificationException {
        if (index == range.from()) {
            if (linked && !Arrays.equals(head, range.previousRecordHash())) {
                throw bad(
                        file, index, "the record before it is not the one that bundle.json states");
            }
            System.arraycopy(range.previousRecordHash(), 0, head, 0, HASH);
            linked = true;
        }
        if (linked && !Arrays.equals(head, 0, HASH, buffer.bytes(), at, at + HASH)) {
            throw bad(file, index, "not linked to the record before it");
        }
    }

    private byte[] hashTile(int level, long index, int width) throws VerificationException {
        String name = BundleLayout.hashTile(tenant, level, index, width);
        Path file = bundle.folder().at(name);
        long first = index << (Tiles.HEIGHT * (level + 1));
        byte[] listed = manifest.expect(name);
        byte[] tile = bundle.folder().read(name, Limits.HASH_TILE_BYTES_MAX);
        if (!MessageDigest.isEqual(digest.digest(tile), listed)) {
            throw VerificationException.refused(file, tenant, first, digestMessage());
        }
        if (tile.length != width * HASH) {
            throw VerificationException.refused(
                    file, tenant, first, "does not hold " + width + " hashes");
        }
        reading.sink().file(bundle, name, tile);
        return tile;
    }

    private String digestMessage() {
        return "its SHA-256 is not the one in " + BundleLayout.manifest(bundle.number());
    }

    private VerificationException bad(Path file, long index, String message) {
        return VerificationException.refused(file, tenant, index, message);
    }
}
