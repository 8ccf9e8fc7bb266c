package dev.mapsovereign.engine.policy.cedar;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The entities that a request knows of. One that is not among them is equal to itself, is in
 * nothing else, has no attribute, and to ask for one is an error.
 *
 * @param known by name
 */
public record Entities(Map<EntityUid, Known> known) {
    /**
     * One entity.
     *
     * @param attributes what is known of it
     * @param ancestors every entity that it is in, its parents' parents too
     */
    public record Known(Attributes attributes, Set<EntityUid> ancestors) {
        /** Copies the set. */
        public Known {
            ancestors = Set.copyOf(ancestors);
        }
    }

    /** Attributes by name; may be worked out when one is asked for. Used by one thread. */
    @FunctionalInterface
    public interface Attributes {
        Attributes NONE = _ -> Optional.empty();

        /** The attribute of that name. */
        Optional<Value> get(String name);
    }

    /** Copies the map. */
    public Entities {
        known = Map.copyOf(known);
    }

    Optional<Known> find(EntityUid uid) {
        return Optional.ofNullable(known.get(uid));
    }

    boolean isIn(EntityUid uid, EntityUid group) {
        if (uid.equals(group)) {
            return true;
        }
        Known entity = known.get(uid);
        return entity != null && entity.ancestors().contains(group);
    }
}
