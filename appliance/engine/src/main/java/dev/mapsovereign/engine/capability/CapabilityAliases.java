package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.config.ConfigSection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Names that stand for several operations, such as {@code map.mind.read} for all that reads in
 * MIND. Who holds the alias may call each of them, on the alias's terms: a limit counts their calls
 * together. An alias stands for operations alone, never for another alias or a pattern, so what it
 * covers is read in one place.
 *
 * @param operations what each alias stands for, by its name
 */
public record CapabilityAliases(Map<String, List<CapabilityName>> operations) {
    /** No aliases. */
    public static final CapabilityAliases NONE = new CapabilityAliases(Map.of());

    /** Copies the map. */
    public CapabilityAliases {
        operations = Map.copyOf(operations);
    }

    /** Reads the tables {@code [[engine.capability_alias]]}. */
    public static CapabilityAliases read(List<ConfigSection> tables) {
        Map<String, List<CapabilityName>> operations = new HashMap<>();
        for (ConfigSection table : tables) {
            CapabilityName name =
                    table.text("name").as(CapabilityAliases::exact, "map.mind.read").required();
            List<CapabilityName> covered =
                    table.texts("operations")
                            .as(
                                    names -> names.stream().map(CapabilityAliases::exact).toList(),
                                    List.of("map.mind.recall"))
                            .required();
            if (operations.put(name.value(), covered) != null) {
                table.problem("name", name + " is an alias already");
            }
        }
        for (ConfigSection table : tables) {
            table.texts("operations").optional().orElse(List.of()).stream()
                    .filter(operations::containsKey)
                    .forEach(each -> table.problem("operations", each + " is an alias itself"));
        }
        return new CapabilityAliases(operations);
    }

    private static CapabilityName exact(String text) {
        CapabilityName name = new CapabilityName(text);
        if (name.isPattern()) {
            throw new IllegalArgumentException(text + " is a pattern; an alias names operations");
        }
        return name;
    }

    /** That name, and what it stands for. */
    List<CapabilityName> all(CapabilityName name) {
        List<CapabilityName> covered = operations.get(name.value());
        if (covered == null) {
            return List.of(name);
        }
        List<CapabilityName> all = new ArrayList<>(covered);
        all.add(name);
        return all;
    }
}
