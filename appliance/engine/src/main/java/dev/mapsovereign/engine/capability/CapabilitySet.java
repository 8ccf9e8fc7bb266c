package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.identity.CapabilityName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a caller may do in a tenant: immutable, made for one question that is asked on every call.
 *
 * <p>The question is answered by at most three look-ups: the exact name, {@code map.<protocol>.*},
 * {@code map.*.*}. Each entry ends by itself at its expiry, whoever holds the set. What was revoked
 * is not in the set, except where a revocation cuts a hole into a wildcard: those holes are kept
 * beside it and win.
 */
public final class CapabilitySet {
    /** Allows nothing. */
    public static final CapabilitySet NOTHING = new CapabilitySet(List.of(), List.of());

    private static final CapabilityName ALL = new CapabilityName("map.*.*");

    /** Allows everything; for the operator on this host. */
    public static final CapabilitySet EVERYTHING =
            new CapabilitySet(List.of(new Entry(ALL, Instant.MAX, "operator")), List.of());

    /**
     * One thing that is allowed.
     *
     * @param name exact or with wildcard
     * @param expiresAt when it ends; {@link Instant#MAX} for never
     * @param source where it comes from: {@code configured}, {@code declared}, {@code granted}
     */
    public record Entry(CapabilityName name, Instant expiresAt, String source) {}

    private final Map<String, Entry> allowed;
    private final List<CapabilityName> holes;

    /**
     * A set of what is allowed, minus the holes.
     *
     * @param entries where two have the same name, the one that lasts longer counts
     * @param holes revoked names, exact or with wildcard
     */
    public CapabilitySet(Collection<Entry> entries, Collection<CapabilityName> holes) {
        Map<String, Entry> longest = new HashMap<>();
        for (Entry entry : entries) {
            longest.merge(
                    entry.name().value(),
                    entry,
                    (one, other) -> one.expiresAt().isBefore(other.expiresAt()) ? other : one);
        }
        this.allowed = Map.copyOf(longest);
        this.holes = List.copyOf(holes);
    }

    /** Whether {@code wanted}, an exact name, is allowed at {@code now}. */
    public boolean allows(CapabilityName wanted, Instant now) {
        return (holds(wanted.value(), now)
                        || holds(protocolWildcard(wanted.value()), now)
                        || holds(ALL.value(), now))
                && !inHole(wanted);
    }

    /** What is allowed at {@code now}, by name; holes are not subtracted from wildcards. */
    public List<Entry> entries(Instant now) {
        List<Entry> live = new ArrayList<>();
        for (Entry entry : allowed.values()) {
            if (now.isBefore(entry.expiresAt()) && !inHole(entry.name())) {
                live.add(entry);
            }
        }
        live.sort((one, other) -> one.name().value().compareTo(other.name().value()));
        return live;
    }

    /** What was revoked. */
    public List<CapabilityName> holes() {
        return holes;
    }

    private boolean holds(String name, Instant now) {
        Entry entry = allowed.get(name);
        return entry != null && now.isBefore(entry.expiresAt());
    }

    private boolean inHole(CapabilityName wanted) {
        for (CapabilityName hole : holes) {
            if (hole.covers(wanted)) {
                return true;
            }
        }
        return false;
    }

    /** {@code map.max.audit_query} → {@code map.max.*}; operations may hold further dots. */
    private static String protocolWildcard(String name) {
        return name.substring(0, name.indexOf('.', "map.".length()) + 1) + "*";
    }
}
