package dev.mapsovereign.auditexport;

import dev.mapsovereign.base.age.AgeRecipient;
import dev.mapsovereign.base.identity.TenantId;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What an operator asks of an export.
 *
 * @param to the medium's folder, which exists; {@code MAP-AUDIT} is made in it
 * @param tenants whose logs to export; empty for all. {@code _node} is always one of them
 * @param since where the ranges begin: the last checkpoint kept at or below this index; empty for
 *     where this medium left off
 * @param bytesMax how much this medium may get; empty for as much as is free
 * @param encryptTo to whom the entries are encrypted; empty for plain entries
 * @param dryRun only to plan: neither medium nor ledger is changed
 */
public record ExportRequest(
        Path to,
        Set<TenantId> tenants,
        OptionalLong since,
        OptionalLong bytesMax,
        List<AgeRecipient> encryptTo,
        boolean dryRun) {
    /**
     * @throws IllegalArgumentException for a negative index or size
     */
    public ExportRequest {
        tenants = Set.copyOf(tenants);
        encryptTo = encryptTo.stream().distinct().toList();
        if (since.orElse(0) < 0 || bytesMax.orElse(1) < 1) {
            throw new IllegalArgumentException("a negative index, or no space at all");
        }
    }

    /** With plain entries. */
    public ExportRequest(
            Path to,
            Set<TenantId> tenants,
            OptionalLong since,
            OptionalLong bytesMax,
            boolean dryRun) {
        this(to, tenants, since, bytesMax, List.of(), dryRun);
    }

    /** The same with entries encrypted to these. */
    public ExportRequest encryptedTo(List<AgeRecipient> recipients) {
        return new ExportRequest(to, tenants, since, bytesMax, recipients, dryRun);
    }

    /** Everything that this medium lacks. */
    public static ExportRequest all(Path to) {
        return new ExportRequest(to, Set.of(), OptionalLong.empty(), OptionalLong.empty(), false);
    }
}
