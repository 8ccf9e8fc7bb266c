package dev.mapsovereign.engine.policy.cedar;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The entities that a request knows of. One that is not among them is equal to itself, is in
 * nothing else, has no attribute, and to ask for one is an error. What is known of an entity may be
 * worked out when it is asked for. Used by one thread.
 */
@FunctionalInterface
public interface Entities {
    /**
     * One entity.
     *
     * @param attributes what is known of it
     * @param ancestors every entity that it is in, its parents' parents too
     */
    record Known(Attributes attributes, Set<EntityUid> ancestors) {
        /** Copies the set. */
        public Known {
            ancestors = Set.copyOf(ancestors);
        }
    }

    /** Attributes by name; may be worked out when one is asked for. Used by one thread. */
    @FunctionalInterface
    interface Attributes {
        Attributes NONE = _ -> Optional.empty();

        /** The attribute of that name. */
        Optional<Value> get(String name);
    }

    /** These and no others. */
    static Entities of(Map<EntityUid, Known> known) {
        return uid -> Optional.ofNullable(known.get(uid));
    }

    /** What is known of that entity. */
    Optional<Known> find(EntityUid uid);

    /** Whether an entity is another one or in it. */
    default boolean isIn(EntityUid uid, EntityUid group) {
        return uid.equals(group)
                || find(uid).map(known -> known.ancestors().contains(group)).orElse(false);
    }
}
