package dev.mapsovereign.auditstore;

import dev.mapsovereign.base.identity.TenantId;

/**
 * A record as the index answers it, after it was compared with the log.
 *
 * @param node whose log it stands in, the name with its eight digits
 * @param tenant whose chain
 * @param index its place there
 * @param record its exact bytes; not to be changed
 * @param recordHash its hash, 32 bytes; not to be changed
 * @param previousHash record hash of the record before, with which the record hash is computed; not
 *     to be changed
 */
public record AuditRow(
        String node,
        TenantId tenant,
        long index,
        byte[] record,
        byte[] recordHash,
        byte[] previousHash) {}
