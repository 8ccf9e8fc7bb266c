package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a caller may do in a tenant: immutable, made for one question that is asked on every call.
 *
 * <p>The question is answered by at most three look-ups: the exact name, {@code map.<protocol>.*},
 * {@code map.*.*}. An entry ends by itself at its expiry, whoever holds the set. A revocation wins
 * over everything that it covers and that is not younger than it: revoking one operation cuts a
 * hole into a wildcard, and granting it again afterwards fills the hole.
 */
public final class CapabilitySet {
    private static final CapabilityName ALL = new CapabilityName("map.*.*");

    static final String PASSED_ON_BY_NOBODY =
            "by a treaty or a delegation that may not be passed on";

    /** The source of what a document declares. */
    static final String DECLARED = "declared";

    /** Allows nothing. */
    public static final CapabilitySet NOTHING = new CapabilitySet(List.of(), List.of());

    /** Allows everything; for the operator on this host. */
    public static final CapabilitySet EVERYTHING = of(ALL);

    /**
     * One thing that is allowed.
     *
     * @param capability what, and on which terms
     * @param since when it was given; {@link Instant#MIN} for what was declared or configured, so
     *     that any revocation wins
     * @param source where it comes from: {@code configured}, {@code declared}, {@code granted},
     *     {@code delegated}, {@code treaty}
     * @param origin by whom, where others are party to it
     */
    public record Entry(Capability capability, Instant since, String source, Origin origin) {
        /** An entry that is the caller's own. */
        public Entry(Capability capability, Instant since, String source) {
            this(capability, since, source, Origin.Own.INSTANCE);
        }

        /** Whether it allows without looking further: no terms, and nobody else's right. */
        public boolean isPlain() {
            return capability.isPlain() && origin instanceof Origin.Own;
        }

        /** What is allowed, exact or with wildcard. */
        public CapabilityName name() {
            return capability.name();
        }

        /** When it ends; {@link Instant#MAX} for never. */
        public Instant expiresAt() {
            return capability.expires().orElse(Instant.MAX);
        }
    }

    /** Whose right an entry is. */
    public sealed interface Origin {
        /** The caller's own. */
        record Own() implements Origin {
            /** The only value needed. */
            public static final Own INSTANCE = new Own();
        }

        /**
         * Another agent's, who must be allowed at the time of the call.
         *
         * @param id of the delegation
         * @param delegator who gave it
         * @param mayDelegate whether it may be passed on
         */
        record Delegated(String id, AgentDid delegator, boolean mayDelegate) implements Origin {}

        /**
         * All agents' of an organization together.
         *
         * @param id of the treaty
         * @param whole bounds every call by the treaty
         */
        record Treaty(String id, Optional<Capability> whole) implements Origin {}

        /** Whether who holds this may delegate it. */
        default boolean mayBePassedOn() {
            return switch (this) {
                case Own() -> true;
                case Delegated delegated -> delegated.mayDelegate();
                case Treaty ignored -> false;
            };
        }
    }

    /**
     * One thing that was revoked.
     *
     * @param name exact or with wildcard
     * @param at when
     */
    public record Revocation(CapabilityName name, Instant at) {}

    /** By each name under which an entry is found: its own, and what it is an alias of. */
    private final Map<String, List<Entry>> allowed;

    private final List<Revocation> revoked;
    private final CapabilityAliases aliases;
    private final boolean hasTerms;

    /** A set of what is allowed, minus what was revoked. */
    public CapabilitySet(Collection<Entry> entries, Collection<Revocation> revocations) {
        this(entries, revocations, CapabilityAliases.NONE);
    }

    /** The same, where some names stand for several operations; of a revocation they do as well. */
    public CapabilitySet(
            Collection<Entry> entries,
            Collection<Revocation> revocations,
            CapabilityAliases aliases) {
        Map<String, List<Entry>> byName = new HashMap<>();
        for (Entry entry : entries) {
            for (CapabilityName name : aliases.all(entry.name())) {
                byName.computeIfAbsent(name.value(), absent -> new ArrayList<>()).add(entry);
            }
        }
        this.aliases = aliases;
        allowed = Map.copyOf(byName);
        revoked =
                revocations.stream()
                        .flatMap(revocation ->
                                aliases.all(revocation.name()).stream()
                                        .map(name -> new Revocation(name, revocation.at())))
                        .toList();
        hasTerms = entries.stream().anyMatch(entry -> !entry.isPlain());
    }

    /** A set that allows these for ever. */
    public static CapabilitySet of(CapabilityName... names) {
        List<Entry> entries = new ArrayList<>();
        for (CapabilityName name : names) {
            entries.add(new Entry(Capability.of(name), Instant.MIN, "configured"));
        }
        return new CapabilitySet(entries, List.of());
    }

