package dev.mapsovereign.auditlog.payload;

import java.util.SortedMap;

/** What the store has to tell the log of. Called by its own thread. */
public interface PayloadEvents {
    /** Payloads were not kept, so many for each reason, since this was told last. */
    void lost(SortedMap<String, Long> reasons);

    /** Old payloads were removed. */
    void swept(long files, long bytes);
}
