package dev.mapsovereign.auditlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.KeyRotation;
import dev.mapsovereign.auditlog.record.LogKeys;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Verifies a whole log by the rules alone, with a dull model that shares no code with it: chain,
 * records, tree, every full and partial tile, checkpoint and keys, and what a follower is told.
 * Called after every step of a test.
 */
final class LogCheck {
    private LogCheck() {}

    /** The records of every tenant, all checked. */
    record Checked(Map<TenantId, List<AuditRecord>> records) {
        /** The records of one tenant. */
        List<AuditRecord> of(TenantId tenant) {
            return Objects.requireNonNull(records.get(tenant));
        }
    }

    /** Checks everything that the log says now, and gives each tenant's records. */
    static Checked check(AuditLog log) {
        assertThat(log.status().unavailable()).isEmpty();
        Map<TenantId, List<byte[]>> leaves = new HashMap<>();
        Map<TenantId, List<AuditRecord>> records = new HashMap<>();
        for (TenantId tenant : log.tenants()) {
            List<byte[]> own = leaves(log, tenant);
            leaves.put(tenant, own);
            records.put(tenant, chain(log, tenant, own));
            tree(log, tenant, own);
        }
        Checked checked = new Checked(records);
        keys(log, checked.of(TenantId.NODE));
        follower(log, leaves);
        return checked;
    }

    private static List<byte[]> leaves(AuditLog log, TenantId tenant) {
        long size = log.head(tenant).size();
        List<byte[]> leaves = log.leaves(tenant, 0, (int) size);
        assertThat(leaves).hasSize((int) size);
        return leaves;
    }

    private static List<AuditRecord> chain(AuditLog log, TenantId tenant, List<byte[]> leaves) {
        byte[] previous = new byte[32];
        List<AuditRecord> records = new ArrayList<>();
        for (byte[] leaf : leaves) {
            assertThat(Arrays.copyOf(leaf, 32)).isEqualTo(previous);
            AuditRecord record = AuditRecord.parse(Arrays.copyOfRange(leaf, 32, leaf.length));
            assertThat(record.index()).isEqualTo(records.size());
            assertThat(record.tenant()).isEqualTo(tenant);
            records.add(record);
            previous = sha256(leaf);
        }
        assertThat(log.head(tenant).hash()).isEqualTo(previous);
        return records;
    }

    private static void tree(AuditLog log, TenantId tenant, List<byte[]> leaves) {
        if (leaves.isEmpty()) {
            return;
        }
        List<byte[]> hashes = leaves.stream().map(leaf -> sha256(new byte[] {0}, leaf)).toList();
        SignedNote note = log.publishCheckpoint(tenant);
        Checkpoint checkpoint = Checkpoint.parse(note.text());
        assertThat(checkpoint.origin()).isEqualTo(log.origin(tenant));
        assertThat(checkpoint.size()).isEqualTo(leaves.size());
        assertThat(checkpoint.root()).isEqualTo(root(hashes));
        assertThat(log.root(tenant, leaves.size())).isEqualTo(root(hashes));
        assertThat(note.signatures()).hasSizeGreaterThanOrEqualTo(2);
        for (VerifierKey key : log.keys(tenant)) {
            assertThat(note.verifies(key, Ed25519.jdk())).isTrue();
        }
        tiles(log.tiles(tenant), leaves, hashes);
    }

    private static void tiles(TileSource tiles, List<byte[]> leaves, List<byte[]> leafHashes) {
        for (int from = 0; from < leaves.size(); from += 256) {
            int width = Math.min(256, leaves.size() - from);
            ByteArrayOutputStream bundle = new ByteArrayOutputStream();
            for (byte[] leaf : leaves.subList(from, from + width)) {
                bundle.write(leaf.length >>> 8);
                bundle.write(leaf.length);
                bundle.writeBytes(leaf);
            }
            assertThat(tiles.entryBundle(from / 256, width)).isEqualTo(bundle.toByteArray());
        }
        List<byte[]> hashes = leafHashes;
        for (int level = 0; !hashes.isEmpty(); level++) {
            List<byte[]> above = new ArrayList<>();
            for (int from = 0; from < hashes.size(); from += 256) {
                int width = Math.min(256, hashes.size() - from);
                List<byte[]> tile = hashes.subList(from, from + width);
                assertThat(tiles.hashTile(level, from / 256, width)).isEqualTo(concat(tile));
                if (width > 1) {
                    assertThat(tiles.hashTile(level, from / 256, width - 1))
                            .isEqualTo(concat(tile.subList(0, width - 1)));
                }
                if (width == 256) {
                    above.add(root(tile));
                }
            }
            hashes = above;
        }
    }

