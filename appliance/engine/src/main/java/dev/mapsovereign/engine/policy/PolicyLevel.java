package dev.mapsovereign.engine.policy;

import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.engine.policy.cedar.Authorizer;
import dev.mapsovereign.engine.policy.cedar.EntityUid;
import dev.mapsovereign.engine.policy.cedar.Position;
import dev.mapsovereign.engine.policy.cedar.Request;
import dev.mapsovereign.engine.policy.cedar.Scope;
import dev.mapsovereign.engine.policy.cedar.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The policies in force on one level, the whole site or one tenant, by the actions that they name.
 *
 * <p>Cedar denies what nothing permits. Taken literally, the first active policy about one
 * operation would deny all others, and a lone {@code forbid} everything it names. So here the
 * capability is the permit: an operation that no policy in force names is left to it, and where
 * only forbids name it, it is judged together with a {@code permit (principal, action, resource);}
 * that stands for the capability. From the first {@code permit} on that names the operation, one
 * such must apply. What is judged by Cedar's rule is this set.
 *
 * <p>A {@code forbid} that cannot be judged is, to Cedar, one that does not apply. A call could
 * then pass it by leaving out what it looks at, so here it refuses.
 *
 * <p>Safe for use by several threads.
 */
final class PolicyLevel {
    static final String SITE = "site";
    static final String TENANT = "tenant";
    static final PolicyLevel EMPTY = new PolicyLevel(SITE, List.of());

    /** No policy's statement can be called so. */
    private static final Authorizer.Named PERMIT_BY_CAPABILITY =
            new Authorizer.Named(
                    "(capability)",
                    new Statement(
                            Statement.Effect.PERMIT,
                            Map.of(),
                            new Scope.Any(),
                            new Scope.Any(),
                            new Scope.Any(),
                            List.of(),
                            new Position(1, 1)));

    /** One statement of a policy. */
    private record Entry(int order, PolicyName policy, Authorizer.Named named) {}

    /** An operation and whether it is read-only: what decides which statements name it. */
    private record Key(String operation, boolean readOnly) {}

    /**
     * The statements that name an operation.
     *
     * @param judged what Cedar's rule is applied to
     * @param policies in which policy each named statement stands
     * @param permits the names of those that are permits, in order
     * @param forbids the names of the others
     */
    private record Consulted(
            List<Authorizer.Named> judged,
            Map<String, PolicyName> policies,
            List<String> permits,
            Set<String> forbids) {
        private static final Consulted NONE =
                new Consulted(List.of(), Map.of(), List.of(), Set.of());
    }

    private final String level;
    private final List<CompiledPolicy> unreadable;
    private final List<Entry> always = new ArrayList<>();
    private final Map<String, List<Entry>> exactly = new LinkedHashMap<>();
    private final Map<String, List<Entry>> within = new LinkedHashMap<>();
    private final Map<Key, Consulted> consulted = new ConcurrentHashMap<>();

    PolicyLevel(String level, List<CompiledPolicy> policies) {
        this.level = level;
        unreadable = policies.stream().filter(policy -> policy.unreadable().isPresent()).toList();
        int order = 0;
        for (CompiledPolicy policy : policies) {
            for (Authorizer.Named named : policy.statements()) {
                add(new Entry(order++, policy.name(), named));
            }
        }
    }

    private void add(Entry entry) {
        switch (entry.named().statement().action()) {
            case Scope.Any() -> always.add(entry);
            case Scope.Equal(EntityUid uid) -> add(exactly, uid, entry);
            case Scope.In(List<EntityUid> groups) ->
                    groups.forEach(group -> add(within, group, entry));
            case Scope.Is _, Scope.IsIn _ ->
                    throw new IllegalArgumentException("an action is named by == or in");
        }
    }

    private static void add(Map<String, List<Entry>> index, EntityUid uid, Entry entry) {
        if (uid.type().equals("Action")) {
            index.computeIfAbsent(uid.id(), _ -> new ArrayList<>()).add(entry);
        }
    }

    /** Whether it says nothing about anything. */
    boolean isEmpty() {
        return unreadable.isEmpty() && always.isEmpty() && exactly.isEmpty() && within.isEmpty();
    }

