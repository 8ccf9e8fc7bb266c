package dev.mapsovereign.engine.policy.cedar;

/**
 * The name of an entity, such as {@code Tenant::"acme"}.
 *
 * @param type its type with every namespace, such as {@code Agent} or {@code Map::Agent}
 * @param id any text
 */
public record EntityUid(String type, String id) implements Comparable<EntityUid> {
    @Override
    public int compareTo(EntityUid other) {
        int byType = type.compareTo(other.type);
        return byType != 0 ? byType : id.compareTo(other.id);
    }

    @Override
    public String toString() {
        return type + "::" + Strings.quoted(id);
    }
}
