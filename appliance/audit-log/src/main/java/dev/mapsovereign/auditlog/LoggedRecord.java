package dev.mapsovereign.auditlog;

import dev.mapsovereign.base.identity.TenantId;

/**
 * A durable record as a follower gets it.
 *
 * @param record its exact bytes; not to be changed
 * @param hash its record hash; not to be changed
 * @param after where to go on after it
 */
public record LoggedRecord(
        TenantId tenant, long index, byte[] record, byte[] hash, Position after) {}