    /** Judges; the request is made only when some policy names the operation. */
    PolicyVerdict judge(PolicyCall call, Supplier<Request> request) {
        if (!unreadable.isEmpty()) {
            return unreadable();
        }
        Consulted asked = consulted(call.operation(), call.readOnly());
        if (asked.judged().isEmpty()) {
            return verdict(PolicyVerdict.Outcome.NOT_CONSULTED, asked, List.of(), Map.of());
        }
        Authorizer.Answer answer = Authorizer.judge(asked.judged(), request.get());
        List<String> failed =
                answer.errors().keySet().stream().filter(asked.forbids()::contains).toList();
        if (!answer.allowed() && !answer.determining().isEmpty()) {
            return verdict(
                    PolicyVerdict.Outcome.FORBIDDEN, asked, answer.determining(), answer.errors());
        }
        if (!failed.isEmpty()) {
            Map<String, String> errors = new LinkedHashMap<>(answer.errors());
            errors.keySet().retainAll(failed);
            return verdict(PolicyVerdict.Outcome.UNJUDGEABLE, asked, failed, errors);
        }
        if (!answer.allowed()) {
            return verdict(
                    PolicyVerdict.Outcome.NOT_PERMITTED, asked, asked.permits(), answer.errors());
        }
        return asked.permits().isEmpty()
                ? verdict(PolicyVerdict.Outcome.NOT_FORBIDDEN, asked, List.of(), answer.errors())
                : verdict(
                        PolicyVerdict.Outcome.PERMITTED,
                        asked,
                        answer.determining(),
                        answer.errors());
    }

    private PolicyVerdict unreadable() {
        Map<String, String> errors = new LinkedHashMap<>();
        unreadable.forEach(
                policy -> errors.put(policy.name().id(), policy.unreadable().orElseThrow()));
        return new PolicyVerdict(
                PolicyVerdict.Outcome.UNREADABLE,
                level,
                unreadable.stream().map(policy -> policy.name().id()).toList(),
                unreadable.stream().map(CompiledPolicy::name).toList(),
                errors);
    }

    private PolicyVerdict verdict(
            PolicyVerdict.Outcome outcome,
            Consulted asked,
            List<String> deciding,
            Map<String, String> errors) {
        return new PolicyVerdict(
                outcome,
                level,
                deciding,
                deciding.stream().map(asked.policies()::get).toList(),
                errors);
    }

    /** The policies that would be asked about an operation; of either kind where that is open. */
    List<PolicyName> asked(CapabilityName operation, Optional<Boolean> readOnly) {
        TreeSet<PolicyName> names = new TreeSet<>();
        unreadable.forEach(policy -> names.add(policy.name()));
        for (boolean kind : new boolean[] {true, false}) {
            if (readOnly.isEmpty() || readOnly.get() == kind) {
                names.addAll(find(operation, kind).policies().values());
            }
        }
        return List.copyOf(names);
    }

    private Consulted consulted(CapabilityName operation, boolean readOnly) {
        Key key = new Key(operation.value(), readOnly);
        Consulted known = consulted.get(key);
        if (known != null) {
            return known;
        }
        Consulted found = find(operation, readOnly);
        // Only operations that are served get here, so this is bounded by the schemas.
        consulted.put(key, found);
        return found;
    }

    private Consulted find(CapabilityName operation, boolean readOnly) {
        SortedMap<Integer, Entry> entries = new TreeMap<>();
        collect(always, entries);
        collect(exactly.get(operation.value()), entries);
        collect(within.get(operation.value()), entries);
        for (String group : ActionGroups.of(operation, readOnly)) {
            collect(within.get(group), entries);
        }
        if (entries.isEmpty()) {
            return Consulted.NONE;
        }
        List<Authorizer.Named> judged = new ArrayList<>();
        Map<String, PolicyName> policies = new LinkedHashMap<>();
        List<String> permits = new ArrayList<>();
        Set<String> forbids = new HashSet<>();
        for (Entry entry : entries.values()) {
            Authorizer.Named named = entry.named();
            judged.add(named);
            policies.put(named.name(), entry.policy());
            switch (named.statement().effect()) {
                case PERMIT -> permits.add(named.name());
                case FORBID -> forbids.add(named.name());
            }
        }
        if (permits.isEmpty()) {
            judged.add(PERMIT_BY_CAPABILITY);
        }
        return new Consulted(judged, policies, permits, forbids);
    }

    /** One that names an operation twice, by itself and by a group, is asked once. */
    private static void collect(@Nullable List<Entry> found, SortedMap<Integer, Entry> into) {
        if (found != null) {
            found.forEach(entry -> into.put(entry.order(), entry));
        }
    }
}
