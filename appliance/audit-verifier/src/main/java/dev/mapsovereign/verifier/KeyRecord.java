package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.KeyRotation;
import dev.mapsovereign.auditlog.record.LogKeys;
import dev.mapsovereign.auditlog.record.RecordException;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.TlogProof;
import dev.mapsovereign.base.note.VerifierKey;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a record of {@code _node} says of a log's keys, once its inclusion has been proven.
 *
 * @param index the record's position in {@code _node}
 * @param origin of the log
 * @param before the keys it had; none when it was created
 * @param after the keys it has from {@code fromSize} on
 */
record KeyRecord(
        long index,
        String origin,
        List<VerifierKey> before,
        List<VerifierKey> after,
        long fromSize) {
    /**
     * Checks the proof against a checkpoint whose signatures the caller looks after.
     *
     * @param file for messages
     * @param proof the content of a {@code .tlog-proof} file
     * @param checkpoint the exact note that the proof must lead to
     */
    static KeyRecord proven(Path file, byte[] proof, byte[] checkpoint)
            throws VerificationException {
        try {
            TlogProof parsed = TlogProof.parse(proof);
            if (!Arrays.equals(parsed.checkpoint(), checkpoint)) {
                throw VerificationException.refused(file, "a proof under another checkpoint");
            }
            byte[] leaf = parsed.extra().orElseThrow(() -> new NoteException("holds no record"));
            Checkpoint tree = Checkpoint.parse(SignedNote.parse(checkpoint).text());
            if (!parsed.includes(leaf, tree)) {
                throw VerificationException.refused(file, "the proof does not lead to the root");
            }
            AuditRecord record = AuditRecord.parse(ChainRule.record(leaf));
            if (record.index() != parsed.index()) {
                throw VerificationException.refused(file, "a record from elsewhere");
            }
            return of(record);
        } catch (IllegalArgumentException | RecordException e) {
            throw VerificationException.refused(file, "no proven key record: " + e.getMessage());
        }
    }

    private static KeyRecord of(AuditRecord record) {
        if (record.event().equals(Optional.of(EventType.KEY_ROTATED))) {
            KeyRotation rotation = KeyRotation.of(record);
            return new KeyRecord(
                    record.index(),
                    rotation.origin(),
                    rotation.oldKeys(),
                    rotation.newKeys(),
                    rotation.fromSize());
        }
        LogKeys created = LogKeys.of(record);
        return new KeyRecord(record.index(), created.origin(), List.of(), created.keys(), 0);
    }
}
