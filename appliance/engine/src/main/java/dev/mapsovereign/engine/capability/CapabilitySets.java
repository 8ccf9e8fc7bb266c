package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;

/** Where the sets of agents are looked up: kept ones for calls, fresh ones for explanations. */
@FunctionalInterface
public interface CapabilitySets {
    /**
     * The set of that DID in that tenant.
     *
     * @throws dev.mapsovereign.database.DatabaseUnavailableException when it is not known and
     *     cannot be read
     */
    CapabilitySet of(TenantId tenant, AgentDid did);
}
