package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.capability.ConfiguredCapability;
import dev.mapsovereign.engine.capability.Grants;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * In which tenants a DID may act: where it holds an API key or a grant, or where the configuration
 * names it. A DID that proves itself by its key alone needs this: otherwise whoever stands in the
 * registry could act in every tenant.
 */
public final class TenantMembers {
    private final ApiKeys apiKeys;
    private final Grants grants;
    private final List<ConfiguredCapability> configured;

    /** Adds up these sources. */
    public TenantMembers(ApiKeys apiKeys, Grants grants, List<ConfiguredCapability> configured) {
        this.apiKeys = apiKeys;
        this.grants = grants;
        this.configured = List.copyOf(configured);
    }

    /** The tenants, by name. */
    public Set<TenantId> tenantsOf(AgentDid did) {
        Set<TenantId> tenants = new TreeSet<>(apiKeys.tenantsOf(did));
        tenants.addAll(grants.tenantsOf(did));
        for (ConfiguredCapability given : configured) {
            if (given.did().map(did::equals).orElse(false)) {
                given.tenant().ifPresent(tenants::add);
            }
        }
        return tenants;
    }
}
