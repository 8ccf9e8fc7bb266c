package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.capability.CallFacts;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Looks for what allows one call on terms. An entry that was delegated allows only what its
 * delegator may do at this moment, by an entry that may be passed on, and so up to somebody who
 * holds the right himself: nobody's right grows on the way, and a revocation anywhere on it acts at
 * once. For one call; not for use by several threads.
 */
final class CapabilitySearch {
    /**
     * One entry on the way.
     *
     * @param holder whose calls by it are counted together
     */
    record Held(String holder, CapabilitySet.Entry entry) {}

    private final CapabilitySets sets;
    private final TenantId tenant;
    private final CapabilityName wanted;
    private final CallFacts facts;
    private final Function<List<Held>, Optional<Duration>> take;
    private final Set<AgentDid> onTheWay = new HashSet<>();
    private final List<Held> way = new ArrayList<>();
    private int steps;
    private Optional<String> unmet = Optional.empty();
    private Optional<Duration> wait = Optional.empty();
    private Optional<CapabilitySet.Entry> countedOut = Optional.empty();

    /**
     * A search that has not begun.
     *
     * @param take counts a call against every entry of a way that allows it; says how long to wait
     *     where one is used up
     */
    CapabilitySearch(
            CapabilitySets sets,
            TenantId tenant,
            CapabilityName wanted,
            CallFacts facts,
            Function<List<Held>, Optional<Duration>> take) {
        this.sets = sets;
        this.tenant = tenant;
        this.wanted = wanted;
        this.facts = facts;
        this.take = take;
    }

    /** The first term that was not met, of the entry that was looked at last. */
    Optional<String> unmet() {
        return unmet;
    }

    /** How long to wait, where an entry would allow the call, but not this often. */
    Optional<Duration> untilThen() {
        return wait;
    }

    /** The first on that way that counts calls. */
    Optional<CapabilitySet.Entry> countedOut() {
        return countedOut;
    }

    /** Whether one of these entries of {@code did} allows the call. */
    boolean anyAllows(AgentDid did, List<CapabilitySet.Entry> entries) {
        if (!onTheWay.add(did)) {
            return false;
        }
        try {
            for (CapabilitySet.Entry entry : entries) {
                if (allows(did, entry)) {
                    return true;
                }
            }
            return false;
        } finally {
            onTheWay.remove(did);
        }
    }

    private boolean allows(AgentDid did, CapabilitySet.Entry entry) {
        steps++;
        if (steps > Limits.CAPABILITY_STEPS_MAX) {
            return fails("more than " + Limits.CAPABILITY_STEPS_MAX + " entries to look at");
        }
        if (!way.isEmpty() && !entry.origin().mayBePassedOn()) {
            return fails(did + " holds it " + CapabilitySet.PASSED_ON_BY_NOBODY);
        }
        Optional<String> reason = entry.capability().unmet(facts);
        if (reason.isPresent()) {
            return fails(reason.get());
        }
        int before = way.size();
        add(did, entry);
        try {
            return entry.origin() instanceof CapabilitySet.Origin.Delegated delegated
                    ? delegatorMay(delegated)
                    : taken();
        } finally {
            way.subList(before, way.size()).clear();
        }
    }

    private void add(AgentDid did, CapabilitySet.Entry entry) {
        if (entry.origin() instanceof CapabilitySet.Origin.Treaty treaty) {
            String all = "treaty " + treaty.id();
            way.add(new Held(all, entry));
            treaty.whole()
                    .map(whole -> new CapabilitySet.Entry(whole, entry.since(), "rate_limits"))
                    .ifPresent(whole -> way.add(new Held(all, whole)));
        } else {
            way.add(new Held(did.text(), entry));
        }
    }

    private boolean delegatorMay(CapabilitySet.Origin.Delegated delegated) {
        AgentDid delegator = delegated.delegator();
        if (way.size() > Limits.DELEGATION_DEPTH_MAX) {
            return fails("it was passed on more than " + Limits.DELEGATION_DEPTH_MAX + " times");
        }
        Optional<String> before = unmet;
        unmet = Optional.empty();
        if (anyAllows(delegator, sets.of(tenant, delegator).liveInOrder(wanted, facts.now()))) {
            return true;
        }
        String deeper = unmet.map(reason -> ": " + reason).orElse("");
        unmet = before;
        return wait.isEmpty() && fails("its delegator " + delegator + " may not call it" + deeper);
    }

    private boolean taken() {
        Optional<Duration> time = take.apply(List.copyOf(way));
        if (time.isEmpty()) {
            return true;
        }
        if (wait.isEmpty() || time.get().compareTo(wait.get()) < 0) {
            wait = time;
            countedOut =
                    way.stream()
                            .map(Held::entry)
                            .filter(entry -> entry.capability().isCounted())
                            .findFirst();
        }
        return false;
    }

    private boolean fails(String reason) {
        unmet = Optional.of(reason);
        return false;
    }
}
