package dev.mapsovereign.engine.policy.cedar;

import java.util.List;

/** Which entities the head of a statement means, for one of its three variables. */
public sealed interface Scope {
    /** Whichever. */
    record Any() implements Scope {}

    /** {@code == uid}. */
    record Equal(EntityUid uid) implements Scope {}

    /** {@code in uid}, or for actions {@code in [uid, …]}. */
    record In(List<EntityUid> groups) implements Scope {
        public In {
            groups = List.copyOf(groups);
        }
    }

    /** {@code is Type}. */
    record Is(String type) implements Scope {}

    /** {@code is Type in uid}. */
    record IsIn(String type, EntityUid group) implements Scope {}

    /** Whether {@code uid} is meant. Never an error. */
    default boolean matches(EntityUid uid, Entities entities) {
        return switch (this) {
            case Any() -> true;
            case Equal(EntityUid wanted) -> wanted.equals(uid);
            case In(List<EntityUid> groups) ->
                    groups.stream().anyMatch(group -> entities.isIn(uid, group));
            case Is(String type) -> type.equals(uid.type());
            case IsIn(String type, EntityUid group) ->
                    type.equals(uid.type()) && entities.isIn(uid, group);
        };
    }
}
