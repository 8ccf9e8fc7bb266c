package dev.mapsovereign.auditlog.prune;

/**
 * What went of the journal, or would go.
 *
 * @param segments how many
 * @param bytes of their files
 * @param limit why no more
 */
public record TrimmedJournal(int segments, long bytes, String limit) {}
