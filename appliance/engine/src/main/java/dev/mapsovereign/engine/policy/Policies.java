package dev.mapsovereign.engine.policy;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.RowTime;
import dev.mapsovereign.database.Work;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.policy.cedar.CedarSyntaxException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The policies of this site, in the database, and those in force in memory. A change is durable
 * before it is acknowledged and in force on this node from that moment; other nodes on the same
 * database take it over by {@link #refresh} within 60 s. While the database is away, what was read
 * last stays in force: nothing can have been changed here meanwhile.
 *
 * <p>A version never changes once it is here. Of one id at most one version is in force; another
 * one may be active and wait for its time. Safe for use by several threads.
 */
public final class Policies {
    private final Database database;
    private final Clock clock;

    /** Covers changes and readings of the rows, {@code active} and {@code compiled}. */
    private final ReentrantLock changing = new ReentrantLock();

    private List<Policy> active = List.of();
    private Map<PolicyName, CompiledPolicy> compiled = Map.of();
    private volatile ActivePolicies current = ActivePolicies.NONE;
    private volatile Runnable announcer = () -> {};

    private Policies(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Reads those that are active. */
    public static Policies open(Database database, Clock clock) {
        Policies policies = new Policies(database, clock);
        policies.refresh();
        return policies;
    }

    /** Runs {@code told} after changes made here, and not after those made on other nodes. */
    public void announceTo(Runnable told) {
        announcer = told;
    }

    /** Takes over what other nodes on the same database changed. */
    public void refresh() {
        changing.lock();
        try {
            take(database.read(PolicyRows::active));
        } finally {
            changing.unlock();
        }
    }

    /** Those in force at this moment. */
    public ActivePolicies current() {
        ActivePolicies known = current;
        // Without any policy no call pays for a look at the clock.
        return known == ActivePolicies.NONE || !known.over(clock.instant()) ? known : turned();
    }

    /** Those that will be, or were, in force at another time by what is active now. */
    public ActivePolicies at(Instant time) {
        changing.lock();
        try {
            return ActivePolicies.of(active, time, this::compiled);
        } finally {
            changing.unlock();
        }
    }

    /**
     * Those that would be in force with one more policy, which takes the place of the version of
     * its id.
     *
     * @param candidate what is tried; empty for those in force alone
     * @param alone whether the others are left out
     */
    public ActivePolicies trying(Optional<Policy> candidate, boolean alone, Instant time) {
        changing.lock();
        try {
            List<Policy> tried = new ArrayList<>();
            if (!alone) {
                active.stream()
                        .filter(policy ->
                                candidate
                                        .map(other -> !other.name().id().equals(policy.name().id()))
                                        .orElse(true))
                        .forEach(tried::add);
            }
            candidate.map(policy -> policy.activated(Instant.EPOCH)).ifPresent(tried::add);
            return ActivePolicies.of(tried, time, CompiledPolicy::stored);
        } finally {
            changing.unlock();
        }
    }

    private ActivePolicies turned() {
        changing.lock();
        try {
            if (current.over(clock.instant())) {
                take(active);
            }
            return current;
        } finally {
            changing.unlock();
        }
    }

    private void take(List<Policy> rows) {
        Map<PolicyName, CompiledPolicy> kept = new HashMap<>();
        // A version never changes, so what was read of it once stays true.
        rows.forEach(row -> kept.put(row.name(), compiled(row)));
        compiled = kept;
        active = List.copyOf(rows);
        current =
                rows.isEmpty()
                        ? ActivePolicies.NONE
                        : ActivePolicies.of(active, clock.instant(), this::compiled);
    }

    private CompiledPolicy compiled(Policy policy) {
        CompiledPolicy known = compiled.get(policy.name());
        return known != null ? known : CompiledPolicy.stored(policy);
    }

    /**
     * Keeps a new version, which is not active yet. The same version with the same content again
     * changes nothing.
     *
     * @param tenant whose calls it is for; empty for the whole site
     * @param activeFrom when it may come into force, at the earliest
     * @throws CedarSyntaxException when the text is none of the subset
     * @throws PolicyRefusedException when that version is here with other content, when other
     *     versions of that id are of another tenant, when {@code activeFrom} is past, and when
     *     there are too many
     */
    public Policy author(
            PolicyName name,
            Optional<TenantId> tenant,
            String body,
            Optional<Instant> activeFrom,
            String reason)
            throws CedarSyntaxException {
        CompiledPolicy.of(name, body);
        Instant now = RowTime.kept(clock.instant());
        Policy wanted =
                Policy.authored(name, tenant, body, activeFrom.map(RowTime::kept), reason, now);
        return database.durably(connection -> keep(connection, wanted));
    }

    /** Says whether {@link #author} would keep it, and changes nothing. */
    public void requireAuthorable(PolicyName name, Optional<TenantId> tenant, String body) {
        database.read(connection -> {
            requireFits(PolicyRows.of(connection, name.id()), name, tenant, body);
            return true;
        });
    }

    /**
     * Refuses a time that has passed by more than clocks differ.
     *
     * @throws PolicyRefusedException for such a one
     */
    public void requireNotPast(Optional<Instant> activeFrom) {
        Instant earliest = clock.instant().minus(Limits.POLICY_ACTIVE_FROM_TOLERANCE);
        if (activeFrom.isPresent() && activeFrom.get().isBefore(earliest)) {
            throw new PolicyRefusedException(
                    "active_from is past: "
                            + activeFrom.get()
                            + "; leave it out to let it come into force when it is activated");
        }
    }

    private Policy keep(Connection connection, Policy wanted) throws SQLException {
        List<Policy> versions = PolicyRows.of(connection, wanted.name().id());
        Optional<Policy> here =
                requireFits(versions, wanted.name(), wanted.tenant(), wanted.body());
        if (here.isPresent()) {
            if (!here.get().activeFrom().equals(wanted.activeFrom())) {
                throw new PolicyRefusedException(
                        wanted.name()
                                + " is here already with another active_from; a version never"
                                + " changes, so take the next");
            }
            return here.get();
        }
        requireNotPast(wanted.activeFrom());
        if (versions.size() >= Limits.POLICY_VERSIONS_MAX) {
            throw new PolicyRefusedException(
                    wanted.name().id()
                            + " has "
                            + versions.size()
                            + " versions, as many as can be kept");
        }
        if (!PolicyRows.insert(connection, wanted)) {
            throw new PolicyRefusedException(
                    wanted.name() + " was authored by somebody else at the same moment");
        }
        return wanted;
    }

    /** That version, where it is here with the same content. */
    private static Optional<Policy> requireFits(
            List<Policy> versions, PolicyName name, Optional<TenantId> tenant, String body) {
        for (Policy version : versions) {
            if (!version.tenant().equals(tenant)) {
                throw new PolicyRefusedException(
                        "the policy "
                                + name.id()
                                + " is of "
                                + version.scope()
                                + "; take another id for "
                                + Policy.scope(tenant));
            }
        }
        Optional<Policy> same =
                versions.stream().filter(version -> version.name().equals(name)).findFirst();
        if (same.isPresent() && !same.get().body().equals(body)) {
            throw new PolicyRefusedException(
                    name
                            + " is here already with another text; a version never changes, so take"
                            + " the next");
        }
        return same;
    }

    /**
     * Makes a version active: now, or from its {@code active_from} on where that is still to come.
     * It takes the place of the version in force when it comes into force itself.
     *
     * @throws PolicyRefusedException when there is no such version, when this release cannot read
     *     it, and when too many would be active
     */
    public Policy activate(PolicyName name) {
        return change(connection -> {
            List<Policy> versions = PolicyRows.of(connection, name.id());
            Policy wanted =
                    versions.stream()
                            .filter(version -> version.name().equals(name))
                            .findFirst()
                            .orElseThrow(() -> new PolicyRefusedException("there is no " + name));
            CompiledPolicy read = CompiledPolicy.stored(wanted);
            if (read.unreadable().isPresent()) {
                throw new PolicyRefusedException(
                        name + " cannot be read: " + read.unreadable().get());
            }
            requireRoom(connection, wanted, read);
            Instant now = laterThan(versions);
            Policy activated = wanted.activated(now);
            PolicyRows.update(connection, activated);
            for (Policy other : versions) {
                boolean same = other.name().equals(name);
                // Where the new one waits, the one in force stays until then.
                if (other.active() && !same && other.waits(now) == activated.waits(now)) {
                    PolicyRows.update(connection, other.retired(now));
                }
            }
            return activated;
        });
    }

    private static void requireRoom(Connection connection, Policy wanted, CompiledPolicy read)
            throws SQLException {
        int statements = read.statements().size();
        for (Policy policy : PolicyRows.active(connection)) {
            if (policy.tenant().equals(wanted.tenant())
                    && !policy.name().id().equals(wanted.name().id())) {
                statements += CompiledPolicy.stored(policy).statements().size();
            }
        }
        if (statements > Limits.POLICY_STATEMENTS_MAX) {
            throw new PolicyRefusedException(
                    "with "
                            + wanted.name()
                            + " "
                            + statements
                            + " statements of "
                            + wanted.scope()
                            + " would be active; the most is "
                            + Limits.POLICY_STATEMENTS_MAX);
        }
    }

    /**
     * Ends a policy: no version of that id is in force or waits afterwards.
     *
     * @return what was ended; empty when nothing of it was active
     */
    public List<Policy> retire(String id) {
        return change(connection -> {
            List<Policy> versions = PolicyRows.of(connection, id);
            if (versions.isEmpty()) {
                throw new PolicyRefusedException("there is no policy " + id);
            }
            Instant now = laterThan(versions);
            List<Policy> ended =
                    versions.stream()
                            .filter(Policy::active)
                            .map(version -> version.retired(now))
                            .toList();
            for (Policy version : ended) {
                PolicyRows.update(connection, version);
            }
            return ended;
        });
    }

    /** Every version of every policy, by id, oldest first. */
    public List<Policy> list() {
        return database.read(PolicyRows::all);
    }

    /** Every version of that policy, oldest first. */
    public List<Policy> versions(String id) {
        return database.read(connection -> PolicyRows.of(connection, id));
    }

    /** Changes rows durably and brings what is in force up to them. */
    private <T> T change(Work<T> work) {
        T done;
        changing.lock();
        try {
            done = database.durably(work);
            take(database.read(PolicyRows::active));
        } finally {
            changing.unlock();
        }
        announcer.run();
        return done;
    }

    /** Now, or one microsecond after the newest time where clocks stand still or go back. */
    private Instant laterThan(List<Policy> versions) {
        Instant now = RowTime.kept(clock.instant());
        for (Policy version : versions) {
            for (Optional<Instant> time : List.of(version.activatedAt(), version.retiredAt())) {
                if (time.isPresent() && !time.get().isBefore(now)) {
                    now = time.get().plus(1, ChronoUnit.MICROS);
                }
            }
        }
        return now;
    }
}
