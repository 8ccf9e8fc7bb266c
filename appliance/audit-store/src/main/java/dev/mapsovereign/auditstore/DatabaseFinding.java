package dev.mapsovereign.auditstore;

/**
 * One difference between the database and the log.
 *
 * @param tenant as the database or the log names it
 * @param index which record
 * @param finding in what the row differs
 */
public record DatabaseFinding(String tenant, long index, String finding) {}
