package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import java.util.List;
import java.util.Optional;

/**
 * Capabilities that the configuration gives.
 *
 * @param tenant in whose scope; empty for every tenant
 * @param did to whom; empty for everybody who calls in that scope
 * @param capabilities exact or with wildcard
 */
public record ConfiguredCapability(
        Optional<TenantId> tenant, Optional<AgentDid> did, List<CapabilityName> capabilities) {
    /** Copies the list. */
    public ConfiguredCapability {
        capabilities = List.copyOf(capabilities);
    }

    /** Whether it is meant for that DID in that tenant. */
    public boolean meant(TenantId caller, AgentDid callerDid) {
        return tenant.map(caller::equals).orElse(true) && did.map(callerDid::equals).orElse(true);
    }
}