    private static void keys(AuditLog log, List<AuditRecord> records) {
        Map<TenantId, LogKeys> announced = new HashMap<>();
        Map<String, List<KeyRotation>> rotated = new HashMap<>();
        for (AuditRecord record : records) {
            if (record.eventType().equals("TenantCreated")) {
                LogKeys keys = LogKeys.of(record);
                assertThat(announced.put(keys.tenant(), keys)).isNull();
            } else if (record.eventType().equals("KeyRotated")) {
                KeyRotation rotation = KeyRotation.of(record);
                rotated.computeIfAbsent(rotation.origin(), origin -> new ArrayList<>())
                        .add(rotation);
            }
        }
        assertThat(announced.keySet()).containsExactlyInAnyOrderElementsOf(log.tenants());
        announced.forEach((tenant, keys) -> {
            assertThat(keys.origin()).isEqualTo(log.origin(tenant));
            List<KeyRotation> own = rotated.getOrDefault(keys.origin(), List.of());
            assertThat(rotations(log, tenant, keys.keys(), own)).isEqualTo(log.keys(tenant));
        });
    }

    /** Each rotation follows the one before and has its checkpoint; the keys that it leads to. */
    private static List<VerifierKey> rotations(
            AuditLog log, TenantId tenant, List<VerifierKey> first, List<KeyRotation> rotations) {
        List<VerifierKey> keys = first;
        long size = 0;
        for (KeyRotation rotation : rotations) {
            assertThat(rotation.oldKeys()).isEqualTo(keys);
            assertThat(rotation.fromSize()).isGreaterThan(size);
            SignedNote checkpoint =
                    log.kept(tenant).stream()
                            .filter(note -> size(note) >= rotation.fromSize())
                            .min(java.util.Comparator.comparingLong(LogCheck::size))
                            .orElseThrow();
            List<VerifierKey> both = new ArrayList<>(keys);
            both.addAll(rotation.newKeys());
            assertThat(both).allMatch(key -> checkpoint.verifies(key, Ed25519.jdk()));
            size = size(checkpoint);
            assertThat(Checkpoint.parse(checkpoint.text()).root())
                    .isEqualTo(log.root(tenant, size));
            keys = rotation.newKeys();
        }
        return keys;
    }

    private static long size(SignedNote note) {
        return Checkpoint.parse(note.text()).size();
    }

    private static void follower(AuditLog log, Map<TenantId, List<byte[]>> leaves) {
        Map<TenantId, Integer> seen = new HashMap<>();
        try (JournalReader reader = log.follow(Position.START)) {
            for (List<LoggedRecord> some = reader.next(1000, Duration.ZERO);
                    !some.isEmpty();
                    some = reader.next(1000, Duration.ZERO)) {
                for (LoggedRecord record : some) {
                    int index = seen.merge(record.tenant(), 1, Integer::sum) - 1;
                    List<byte[]> known = Objects.requireNonNull(leaves.get(record.tenant()));
                    if (index >= known.size()) {
                        // The node itself recorded something since the leaves were read.
                        continue;
                    }
                    byte[] leaf = known.get(index);
                    assertThat(record.index()).isEqualTo(index);
                    assertThat(record.record())
                            .isEqualTo(Arrays.copyOfRange(leaf, 32, leaf.length));
                    assertThat(record.hash()).isEqualTo(sha256(leaf));
                }
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        leaves.forEach((tenant, all) ->
                assertThat(seen.getOrDefault(tenant, 0))
                        .as("%s", tenant)
                        .isGreaterThanOrEqualTo(all.size()));
    }

    /** RFC 6962 §2.1, as it stands there. */
    static byte[] root(List<byte[]> hashes) {
        if (hashes.size() == 1) {
            return hashes.getFirst();
        }
        int k = Integer.highestOneBit(hashes.size() - 1);
        return sha256(
                new byte[] {1}, root(hashes.subList(0, k)), root(hashes.subList(k, hashes.size())));
    }

    static byte[] sha256(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] concat(List<byte[]> parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        parts.forEach(all::writeBytes);
        return all.toByteArray();
    }
}
