package dev.mapsovereign.engine.policy;

import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.policy.cedar.Request;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The policies in force from one moment until another: of each id the version that came into force
 * last. Immutable; safe for use by several threads.
 */
public final class ActivePolicies {
    /** No policy, ever. */
    static final ActivePolicies NONE =
            new ActivePolicies(Set.of(), PolicyLevel.EMPTY, Map.of(), Instant.MAX);

    private final Set<PolicyName> names;
    private final PolicyLevel site;
    private final Map<TenantId, PolicyLevel> tenants;
    private final Instant until;

    private ActivePolicies(
            Set<PolicyName> names,
            PolicyLevel site,
            Map<TenantId, PolicyLevel> tenants,
            Instant until) {
        this.names = names;
        this.site = site;
        this.tenants = tenants;
        this.until = until;
    }

    /**
     * Those in force at {@code now}.
     *
     * @param active every active version, of which some wait for their time
     */
    static ActivePolicies of(
            List<Policy> active, Instant now, Function<Policy, CompiledPolicy> compiled) {
        Map<String, Policy> newest = new TreeMap<>();
        Instant until = Instant.MAX;
        for (Policy policy : active) {
            if (policy.waits(now)) {
                Instant from = policy.waitsUntil().orElseThrow();
                until = from.isBefore(until) ? from : until;
            } else {
                newest.merge(policy.name().id(), policy, ActivePolicies::later);
            }
        }
        Map<Optional<TenantId>, List<CompiledPolicy>> levels = new HashMap<>();
        for (Policy policy : newest.values()) {
            levels.computeIfAbsent(policy.tenant(), _ -> new ArrayList<>())
                    .add(compiled.apply(policy));
        }
        PolicyLevel site = PolicyLevel.EMPTY;
        Map<TenantId, PolicyLevel> tenants = new HashMap<>();
        for (Map.Entry<Optional<TenantId>, List<CompiledPolicy>> level : levels.entrySet()) {
            Optional<TenantId> tenant = level.getKey();
            if (tenant.isPresent()) {
                tenants.put(tenant.get(), new PolicyLevel(PolicyLevel.TENANT, level.getValue()));
            } else {
                site = new PolicyLevel(PolicyLevel.SITE, level.getValue());
            }
        }
        return new ActivePolicies(
                newest.values().stream().map(Policy::name).collect(Collectors.toUnmodifiableSet()),
                site,
                Map.copyOf(tenants),
                until);
    }

    private static Policy later(Policy one, Policy other) {
        Comparator<Policy> byTime =
                Comparator.comparing((Policy each) -> each.waitsUntil().orElse(Instant.MIN))
                        .thenComparing(each -> each.activatedAt().orElse(Instant.MIN))
                        .thenComparing(Policy::name);
        return byTime.compare(one, other) >= 0 ? one : other;
    }

    /** Whether these are no longer the ones in force. */
    boolean over(Instant now) {
        return !now.isBefore(until);
    }

    /** Which versions these are. */
    public Set<PolicyName> names() {
        return names;
    }

    /** Whether no call has to be looked at. */
    public boolean isEmpty() {
        return site.isEmpty() && tenants.isEmpty();
    }

    /**
     * What the site's policies say, and unless they refuse, what the tenant's say. Both must let a
     * call pass: a tenant's permit widens nothing that the site narrowed.
     */
    public List<PolicyVerdict> judge(PolicyCall call) {
        Requests requests = new Requests(call);
        PolicyVerdict first = site.judge(call, requests);
        PolicyLevel own = tenants.get(call.tenant());
        return own == null || !first.outcome().allowed()
                ? List.of(first)
                : List.of(first, own.judge(call, requests));
    }

    /** Makes the request when first asked; its attributes remember what they worked out. */
    private static final class Requests implements Supplier<Request> {
        private final PolicyCall call;
        private Optional<Request> made = Optional.empty();

        Requests(PolicyCall call) {
            this.call = call;
        }

        @Override
        public Request get() {
            if (made.isEmpty()) {
                made = Optional.of(call.request());
            }
            return made.get();
        }
    }

    /**
     * The policies that would be asked about an operation of that tenant, by name; of either kind
     * where it is not known whether it is read-only.
     */
    public List<PolicyName> asked(
            TenantId tenant, CapabilityName operation, Optional<Boolean> readOnly) {
        return Stream.of(Optional.of(site), Optional.ofNullable(tenants.get(tenant)))
                .flatMap(Optional::stream)
                .flatMap(level -> level.asked(operation, readOnly).stream())
                .sorted()
                .toList();
    }
}
