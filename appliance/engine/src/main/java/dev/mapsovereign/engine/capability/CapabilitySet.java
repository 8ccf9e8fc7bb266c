package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.capability.Capability;
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
     * @param source where it comes from: {@code configured}, {@code declared}, {@code granted}
     */
    public record Entry(Capability capability, Instant since, String source) {
        /** What is allowed, exact or with wildcard. */
        public CapabilityName name() {
            return capability.name();
        }

        /** When it ends; {@link Instant#MAX} for never. */
        public Instant expiresAt() {
            return capability.expires().orElse(Instant.MAX);
        }
    }

    /**
     * One thing that was revoked.
     *
     * @param name exact or with wildcard
     * @param at when
     */
    public record Revocation(CapabilityName name, Instant at) {}

    private final Map<String, List<Entry>> allowed;
    private final List<Revocation> revoked;
    private final boolean hasTerms;

    /** A set of what is allowed, minus what was revoked. */
    public CapabilitySet(Collection<Entry> entries, Collection<Revocation> revocations) {
        Map<String, List<Entry>> byName = new HashMap<>();
        for (Entry entry : entries) {
            byName.computeIfAbsent(entry.name().value(), absent -> new ArrayList<>()).add(entry);
        }
        allowed = Map.copyOf(byName);
        revoked = List.copyOf(revocations);
        hasTerms = entries.stream().anyMatch(entry -> !entry.capability().isPlain());
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
            if (entry.capability().isPlain()
                    && now.isBefore(entry.expiresAt())
                    && !revoked(entry, wanted)) {
                return true;
            }
        }
        return false;
    }

    /** What allows {@code wanted}, an exact name, at {@code now} with limits or caveats. */
    public List<Entry> onTerms(CapabilityName wanted, Instant now) {
        if (!hasTerms) {
            return List.of();
        }
        return covering(wanted).stream()
                .filter(entry -> !entry.capability().isPlain())
                .filter(entry -> now.isBefore(entry.expiresAt()))
                .filter(entry -> !revoked(entry, wanted))
                .toList();
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
        for (List<Entry> sameName : allowed.values()) {
            for (Entry entry : sameName) {
                if (now.isBefore(entry.expiresAt()) && !revoked(entry, entry.name())) {
                    live.add(entry);
                }
            }
        }
        live.sort(Comparator.comparing(entry -> entry.name().value()));
        return live;
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
