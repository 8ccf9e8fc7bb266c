package dev.mapsovereign.verifier;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.TenantId;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What has been stated about one node's logs, by signatures and by the auditor's own state: for a
 * log and a size the root, and where known the hash of the last record. There is one truth for
 * each; a second one is a fork.
 */
final class Facts {
    /**
     * One statement.
     *
     * @param recordHash of the record before that size
     * @param source who says so, for people
     */
    record Fact(byte[] root, Optional<byte[]> recordHash, String source) {}

    private final Map<TenantId, NavigableMap<Long, Fact>> facts = new HashMap<>();

    /**
     * Adds a statement.
     *
     * @param file to blame if it contradicts an earlier one
     */
    void state(TenantId tenant, long size, Fact fact, Path file) throws VerificationException {
        NavigableMap<Long, Fact> ofLog = facts.computeIfAbsent(tenant, t -> new TreeMap<>());
        Fact known = ofLog.get(size);
        if (known == null) {
            ofLog.put(size, fact);
            return;
        }
        requireSame(tenant, size, known, fact, file);
        if (known.recordHash().isEmpty()) {
            ofLog.put(size, fact);
        }
    }

    /** Compares what has been computed from entries with what was stated of that size. */
    void compare(TenantId tenant, long size, byte[] root, Optional<byte[]> recordHash, Path file)
            throws VerificationException {
        Fact known = of(tenant).get(size);
        if (known != null) {
            Fact computed = new Fact(root, recordHash, "the records in this bundle");
            requireSame(tenant, size, known, computed, file);
        }
    }

    private static void requireSame(TenantId tenant, long size, Fact known, Fact other, Path file)
            throws VerificationException {
        if (!Arrays.equals(known.root(), other.root())) {
            throw VerificationException.forked(
                    file,
                    tenant,
                    Math.max(0, size - 1),
                    "forked: at size %d the root is %s by %s and %s by %s"
                            .formatted(
                                    size,
                                    Hex.encode(known.root()),
                                    known.source(),
                                    Hex.encode(other.root()),
                                    other.source()));
        }
        if (known.recordHash().isPresent()
                && other.recordHash().isPresent()
                && !Arrays.equals(known.recordHash().get(), other.recordHash().get())) {
            throw VerificationException.forked(
                    file,
                    tenant,
                    Math.max(0, size - 1),
                    "the record before size " + size + " is another one by " + known.source());
        }
    }

    /** What is known of a log, by size. */
    NavigableMap<Long, Fact> of(TenantId tenant) {
        return facts.getOrDefault(tenant, Collections.emptyNavigableMap());
    }
}
