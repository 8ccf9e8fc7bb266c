package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.identity.CapabilityName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
     * @param name exact or with wildcard
     * @param since when it was given; {@link Instant#MIN} for what was declared or configured, so
     *     that any revocation wins
     * @param expiresAt when it ends; {@link Instant#MAX} for never
     * @param source where it comes from: {@code configured}, {@code declared}, {@code granted}
     */
    public record Entry(CapabilityName name, Instant since, Instant expiresAt, String source) {}

    /**
     * One thing that was revoked.
     *
     * @param name exact or with wildcard
     * @param at when
     */
    public record Revocation(CapabilityName name, Instant at) {}

    private final Map<String, List<Entry>> allowed;
    private final List<Revocation> revoked;

    /** A set of what is allowed, minus what was revoked. */
    public CapabilitySet(Collection<Entry> entries, Collection<Revocation> revocations) {
        Map<String, List<Entry>> byName = new HashMap<>();
        for (Entry entry : entries) {
            byName.computeIfAbsent(entry.name().value(), absent -> new ArrayList<>()).add(entry);
        }
        allowed = Map.copyOf(byName);
        revoked = List.copyOf(revocations);
    }

    /** A set that allows these for ever. */
    public static CapabilitySet of(CapabilityName... names) {
        List<Entry> entries = new ArrayList<>();
        for (CapabilityName name : names) {
            entries.add(new Entry(name, Instant.MIN, Instant.MAX, "configured"));
        }
        return new CapabilitySet(entries, List.of());
    }

    /** Whether {@code wanted}, an exact name, is allowed at {@code now}. */
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
            if (now.isBefore(entry.expiresAt()) && !revoked(entry, wanted)) {
                return true;
            }
        }
        return false;
    }

    private boolean revoked(Entry entry, CapabilityName wanted) {
        for (Revocation revocation : revoked) {
            if (!revocation.at().isBefore(entry.since()) && revocation.name().covers(wanted)) {
                return true;
            }
        }
        return false;
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
