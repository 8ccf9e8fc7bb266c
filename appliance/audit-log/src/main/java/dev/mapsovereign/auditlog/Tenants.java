package dev.mapsovereign.auditlog;

import dev.mapsovereign.base.identity.TenantId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The tenants whose logs exist durably, by id and by number; safe for all threads. */
final class Tenants {
    private final Map<TenantId, TenantChain> byId = new ConcurrentHashMap<>();
    private final List<TenantChain> byNumber = new CopyOnWriteArrayList<>();

    /** The chain of a tenant; empty if it has none. */
    Optional<TenantChain> find(TenantId tenant) {
        return Optional.ofNullable(byId.get(tenant));
    }

    /**
     * The chain of a tenant.
     *
     * @throws IllegalArgumentException if it has none
     */
    TenantChain require(TenantId tenant) {
        return find(tenant)
                .orElseThrow(
                        () -> new IllegalArgumentException("tenant " + tenant + " has no log"));
    }

    /** The chain of that number, which must exist. */
    TenantChain byNumber(int number) {
        return byNumber.get(number);
    }

    /** How many there are, so the next one's number. */
    int count() {
        return byNumber.size();
    }

    /** All, in the order of their numbers. */
    List<TenantChain> all() {
        return List.copyOf(byNumber);
    }

    /** Takes in a tenant with the next number. */
    void add(TenantChain chain) {
        if (chain.number() != byNumber.size()) {
            throw new IllegalStateException("tenant number " + chain.number() + " is not the next");
        }
        byNumber.add(chain);
        byId.put(chain.tenant(), chain);
    }
}
