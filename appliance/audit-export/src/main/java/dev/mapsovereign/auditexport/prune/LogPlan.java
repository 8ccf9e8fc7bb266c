package dev.mapsovereign.auditexport.prune;

import dev.mapsovereign.auditexport.receipt.Receipts;
import dev.mapsovereign.auditlog.prune.Prune;
import dev.mapsovereign.base.identity.TenantId;
import java.util.List;
import java.util.Optional;

/**
 * What would go of one log, and why no more.
 *
 * @param firstKept index of the first record that was not pruned before
 * @param size records of the log
 * @param prune what goes; empty for nothing
 * @param exportsFrom size of the checkpoint from which later exports begin
 * @param mirrors whose receipts allow it
 * @param limit why it ends where it ends
 */
public record LogPlan(
        TenantId tenant,
        long firstKept,
        long size,
        Optional<Prune> prune,
        long exportsFrom,
        List<Receipts.Mirror> mirrors,
        String limit) {
    /** Copies the list. */
    public LogPlan {
        mirrors = List.copyOf(mirrors);
    }
}
