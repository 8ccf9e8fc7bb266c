package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.DatabaseUnavailableException;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.context.DeclaredCapability;
import dev.mapsovereign.engine.context.IdentityDirectory;
import dev.mapsovereign.engine.context.ResolvedIdentity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a caller may do: configured, plus declared by its document, plus granted, minus revoked.
 * Kept for {@link Limits#CAPABILITIES_KEPT} and forgotten at once when something changes on this
 * node.
 *
 * <p><b>Why a revocation is in force at once.</b> Every change raises {@link #revision} after it is
 * durable and before it is acknowledged, and then drops the entry. A reader that began to read
 * before the change finds the revision moved when it wants to keep what it read, and keeps nothing.
 * So no set made from older rows survives the acknowledgement.
 *
 * <p><b>When the database is away</b>, what was read before is used up to {@link
 * Limits#CAPABILITIES_STALE_MAX}: on this node nothing can have been revoked meanwhile, because
 * revoking needs the database. Callers of whom nothing was read get the database's error.
 *
 * <p>A document's own declarations count only when its lineage was verified up to a pinned root:
 * otherwise anybody could declare everything.
 */
public final class EffectiveCapabilities {
    private static final int LOCKS = 64;

    private record Key(TenantId tenant, AgentDid did) {}

    private record Kept(CapabilitySet set, long readNanos) {
        boolean youngerThan(Duration age) {
            return System.nanoTime() - readNanos < age.toNanos();
        }
    }

    private final List<ConfiguredCapability> configured;
    private final IdentityDirectory identities;
    private final Grants grants;
    private final Map<Key, Kept> kept = new ConcurrentHashMap<>();
    private final AtomicLong revision = new AtomicLong();

    /** Each guards the reading of the keys that hash to it, so that a crowd reads once. */
    private final ReentrantLock[] reading = new ReentrantLock[LOCKS];

    /** Adds up these sources; listens to the grants. */
    public EffectiveCapabilities(
            List<ConfiguredCapability> configured, IdentityDirectory identities, Grants grants) {
        this.configured = List.copyOf(configured);
        this.identities = identities;
        this.grants = grants;
        for (int i = 0; i < LOCKS; i++) {
            reading[i] = new ReentrantLock();
        }
        grants.onChange(this::forget);
    }

    /**
     * The set of that DID in that tenant.
     *
     * @throws DatabaseUnavailableException when it is not known and cannot be read
     */
    public CapabilitySet of(TenantId tenant, AgentDid did) {
        Key key = new Key(tenant, did);
        Kept known = kept.get(key);
        if (known != null && known.youngerThan(Limits.CAPABILITIES_KEPT)) {
            return known.set();
        }
        ReentrantLock lock = reading[Math.floorMod(key.hashCode(), LOCKS)];
        lock.lock();
        try {
            Kept meanwhile = kept.get(key);
            if (meanwhile != null && meanwhile.youngerThan(Limits.CAPABILITIES_KEPT)) {
                return meanwhile.set();
            }
            return read(key, meanwhile);
        } finally {
            lock.unlock();
        }
    }

    /** Something changed for that DID in that tenant. */
    public void forget(TenantId tenant, AgentDid did) {
        revision.incrementAndGet();
        kept.remove(new Key(tenant, did));
    }

    /** Something changed for many: a registry import, a configuration. */
    public void forgetAll() {
        revision.incrementAndGet();
        kept.clear();
    }

    private CapabilitySet read(Key key, @Nullable Kept stale) {
        long before = revision.get();
        CapabilitySet set;
        try {
            set = add(key.tenant(), key.did());
        } catch (DatabaseUnavailableException away) {
            if (stale != null && stale.youngerThan(Limits.CAPABILITIES_STALE_MAX)) {
                return stale.set();
            }
            throw away;
        }
        keep(key, new Kept(set, System.nanoTime()), before);
        return set;
    }

    private void keep(Key key, Kept entry, long revisionBefore) {
        if (kept.size() >= Limits.CAPABILITY_SETS_MAX) {
            kept.values().removeIf(old -> !old.youngerThan(Limits.CAPABILITIES_KEPT));
        }
        if (kept.size() >= Limits.CAPABILITY_SETS_MAX) {
            return;
        }
        kept.put(key, entry);
        // Looked at after the put: a change that came in between either sees our entry and removes
        // it, or has moved the revision before this line.
        if (revision.get() != revisionBefore) {
            kept.remove(key, entry);
        }
    }

    private CapabilitySet add(TenantId tenant, AgentDid did) {
        List<CapabilitySet.Entry> entries = new ArrayList<>();
        for (ConfiguredCapability given : configured) {
            if (given.meant(tenant, did)) {
                given.capabilities()
                        .forEach(name ->
                                entries.add(
                                        new CapabilitySet.Entry(
                                                name, Instant.MIN, Instant.MAX, "configured")));
            }
        }
        identities
                .resolve(did)
                .filter(EffectiveCapabilities::declares)
                .ifPresent(identity -> addDeclared(identity, entries));
        return new CapabilitySet(entries, addGranted(grants.of(tenant, did), entries));
    }

    private static boolean declares(ResolvedIdentity identity) {
        return identity.usable() && identity.lineageVerified();
    }

    private static void addDeclared(ResolvedIdentity identity, List<CapabilitySet.Entry> entries) {
        for (DeclaredCapability declared : identity.capabilities()) {
            entries.add(
                    new CapabilitySet.Entry(
                            declared.name(),
                            Instant.MIN,
                            declared.expiresAt().orElse(Instant.MAX),
                            "declared"));
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
                entries.add(
                        new CapabilitySet.Entry(
                                grant.capability(),
                                grant.grantedAt(),
                                grant.expiresAt().orElse(Instant.MAX),
                                "granted"));
            } else if (revokedAt.get().equals(grant.grantedAt())
                    && seen.add(grant.capability().value())) {
                revocations.add(new CapabilitySet.Revocation(grant.capability(), revokedAt.get()));
            }
        }
        return revocations;
    }
}
