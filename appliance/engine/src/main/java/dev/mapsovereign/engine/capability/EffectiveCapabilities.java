package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.capability.CallFacts;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.DatabaseUnavailableException;
import dev.mapsovereign.engine.Limits;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
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
 */
public final class EffectiveCapabilities implements CapabilitySets {
    private static final int LOCKS = 64;

    private record Key(TenantId tenant, AgentDid did) {}

    private record Kept(CapabilitySet set, long readNanos) {
        boolean youngerThan(Duration age) {
            return System.nanoTime() - readNanos < age.toNanos();
        }
    }

    private final CapabilitySources sources;
    private final Map<Key, Kept> kept = new ConcurrentHashMap<>();
    private final AtomicLong revision = new AtomicLong();

    /** Each guards the reading of the keys that hash to it, so that a crowd reads once. */
    private final ReentrantLock[] reading = new ReentrantLock[LOCKS];

    /** Keeps what is read from there; listens to the grants. */
    public EffectiveCapabilities(CapabilitySources sources) {
        this.sources = sources;
        for (int i = 0; i < LOCKS; i++) {
            reading[i] = new ReentrantLock();
        }
        sources.grants().onChange(this::forget);
        sources.agreements().onChange(this::forgetAll);
    }

    @Override
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

    /** What terms are held against here; see {@link CapabilitySources#facts}. */
    public CallFacts facts(TenantId tenant, Instant now, Optional<CallFacts.Call> call) {
        return sources.facts(tenant, now, call);
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
            set = sources.of(key.tenant(), key.did());
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
}
