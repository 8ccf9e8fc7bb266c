package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.AuditIntegrityException;
import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleProofs;
import dev.mapsovereign.base.merkle.Tiles;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.TlogProof;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/**
 * One record by itself, with its way to the newest checkpoint: a C2SP tlog-proof whose {@code
 * extra} holds the record's whole leaf, or only the 32 bytes before the record for a proof that
 * shall not show it (docs/reference/record-proof.md).
 *
 * @param proof checked before it is given out
 * @param recordHash of the record
 * @param checkpoint that it leads to
 */
public record RecordProof(TlogProof proof, byte[] recordHash, Checkpoint checkpoint) {
    /** The part of a leaf that is not the record. */
    public static final int PREVIOUS_HASH_BYTES = 32;

    /** As the other, of a record that was not pruned. */
    public static RecordProof of(AuditLog log, TenantId tenant, long index, boolean withRecord) {
        return of(log, tenant, index, withRecord, Optional.empty());
    }

    /**
     * Proves a record.
     *
     * @param withRecord whether the proof holds the record's bytes
     * @param entries the entry bundle with the record, where the log has pruned it: of a mirror, or
     *     of any medium
     * @throws OperatorException usage, for a tenant without a log; failed, for a record that does
     *     not exist, is under no checkpoint yet, or was pruned and is in no {@code entries};
     *     tampering, when our own files are not what was signed; environment, when they cannot be
     *     read
     */
    public static RecordProof of(
            AuditLog log,
            TenantId tenant,
            long index,
            boolean withRecord,
            Optional<byte[]> entries) {
        requireExists(log, tenant, index);
        SignedNote note = covering(log, tenant, index);
        Checkpoint tree = Checkpoint.parse(note.text());
        try {
            byte[] leaf =
                    entries.isPresent() ? leaf(entries.get(), index) : log.leaf(tenant, index);
            List<byte[]> hashes =
                    MerkleProofs.inclusion(index, tree.size(), log.tiles(tenant).hashReader());
            byte[] extra = withRecord ? leaf : ChainRule.previousHash(leaf);
            TlogProof proof = new TlogProof(Optional.of(extra), index, hashes, note.bytes());
            if (entries.isPresent() && !proof.includes(leaf, tree)) {
                throw new OperatorException(
                        ExitCode.TAMPERING,
                        "those entries are not what stood in the log of "
                                + tenant
                                + " around record "
                                + index);
            }
            if (!proof.includes(leaf, tree)) {
                throw new OperatorException(
                        ExitCode.TAMPERING,
                        "record "
                                + index
                                + " of "
                                + tenant
                                + " does not lead to the root that was signed: our own tiles were"
                                + " changed");
            }
            return new RecordProof(proof, ChainRule.recordHash(leaf), tree);
        } catch (AuditIntegrityException e) {
            throw new OperatorException(ExitCode.TAMPERING, String.valueOf(e.getMessage()), e);
        } catch (UncheckedIOException e) {
            throw new OperatorException(ExitCode.ENVIRONMENT, String.valueOf(e.getMessage()), e);
        }
    }

    private static byte[] leaf(byte[] entries, long index) {
        int place = (int) (index % Tiles.WIDTH);
        try {
            List<byte[]> leaves = Tiles.decodeBundle(entries, Tiles.WIDTH);
            if (place < leaves.size() && leaves.get(place).length > PREVIOUS_HASH_BYTES) {
                return leaves.get(place);
            }
        } catch (IllegalArgumentException e) {
            throw notEntries(index, e);
        }
        throw notEntries(index, new IllegalArgumentException("too few entries"));
    }

    private static OperatorException notEntries(long index, IllegalArgumentException why) {
        return new OperatorException(
                ExitCode.USAGE,
                "not the entry bundle with record " + index + ": " + why.getMessage(),
                why);
    }

    /**
     * Where {@code _node} introduces the first keys of a tenant's log.
     *
     * @throws OperatorException usage, for a tenant without a log
     */
    public static long introducedAt(AuditLog log, TenantId tenant, ExportConfig config) {
        requireLog(log, tenant);
        long size = log.head(TenantId.NODE).size();
        try {
            DurableFiles.createDirectories(config.ledgerFolder(), Mode.PRIVATE);
            return KeyRecords.upTo(log, size, config.ledgerFolder())
                    .of(log.origin(tenant), size)
                    .getFirst();
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "cannot remember key records: " + e.getMessage(), e);
        }
    }

    private static void requireLog(AuditLog log, TenantId tenant) {
        if (!log.exists(tenant)) {
            throw new OperatorException(
                    ExitCode.USAGE, "this node has no log of tenant " + tenant, "map tenant list");
        }
    }

    private static void requireExists(AuditLog log, TenantId tenant, long index) {
        requireLog(log, tenant);
        long size = log.head(tenant).size();
        if (index < 0 || index >= size) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "the log of "
                            + tenant
                            + " has "
                            + size
                            + " records, counted from 0: there is no record "
                            + index);
        }
    }

    private static SignedNote covering(AuditLog log, TenantId tenant, long index) {
        long covered =
                log.status().tenants().stream()
                        .filter(each -> each.tenant().equals(tenant))
                        .mapToLong(each -> each.checkpointSize())
                        .findFirst()
                        .orElse(0);
        if (index >= covered) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "record "
                            + index
                            + " of "
                            + tenant
                            + " is durable and not yet under a checkpoint: the newest covers "
                            + covered
                            + " records",
                    "a running node signs one each second; try again");
        }
        return log.checkpoint(tenant);
    }
}
