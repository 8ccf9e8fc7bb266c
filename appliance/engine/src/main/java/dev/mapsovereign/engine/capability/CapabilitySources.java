package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.capability.CallFacts;
import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.agreement.Agreements;
import dev.mapsovereign.engine.agreement.Delegation;
import dev.mapsovereign.engine.agreement.Treaty;
import dev.mapsovereign.engine.context.IdentityDirectory;
import dev.mapsovereign.engine.context.ResolvedIdentity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where capabilities come from: the configuration, the caller's document, operators' grants, other
 * agents' delegations, treaties; and what takes them away. {@link EffectiveCapabilities} keeps what
 * is read here.
 *
 * <p>A document's own declarations count only when its lineage was verified up to a pinned root:
 * otherwise anybody could declare everything. And they count at home: of an agent that a treaty
 * lets in, what its own organization declared counts for nothing.
 *
 * @param configured what the configuration gives to whom
 * @param aliases names that stand for several operations
 * @param jurisdictions those that this site lies in
 * @param identities documents
 * @param grants what operators gave and took away
 * @param agreements delegations and treaties
 */
public record CapabilitySources(
        List<ConfiguredCapability> configured,
        CapabilityAliases aliases,
        Set<String> jurisdictions,
        IdentityDirectory identities,
        Grants grants,
        Agreements agreements)
        implements CapabilitySets {
    /** Copies the collections. */
    public CapabilitySources {
        configured = List.copyOf(configured);
        jurisdictions = Set.copyOf(jurisdictions);
    }

    /** What a capability's terms are held against on this site. */
    public CallFacts facts(TenantId tenant, Instant now, Optional<CallFacts.Call> call) {
        return new CallFacts(tenant.value(), now, jurisdictions, call);
    }

    /** Reads them all. */
    @Override
    public CapabilitySet of(TenantId tenant, AgentDid did) {
        List<CapabilitySet.Entry> entries = new ArrayList<>();
        for (ConfiguredCapability given : configured) {
            if (given.meant(tenant, did)) {
                given.capabilities()
                        .forEach(name ->
                                entries.add(
                                        new CapabilitySet.Entry(
                                                Capability.of(name), Instant.MIN, "configured")));
            }
        }
        List<Agreements.Held<Treaty>> treaties = agreements.treatiesFor(tenant, did);
        if (treaties.isEmpty()) {
            identities
                    .resolve(did)
                    .filter(CapabilitySources::declares)
                    .ifPresent(identity -> addDeclared(identity, entries));
        }
        addByTreaty(treaties, did, entries);
        addDelegated(tenant, did, entries);
        return new CapabilitySet(entries, addGranted(grants.of(tenant, did), entries), aliases);
    }

    private static boolean declares(ResolvedIdentity identity) {
        return identity.usable() && identity.lineageVerified();
    }

    private static void addDeclared(ResolvedIdentity identity, List<CapabilitySet.Entry> entries) {
        for (Capability declared : identity.capabilities()) {
            entries.add(new CapabilitySet.Entry(declared, Instant.MIN, CapabilitySet.DECLARED));
        }
    }

    private void addDelegated(TenantId tenant, AgentDid did, List<CapabilitySet.Entry> entries) {
        for (Agreements.Held<Delegation> held : agreements.delegationsTo(tenant, did)) {
            Delegation delegation = held.terms();
            CapabilitySet.Origin origin =
                    new CapabilitySet.Origin.Delegated(
                            delegation.id(), delegation.delegator(), delegation.mayDelegate());
            for (Capability given : delegation.capabilities()) {
                entries.add(new CapabilitySet.Entry(given, held.importedAt(), "delegated", origin));
            }
        }
    }

    private static void addByTreaty(
            List<Agreements.Held<Treaty>> treaties,
            AgentDid did,
            List<CapabilitySet.Entry> entries) {
        for (Agreements.Held<Treaty> held : treaties) {
            Treaty treaty = held.terms();
            CapabilitySet.Origin origin =
                    new CapabilitySet.Origin.Treaty(treaty.id(), treaty.whole());
            List<Capability> given =
                    treaty.partyOf(did)
                            .map(party -> treaty.grants().getOrDefault(party.tenant(), List.of()))
                            .orElse(List.of());
            for (Capability each : given) {
                entries.add(new CapabilitySet.Entry(each, held.importedAt(), "treaty", origin));
            }
        }
    }

    /** Adds what is granted and returns what was revoked: the newest revocation of each name. */
    private static List<CapabilitySet.Revocation> addGranted(
            List<Grants.Grant> oldestFirst, List<CapabilitySet.Entry> entries) {
        List<CapabilitySet.Revocation> revocations = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Grants.Grant grant : oldestFirst.reversed()) {
            Optional<Instant> revokedAt = grant.revokedAt();
            if (revokedAt.isEmpty()) {
                entries.add(new CapabilitySet.Entry(grant.given(), grant.grantedAt(), "granted"));
            } else if (revokedAt.get().equals(grant.grantedAt())
                    && seen.add(grant.capability().value())) {
                revocations.add(new CapabilitySet.Revocation(grant.capability(), revokedAt.get()));
            }
        }
        return revocations;
    }
}