    /**
     * Whether {@code wanted}, an exact name, is allowed at {@code now} without limits and caveats;
     * for what is allowed with them see {@link #onTerms}.
     */
    public boolean allows(CapabilityName wanted, Instant now) {
        String name = wanted.value();
        return allows(allowed.get(name), wanted, now)
                || allows(allowed.get(protocolPattern(name)), wanted, now)
                || allows(allowed.get(ALL.value()), wanted, now);
    }

    private boolean allows(
            @org.jspecify.annotations.Nullable List<Entry> entries,
            CapabilityName wanted,
            Instant now) {
        if (entries == null) {
            return false;
        }
        for (Entry entry : entries) {
            if (entry.isPlain() && now.isBefore(entry.expiresAt()) && !revoked(entry, wanted)) {
                return true;
            }
        }
        return false;
    }

    /** What allows {@code wanted}, an exact name, at {@code now} if more is looked at. */
    public List<Entry> onTerms(CapabilityName wanted, Instant now) {
        if (!hasTerms) {
            return List.of();
        }
        return live(wanted, now).filter(entry -> !entry.isPlain()).toList();
    }

    /** What covers {@code wanted} and is neither over nor revoked; first what has no terms. */
    List<Entry> liveInOrder(CapabilityName wanted, Instant now) {
        return live(wanted, now)
                .sorted(Comparator.comparing(entry -> !entry.capability().isPlain()))
                .toList();
    }

    private Stream<Entry> live(CapabilityName wanted, Instant now) {
        return covering(wanted).stream()
                .filter(entry -> now.isBefore(entry.expiresAt()))
                .filter(entry -> !revoked(entry, wanted));
    }

    /**
     * Why whoever holds this may not delegate {@code given}: nothing that may be passed on is at
     * least as wide. Empty if he may. Holes that a revocation cuts show at use.
     */
    public Optional<String> obstacleToDelegating(Capability given, Instant now) {
        Optional<String> obstacle = Optional.empty();
        for (Entry entry : entries(now)) {
            Optional<String> wider = given.widerThan(entry.capability());
            if (wider.isEmpty() && entry.origin().mayBePassedOn()) {
                return Optional.empty();
            }
            if (entry.name().covers(given.name())) {
                obstacle = wider.or(() -> Optional.of("it is held " + PASSED_ON_BY_NOBODY));
            }
        }
        return obstacle.or(() -> Optional.of("it is not held at all"));
    }

    /** Every entry that names or covers {@code wanted}, whether it holds now or not. */
    public List<Entry> covering(CapabilityName wanted) {
        List<Entry> covering = new ArrayList<>();
        String name = wanted.value();
        // A pattern may be asked for too, and is its own protocol's.
        for (String key : new LinkedHashSet<>(List.of(name, protocolPattern(name), ALL.value()))) {
            covering.addAll(allowed.getOrDefault(key, List.of()));
        }
        return covering;
    }

    private boolean revoked(Entry entry, CapabilityName wanted) {
        return !revoked.isEmpty() && revocation(entry, wanted).isPresent();
    }

    /** What takes {@code wanted} out of that entry. */
    public Optional<Revocation> revocation(Entry entry, CapabilityName wanted) {
        return revoked.stream()
                .filter(revocation -> !revocation.at().isBefore(entry.since()))
                .filter(revocation -> revocation.name().covers(wanted))
                .findFirst();
    }

    /** What is allowed at {@code now}, by name; see {@link #revocations} for holes in wildcards. */
    public List<Entry> entries(Instant now) {
        List<Entry> live = new ArrayList<>();
        own().filter(entry -> now.isBefore(entry.expiresAt()))
                .filter(entry -> !revoked(entry, entry.name()))
                .forEach(live::add);
        live.sort(Comparator.comparing(entry -> entry.name().value()));
        return live;
    }

    /** The same without what the caller's own document declares. */
    CapabilitySet withoutDeclared() {
        return new CapabilitySet(
                own().filter(entry -> !entry.source().equals(DECLARED)).toList(), revoked, aliases);
    }

    /** Each entry once, by its own name. */
    private Stream<Entry> own() {
        return allowed.entrySet().stream()
                .flatMap(found ->
                        found.getValue().stream()
                                .filter(entry -> entry.name().value().equals(found.getKey())));
    }

    /** What was revoked. */
    public List<Revocation> revocations() {
        return revoked;
    }

    /** {@code map.max.audit_query} → {@code map.max.*}; operations may hold further dots. */
    private static String protocolPattern(String name) {
        return name.substring(0, name.indexOf('.', "map.".length()) + 1) + "*";
    }
}
