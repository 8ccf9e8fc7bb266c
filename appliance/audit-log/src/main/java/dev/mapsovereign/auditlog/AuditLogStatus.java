package dev.mapsovereign.auditlog;

import dev.mapsovereign.base.identity.TenantId;
import java.util.List;
import java.util.Optional;

/**
 * How the log is.
 *
 * @param node the node's name with its eight digits; empty while the journal cannot be trusted
 * @param unavailable why no record is taken now; empty while records are taken
 * @param tenants every log, in the order in which they were created
 * @param segments number of the journal's segments
 * @param diskFreeBytes usable space on the folder's disk
 * @param openIntents effects that have begun and whose records are not written yet
 * @param durable where the newest durable batch ends
 * @param built up to where trees and tiles follow
 */
public record AuditLogStatus(
        Optional<String> node,
        Optional<String> unavailable,
        List<TenantStatus> tenants,
        int segments,
        long diskFreeBytes,
        int openIntents,
        Position durable,
        Position built) {
    /**
     * How one log is.
     *
     * @param head its durable head
     * @param checkpointSize size of the newest published checkpoint; 0 if there is none
     * @param journalBytes of its records in the journal
     */
    public record TenantStatus(
            TenantId tenant, String origin, LogHead head, long checkpointSize, long journalBytes) {}
}
