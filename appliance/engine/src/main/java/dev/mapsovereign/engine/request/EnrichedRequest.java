package dev.mapsovereign.engine.request;

import dev.mapsovereign.base.identity.TenantId;

/**
 * After stage 2: who calls is known, for which tenant, until when.
 *
 * @param versioned what is called
 * @param caller who calls
 * @param deadline when nobody waits any more, bounded by the node's own limit
 */
public record EnrichedRequest(VersionedRequest versioned, Caller caller, Deadline deadline) {
    /** The call. */
    public Call call() {
        return versioned.call();
    }

    /** The tenant in whose scope it runs. */
    public TenantId tenant() {
        return caller.tenant();
    }
}
