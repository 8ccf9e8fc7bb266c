package dev.mapsovereign.auditlog.tree;

import dev.mapsovereign.auditlog.record.PreparedRecord;

/**
 * An effect that was announced and of whose end no record tells yet.
 *
 * @param number of the intent
 * @param tenant number of the tenant
 * @param record the record to be, should nothing more be heard of it
 */
public record OpenIntent(long number, int tenant, PreparedRecord record) {}
