package dev.mapsovereign.node.backup;

/** Told what a backup or a restore is doing. */
public interface BackupProgress {
    /**
     * @param step in words
     * @param done bytes of this step
     * @param total bytes of this step, as far as is known
     */
    void at(String step, long done, long total);

    /** A line for people. */
    void say(String line);
}
