package dev.mapsovereign.plugin;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * What a plugin says of itself in {@code plugin.toml}; every value is checked against {@link
 * Limits}.
 *
 * @param name lower-case letters, digits and hyphens, at most 64
 * @param protocol the protocol whose operations it answers, upper case
 * @param binary path of the WASM file, relative to the plugin's folder
 * @param requires what the guest asks of the host: {@code wasi:clock}
 */
public record PluginManifest(
        String name,
        PluginVersion version,
        String description,
        String protocol,
        String binary,
        PluginAbi abi,
        Map<String, Operation> operations,
        Set<String> requires,
        int memoryPages,
        Duration callMax,
        int outputBytesMax,
        Map<String, String> config) {
    /** One operation: where its schemas lie, and whether it may be repeated without harm. */
    public record Operation(String request, String response, boolean idempotent) {}

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");
    private static final Pattern PROTOCOL = Pattern.compile("[A-Z][A-Z0-9_]{0,31}");
    private static final Pattern OPERATION = Pattern.compile("[a-z][a-z0-9_.]{0,63}");
    private static final Pattern FILE =
            Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*");
    private static final Set<String> REQUIREMENTS = Set.of("wasi:clock");

    public PluginManifest {
        operations = Map.copyOf(operations);
        requires = Set.copyOf(requires);
        config = Map.copyOf(config);
    }

    /**
     * Reads a manifest.
     *
     * @throws PluginRefusedException naming the first thing that is wrong
     */
    static PluginManifest parse(byte[] toml) throws PluginRefusedException {
        if (toml.length > Limits.MANIFEST_BYTES_MAX) {
            throw new PluginRefusedException(
                    "plugin.toml has "
                            + toml.length
                            + " bytes; "
                            + Limits.MANIFEST_BYTES_MAX
                            + " are allowed");
        }
        TomlParseResult parsed = Toml.parse(new String(toml, StandardCharsets.UTF_8));
        if (parsed.hasErrors()) {
            throw new PluginRefusedException("plugin.toml: " + parsed.errors().get(0));
        }
        try {
            return read(new Reader(parsed, "plugin"));
        } catch (IllegalArgumentException | org.tomlj.TomlInvalidTypeException e) {
            throw new PluginRefusedException("plugin.toml: " + e.getMessage(), e);
        }
    }

    private static PluginManifest read(Reader plugin) {
        plugin.onlyKeys(
                "name",
                "version",
                "description",
                "plugin_type",
                "protocol",
                "binary",
                "operations",
                "capabilities",
                "limits",
                "metadata",
                "config");
        plugin.oneOf("plugin_type", "Protocol");
        Reader binary = plugin.table("binary");
        binary.onlyKeys("source_type", "path", "abi");
        binary.oneOf("source_type", "wasm");
        Reader limits = plugin.optionalTable("limits");
        limits.onlyKeys("memory_pages", "max_ms", "max_output_bytes");
        return new PluginManifest(
                plugin.matching("name", NAME),
                PluginVersion.parse(plugin.text("version")),
                plugin.textOr("description", ""),
                plugin.matching("protocol", PROTOCOL),
                binary.matching("path", FILE),
                PluginAbi.of(binary.text("abi")),
                operations(plugin.table("operations")),
                requirements(plugin.optionalTable("capabilities")),
                limits.integer(
                        "memory_pages", 1, Limits.MEMORY_PAGES_MAX, Limits.MEMORY_PAGES_DEFAULT),
                Duration.ofMillis(
                        limits.integer(
                                "max_ms",
                                1,
                                (int) Limits.CALL_MAX.toMillis(),
                                (int) Limits.CALL_DEFAULT.toMillis())),
                limits.integer(
                        "max_output_bytes",
                        2,
                        Limits.OUTPUT_BYTES_MAX,
                        Limits.OUTPUT_BYTES_DEFAULT),
                plugin.optionalTable("config").texts());
    }

    private static Map<String, Operation> operations(Reader table) {
        Map<String, Operation> operations = new LinkedHashMap<>();
        for (String name : table.keys()) {
            if (!OPERATION.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        "operation '" + name + "' must match " + OPERATION);
            }
            Reader operation = table.table(name);
            operation.onlyKeys("request", "response", "idempotent");
            operations.put(
                    name,
                    new Operation(
                            operation.matching("request", FILE),
                            operation.matching("response", FILE),
                            operation.flag("idempotent")));
        }
        if (operations.isEmpty()) {
            throw new IllegalArgumentException("[plugin.operations] names no operation");
        }
        return operations;
    }

    private static Set<String> requirements(Reader capabilities) {
        capabilities.onlyKeys("requires");
        Set<String> wanted = Set.copyOf(capabilities.list("requires"));
        if (!REQUIREMENTS.containsAll(wanted)) {
            throw new IllegalArgumentException(
                    "[plugin.capabilities] requires "
                            + wanted
                            + "; this host offers "
                            + REQUIREMENTS);
        }
        return wanted;
    }

    /** Typed reads of one TOML table that say where they were. */
    private record Reader(@Nullable TomlTable at, String path) {
        Reader(TomlParseResult root, String name) {
            this(root.getTable(name), name);
            if (at == null) {
                throw new IllegalArgumentException("no [" + name + "] table");
            }
        }

        Set<String> keys() {
            return at == null ? Set.of() : at.keySet();
        }

        void onlyKeys(String... known) {
            for (String key : keys()) {
                if (!List.of(known).contains(key)) {
                    throw new IllegalArgumentException("unknown key " + path + "." + key);
                }
            }
        }

        Reader table(String name) {
            Reader found = optionalTable(name);
            if (found.at == null) {
                throw new IllegalArgumentException("no [" + found.path + "] table");
            }
            return found;
        }

        Reader optionalTable(String name) {
            return new Reader(at == null ? null : at.getTable(List.of(name)), path + "." + name);
        }

        String text(String name) {
            String value = at == null ? null : at.getString(List.of(name));
            if (value == null) {
                throw new IllegalArgumentException("no " + path + "." + name);
            }
            return value;
        }

        String textOr(String name, String otherwise) {
            String value = at == null ? null : at.getString(List.of(name));
            return value == null ? otherwise : value;
        }

        String matching(String name, Pattern pattern) {
            String value = text(name);
            if (!pattern.matcher(value).matches()) {
                throw new IllegalArgumentException(
                        path + "." + name + " = '" + value + "' must match " + pattern);
            }
            return value;
        }

        void oneOf(String name, String... allowed) {
            String value = text(name);
            if (!List.of(allowed).contains(value)) {
                throw new IllegalArgumentException(
                        path
                                + "."
                                + name
                                + " = '"
                                + value
                                + "' must be one of "
                                + List.of(allowed));
            }
        }

        boolean flag(String name) {
            Boolean value = at == null ? null : at.getBoolean(List.of(name));
            return value != null && value;
        }

        int integer(String name, int min, int max, int otherwise) {
            Long value = at == null ? null : at.getLong(List.of(name));
            if (value == null) {
                return otherwise;
            }
            if (value < min || value > max) {
                throw new IllegalArgumentException(
                        String.format(
                                Locale.ROOT,
                                "%s.%s = %d must be from %d to %d",
                                path,
                                name,
                                value,
                                min,
                                max));
            }
            return value.intValue();
        }

        List<String> list(String name) {
            TomlArray array = at == null ? null : at.getArray(List.of(name));
            if (array == null) {
                return List.of();
            }
            if (!array.toList().stream().allMatch(String.class::isInstance)) {
                throw new IllegalArgumentException(
                        path + "." + name + " must be a list of strings");
            }
            return array.toList().stream().map(String.class::cast).toList();
        }

        Map<String, String> texts() {
            Map<String, String> texts = new LinkedHashMap<>();
            keys().forEach(key -> texts.put(key, text(key)));
            return texts;
        }
    }
}
