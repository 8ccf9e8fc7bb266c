package dev.mapsovereign.auditexport;

/** Hears how far an export has come; called often, by the exporting thread. */
public interface ExportProgress {
    /** Nobody listens. */
    ExportProgress NONE = (step, bytesDone, bytesTotal) -> {};

    /**
     * How far it has come.
     *
     * @param step what is being done, for people
     * @param bytesDone written and read back, or found to be there
     * @param bytesTotal as planned
     */
    void at(String step, long bytesDone, long bytesTotal);
}
