package dev.mapsovereign.engine.agreement;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseUnavailableException;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.agreement.AgreementRows.Kind;
import dev.mapsovereign.engine.agreement.AgreementRows.Row;
import dev.mapsovereign.engine.context.IdentityDirectory;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The delegations and treaties of this site. Taking and ending one is durable before it is
 * acknowledged and in force on this node from that moment; other nodes follow within {@link
 * Limits#CAPABILITIES_KEPT}. Signatures are verified when an agreement is taken, and again whenever
 * it is read: a representative's revocation suspends what he signed. Safe for use by several
 * threads.
 */
public final class Agreements {
    private static final System.Logger LOG = System.getLogger(Agreements.class.getName());

    /**
     * An agreement and what became of it here.
     *
     * @param <T> delegation or treaty
     * @param terms the agreement
     * @param importedAt when it was taken here
     * @param endedAt when an operator ended it
     * @param reason why he did
     * @param problem why it does not hold now; empty when it does
     */
    public record Held<T>(
            T terms,
            Instant importedAt,
            Optional<Instant> endedAt,
            String reason,
            Optional<String> problem) {}

    /**
     * What came of taking one.
     *
     * @param <T> delegation or treaty
     * @param held the agreement
     * @param fresh false when it was here already
     */
    public record Taken<T>(Held<T> held, boolean fresh) {}

    /** It is not signed as it has to be. */
    public static final class NotSignedException extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        NotSignedException(String message) {
            super(message);
        }
    }

    /** One kind of agreement: how it is read, and what is the matter with its signatures. */
    private record Form<T>(
            Kind kind, Function<SignedText, T> parse, Function<T, Optional<String>> problem) {}

    private record Treaties(Map<String, Held<Treaty>> byId, long readNanos) {
        boolean youngerThan(Duration age) {
            return System.nanoTime() - readNanos < age.toNanos();
        }
    }

    private final Form<Delegation> delegation =
            new Form<>(Kind.DELEGATION, Delegation::parse, this::problem);
    private final Form<Treaty> treaty = new Form<>(Kind.TREATY, Treaty::parse, this::problem);
    private final AgreementRows rows;
    private final SignatureCheck signatures;
    private final Clock clock;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final AtomicLong revision = new AtomicLong();
    private volatile Runnable announcer = () -> {};

    /** One thread reads the treaties, the others wait for it. */
    private final ReentrantLock reading = new ReentrantLock();

    private volatile @Nullable Treaties treaties;

    /** Agreements in that database. */
    public Agreements(
            Database database, IdentityDirectory identities, Ed25519 ed25519, Clock clock) {
        rows = new AgreementRows(database, clock);
        signatures = new SignatureCheck(identities, ed25519);
        this.clock = clock;
    }

    /** Tells {@code listener} of every change, after it is durable, before it is acknowledged. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** Runs {@code told} after changes made here, and not after those made on other nodes. */
    public void announceTo(Runnable told) {
        announcer = told;
    }

    /** Another node on this database changed something. */
    public void changedElsewhere() {
        forget();
        listeners.forEach(Runnable::run);
    }

    /** What documents say has changed: every signature is verified again. */
    public void forget() {
        revision.incrementAndGet();
        treaties = null;
    }

    private void changed() {
        changedElsewhere();
        announcer.run();
    }

    /**
     * What {@link #take(Delegation)} would say.
     *
     * @throws NotSignedException when its signature is not good
     * @throws IllegalArgumentException when it cannot be taken for another reason
     */
    public Held<Delegation> look(Delegation made) {
        if (made.expiresAt().isAfter(clock.instant().plus(Limits.DELEGATION_TIME_MAX))) {
            throw new IllegalArgumentException(
                    "it would hold for more than " + Limits.DELEGATION_TIME_MAX.toDays() + " days");
        }
        return look(delegation, made, row(made));
    }

    /**
     * What {@link #take(Treaty)} would say, but for a treaty of the same id.
     *
     * @throws NotSignedException when a signature is not good
     * @throws IllegalArgumentException when it cannot be taken for another reason
     */
    public Held<Treaty> look(Treaty made) {
        return look(treaty, made, row(made));
    }

    private <T> Held<T> look(Form<T> form, T made, Row row) {
        if (!row.active(clock.instant())) {
            throw new IllegalArgumentException("it ended at " + row.expiresAt());
        }
        Optional<String> problem = form.problem().apply(made);
        if (problem.isPresent()) {
            throw new NotSignedException(problem.get());
        }
        return new Held<>(made, row.importedAt(), Optional.empty(), "", Optional.empty());
    }

    /**
     * Takes a delegation. Whether the delegator holds what it gives is for the caller to see to.
     *
     * @throws NotSignedException when its signature is not good
     * @throws IllegalArgumentException when it cannot be taken for another reason
     * @throws DatabaseUnavailableException when it cannot be made durable
     */
    public Taken<Delegation> take(Delegation made) {
        look(made);
        Row row = row(made);
        Optional<Row> there = rows.insert(row, Limits.DELEGATIONS_HELD_MAX);
        return taken(there, held(delegation, there.orElse(row), made));
    }

    /**
     * Takes a treaty.
     *
     * @throws NotSignedException when a signature is not good
     * @throws IllegalArgumentException when it cannot be taken for another reason
     * @throws DatabaseUnavailableException when it cannot be made durable
     */
    public Taken<Treaty> take(Treaty made) {
        look(made);
        Instant now = clock.instant();
        if (rows.notEnded(Kind.TREATY).stream().filter(row -> row.active(now)).count()
                >= Limits.TREATIES_MAX) {
            throw new IllegalArgumentException(
                    Limits.TREATIES_MAX + " treaties are here already, the most");
        }
        Row row = row(made);
        Optional<Row> there = rows.insert(row, Limits.TREATIES_MAX);
        Treaty known = there.map(of -> Treaty.parse(text(of))).orElse(made);
        if (!known.text().digest().equals(made.text().digest())) {
            throw new IllegalArgumentException(
                    "another treaty has that id here; give the new one an id of its own");
        }
        return taken(there, held(treaty, there.orElse(row), known));
    }

    private Row row(Delegation made) {
        return row(
                Kind.DELEGATION,
                made.id(),
                Optional.of(made.tenant().value()),
                Optional.of(made.delegate().text()),
                made.text(),
                made.expiresAt());
    }

    private Row row(Treaty made) {
        return row(
                Kind.TREATY,
                made.id(),
                Optional.empty(),
                Optional.empty(),
                made.text(),
                made.expiresAt());
    }

    private Row row(
            Kind kind,
            String id,
            Optional<String> tenant,
            Optional<String> holder,
            SignedText text,
            Instant end) {
        return new Row(
                kind,
                id,
                tenant,
                holder,
                CanonicalJson.text(text.json()),
                rows.now(),
                end,
                Optional.empty(),
                "");
    }

    private <T> Taken<T> taken(Optional<Row> there, Held<T> held) {
        if (held.endedAt().isPresent()) {
            throw new IllegalArgumentException(
                    "it was ended here at " + held.endedAt().get() + "; sign another");
        }
        changed();
        return new Taken<>(held, there.isEmpty());
    }

    /** Ends a delegation, for ever; empty when there is none of that id. */
    public Optional<Held<Delegation>> endDelegation(String id, String reason) {
        return end(delegation, id, reason);
    }

    /** Ends a treaty, for ever; empty when there is none of that id. */
    public Optional<Held<Treaty>> endTreaty(String id, String reason) {
        return end(treaty, id, reason);
    }

    private <T> Optional<Held<T>> end(Form<T> form, String id, String reason) {
        Optional<Row> row = rows.end(form.kind(), id, reason);
        changed();
        return row.flatMap(of -> held(form, of));
    }

    /** Every delegation in that tenant, oldest first. */
    public List<Held<Delegation>> delegations(TenantId tenant) {
        return held(delegation, rows.delegations(tenant));
    }

    /** The delegations that hold now, of which that agent is the delegate. */
    public List<Held<Delegation>> delegationsTo(TenantId tenant, AgentDid delegate) {
        return held(delegation, rows.delegations(tenant, delegate)).stream()
                .filter(held -> held.problem().isEmpty())
                .filter(held -> held.terms().tenant().equals(tenant))
                .filter(held -> held.terms().delegate().equals(delegate))
                .toList();
    }

    /** Every treaty, oldest first. */
    public List<Held<Treaty>> treaties() {
        return held(treaty, rows.all(Kind.TREATY));
    }

    /** The treaty of that id, unless it was ended; whether it holds now is said in it. */
    public Optional<Held<Treaty>> treaty(String id) {
        return Optional.ofNullable(current().byId().get(id));
    }

    /** The treaties that hold now and name that agent as one that calls in that tenant. */
    public List<Held<Treaty>> treatiesFor(TenantId tenant, AgentDid agent) {
        Instant now = clock.instant();
        return current().byId().values().stream()
                .filter(held -> held.problem().isEmpty())
                .filter(held -> held.terms().holds(now))
                .filter(held -> letsIn(held.terms(), agent, tenant))
                .toList();
    }

    private static boolean letsIn(Treaty treaty, AgentDid agent, TenantId tenant) {
        return treaty.partyOf(agent)
                .map(party -> treaty.other(party).tenant().equals(tenant))
                .orElse(false);
    }

    /** From memory, or read again; an older state serves while the database is away. */
    private Treaties current() {
        Treaties known = treaties;
        if (known != null && known.youngerThan(Limits.CAPABILITIES_KEPT)) {
            return known;
        }
        reading.lock();
        try {
            Treaties meanwhile = treaties;
            if (meanwhile != null && meanwhile.youngerThan(Limits.CAPABILITIES_KEPT)) {
                return meanwhile;
            }
            return read(known);
        } finally {
            reading.unlock();
        }
    }

    private Treaties read(@Nullable Treaties stale) {
        long before = revision.get();
        Map<String, Held<Treaty>> byId = new HashMap<>();
        try {
            for (Held<Treaty> held : held(treaty, rows.notEnded(Kind.TREATY))) {
                byId.put(held.terms().id(), held);
            }
        } catch (DatabaseUnavailableException away) {
            if (stale != null && stale.youngerThan(Limits.CAPABILITIES_STALE_MAX)) {
                return stale;
            }
            throw away;
        }
        Treaties made = new Treaties(Map.copyOf(byId), System.nanoTime());
        treaties = made;
        // A change in between has dropped what was there, not what is put after it.
        if (revision.get() != before) {
            treaties = null;
        }
        return made;
    }

    private <T> List<Held<T>> held(Form<T> form, List<Row> of) {
        return of.stream().flatMap(row -> held(form, row).stream()).toList();
    }

    /** A row that somebody spoiled must not take the others with it. */
    private <T> Optional<Held<T>> held(Form<T> form, Row row) {
        try {
            return Optional.of(held(form, row, form.parse().apply(text(row))));
        } catch (IllegalArgumentException spoiled) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "the agreement {0} in the database cannot be read and counts for nothing: {1}",
                    row.id(),
                    spoiled.getMessage());
            return Optional.empty();
        }
    }

    private <T> Held<T> held(Form<T> form, Row row, T terms) {
        return new Held<>(
                terms,
                row.importedAt(),
                row.endedAt(),
                row.reason(),
                ended(row).or(() -> form.problem().apply(terms)));
    }

    private Optional<String> ended(Row row) {
        return row.endedAt()
                .map(time -> "it was ended at " + time)
                .or(() ->
                        row.active(clock.instant())
                                ? Optional.empty()
                                : Optional.of("it ended at " + row.expiresAt()));
    }

    private Optional<String> problem(Delegation delegation) {
        return signatures.problem(delegation.text(), delegation.delegator(), Delegation.PURPOSE);
    }

    private Optional<String> problem(Treaty treaty) {
        return treaty.parties().stream()
                .flatMap(party ->
                        signatures
                                .problem(treaty.text(), party.representedBy(), Treaty.PURPOSE)
                                .stream())
                .findFirst();
    }

    private static SignedText text(Row row) {
        return SignedText.parse(row.document().getBytes(StandardCharsets.UTF_8));
    }
}
