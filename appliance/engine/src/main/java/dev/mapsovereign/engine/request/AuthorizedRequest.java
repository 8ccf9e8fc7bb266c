package dev.mapsovereign.engine.request;

import dev.mapsovereign.engine.capability.CapabilitySet;

/**
 * After stage 4: the caller may do this.
 *
 * @param enriched who calls what
 * @param capabilities everything the caller may do in this tenant
 */
public record AuthorizedRequest(EnrichedRequest enriched, CapabilitySet capabilities) {
    /** The call. */
    public Call call() {
        return enriched.call();
    }

    /** What is called. */
    public VersionedRequest versioned() {
        return enriched.versioned();
    }
}
