package dev.mapsovereign.auditlog.prune;

/**
 * What went of the journal, or would go.
 *
 * @param segments how many
 * @param bytes of their files
 */
public record TrimmedJournal(int segments, long bytes) {
    /** Nothing could go. */
    public static final TrimmedJournal NOTHING = new TrimmedJournal(0, 0);
}
