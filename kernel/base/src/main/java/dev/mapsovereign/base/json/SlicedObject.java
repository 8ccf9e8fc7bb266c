package dev.mapsovereign.base.json;

import java.util.Map;
import java.util.Optional;

/**
 * An object together with where the values of its own members stand in the bytes it was read from.
 * A range holds the value alone, without the name and without space around it.
 */
public record SlicedObject(JsonObject object, Map<String, Slice> slices) {
    public SlicedObject {
        slices = Map.copyOf(slices);
    }

    /** Where the value of that member stands. */
    public Optional<Slice> slice(String name) {
        return Optional.ofNullable(slices.get(name));
    }
}
