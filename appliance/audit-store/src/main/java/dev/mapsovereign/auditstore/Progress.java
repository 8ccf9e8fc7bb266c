package dev.mapsovereign.auditstore;

/** Is told how far long work is. */
@FunctionalInterface
public interface Progress {
    /**
     * @param records done so far
     * @param total to do, as known now
     */
    void done(long records, long total);
}
