package dev.mapsovereign.auditlog.payload;

import java.util.SortedMap;

/**
 * How the store is, since it was opened.
 *
 * @param stored payloads that were written
 * @param lost payloads that were not, by reason
 * @param bytes what all files take now
 * @param waiting bytes in the queue
 */
public record PayloadStatus(long stored, SortedMap<String, Long> lost, long bytes, long waiting) {}
