package dev.mapsovereign.config;

import java.util.List;

/**
 * A setting as it was read, for {@code --check-config} and for the reference manual.
 *
 * @param key full, for example {@code gateway.bind}
 * @param variables the environment variables that override it
 * @param value as text; a confidential one is not shown
 * @param source file and line, environment variable, {@code default} or {@code absent}
 */
public record EffectiveSetting(String key, List<String> variables, String value, String source) {
    public EffectiveSetting {
        variables = List.copyOf(variables);
    }
}
