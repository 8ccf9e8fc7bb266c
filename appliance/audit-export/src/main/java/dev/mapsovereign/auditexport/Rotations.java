package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.KeyRotation;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a log came to its keys, as a bundle states it: the records that introduce them, and for each
 * rotation the checkpoint that old and new keys signed. A rotation whose checkpoint does not exist
 * yet is not stated: until then the old keys sign.
 *
 * @param keyRecords indexes in {@code _node}, ascending; one more than there are rotations
 * @param checkpoints the rotation checkpoints, by ascending size
 */
record Rotations(List<Long> keyRecords, List<SignedNote> checkpoints) {
    Rotations {
        keyRecords = List.copyOf(keyRecords);
        checkpoints = List.copyOf(checkpoints);
    }

    /** The sizes of the rotation checkpoints. */
    List<Long> sizes() {
        return checkpoints.stream().map(Rotations::size).toList();
    }

    /**
     * Up to a size of a log.
     *
     * @param keyRecords all of this log's records in {@code _node} that introduce keys
     */
    static Rotations upTo(AuditLog log, TenantId tenant, long size, List<Long> keyRecords) {
        List<Long> stated = new ArrayList<>(keyRecords.subList(0, Math.min(1, keyRecords.size())));
        List<SignedNote> checkpoints = new ArrayList<>();
        for (long index : keyRecords.subList(stated.size(), keyRecords.size())) {
            KeyRotation rotation =
                    KeyRotation.of(AuditRecord.parse(log.record(TenantId.NODE, index)));
            Optional<SignedNote> checkpoint = checkpoint(log, tenant, size, rotation);
            if (checkpoint.isEmpty()) {
                break;
            }
            stated.add(index);
            checkpoints.add(checkpoint.get());
        }
        return new Rotations(stated, checkpoints);
    }

    private static Optional<SignedNote> checkpoint(
            AuditLog log, TenantId tenant, long size, KeyRotation rotation) {
        List<VerifierKey> both =
                Stream.concat(rotation.oldKeys().stream(), rotation.newKeys().stream()).toList();
        return log.kept(tenant).stream()
                .filter(note -> size(note) >= rotation.fromSize() && size(note) <= size)
                .filter(note -> both.stream().allMatch(key -> note.verifies(key, Ed25519.jdk())))
                .min(Comparator.comparingLong(Rotations::size));
    }

    private static long size(SignedNote note) {
        return Checkpoint.parse(note.text()).size();
    }
}
