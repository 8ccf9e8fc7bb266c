package dev.mapsovereign.auditlog.journal;

/**
 * The journal, or what was derived from it, is not what this log wrote: nothing may be cut, written
 * or signed until somebody has looked. Checked, so that no caller forgets that this can be so.
 */
public final class JournalDamageException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * @param finding which file, where, and what is wrong with it
     */
    public JournalDamageException(String finding) {
        super(finding);
    }

    /**
     * @param finding which file, where, and what is wrong with it
     */
    public JournalDamageException(String finding, Throwable cause) {
        super(finding, cause);
    }

    /** What was found. */
    public String finding() {
        return String.valueOf(getMessage());
    }
}
