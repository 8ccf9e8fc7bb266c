package dev.mapsovereign.base.json;

/** {@code null}: present and without a value, which is not the same as absent. */
public record JsonNull() implements JsonValue {
    /** The only one that this product makes. */
    public static final JsonNull INSTANCE = new JsonNull();

    @Override
    public String toString() {
        return "null";
    }
}
