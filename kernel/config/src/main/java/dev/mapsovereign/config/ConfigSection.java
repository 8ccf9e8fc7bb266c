package dev.mapsovereign.config;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * A table of the configuration, present or not: whoever reads it need not care whether a setting
 * comes from the file, the environment or its default. Every key that is asked for becomes known;
 * what nobody asked for is a problem at {@link ConfigRoot#finish}. For one thread.
 */
public final class ConfigSection {
    private static final Duration DURATION_MAX = Duration.ofDays(36_500);

    private final ConfigRoot root;
    private final String path;
    private final Optional<TomlTable> table;
    private final Place place;
    private final Set<String> asked = new HashSet<>();
    private final Map<String, ConfigSection> sections = new LinkedHashMap<>();
    private final Map<String, List<ConfigSection>> arrays = new LinkedHashMap<>();
    private boolean freeForm;

    /**
     * @param path the dotted path, empty for the whole file
     */
    ConfigSection(ConfigRoot root, String path, Optional<TomlTable> table, Place place) {
        this.root = root;
        this.path = path;
        this.table = table;
        this.place = place;
    }

    /** The dotted path of this table; empty for the whole file. */
    public String path() {
        return path;
    }

    /** Whether the file holds this table. */
    public boolean isPresent() {
        return table.isPresent();
    }

    /** A text. */
    public Setting<String> text(String key) {
        return new Setting<>(this, key, Kinds.text());
    }

    /** A whole number within bounds, both included. */
    public Setting<Long> integer(String key, long min, long max) {
        return new Setting<>(this, key, Kinds.integer(min, max));
    }

    /** A whole number within bounds, both included. */
    public Setting<Integer> integer(String key, int min, int max) {
        return new Setting<>(this, key, Kinds.integer(min, max).then(Math::toIntExact, (long) min));
    }

    /** {@code true} or {@code false}. */
    public Setting<Boolean> bool(String key) {
        return new Setting<>(this, key, Kinds.bool());
    }

    /** A length of time with its unit, {@code "30s"}, up to a hundred years. */
    public Setting<Duration> duration(String key) {
        return duration(key, Duration.ZERO, DURATION_MAX);
    }

    /** A length of time within bounds, both included. */
    public Setting<Duration> duration(String key, Duration min, Duration max) {
        return new Setting<>(this, key, Kinds.duration(min, max));
    }

    /** A number of bytes, {@code "64 MiB"} or plain. */
    public Setting<Long> size(String key) {
        return size(key, 0, Long.MAX_VALUE);
    }

    /** A number of bytes within bounds, both included. */
    public Setting<Long> size(String key, long min, long max) {
        return new Setting<>(this, key, Kinds.size(min, max));
    }

    /**
     * A path, made absolute: one in the file counts from the file's folder, one in the environment
     * from the working directory.
     */
    public Setting<Path> path(String key) {
        return new Setting<>(this, key, Kinds.path(root.folder()));
    }

    /** A list of texts; in the environment separated by commas. */
    public Setting<List<String>> texts(String key) {
        return new Setting<>(this, key, Kinds.texts());
    }

    /** One of the constants of an enum, in lower case. */
    public <E extends Enum<E>> Setting<E> choice(String key, Class<E> type) {
        return new Setting<>(this, key, Kinds.choice(type));
    }

    /** Where a server listens, {@code "127.0.0.1:8080"}. */
    public Setting<ListenAddress> listenAddress(String key) {
        return text(key).as(ListenAddress::parse, "127.0.0.1:0");
    }

    /**
     * The content of a secret file that the setting names: a regular file, no link, mode 0600 or
     * 0640 at most. Whoever reads it owns and closes it.
     */
    public Setting<Secret> secretFile(String key) {
        return new Setting<>(this, key, Kinds.secretFile(root.folder(), false));
    }

    /** As {@link #secretFile}, less one line end at the end, which editors add to passwords. */
    public Setting<Secret> passwordFile(String key) {
        return new Setting<>(this, key, Kinds.secretFile(root.folder(), true));
    }

    /** The table of that dotted path within this one. */
    public ConfigSection section(String dottedPath) {
        ConfigSection section = this;
        for (String name : dottedPath.split("\\.", -1)) {
            section = section.child(name);
        }
        return section;
    }

    /** The table of exactly that name within this one, be there dots in it. */
    public ConfigSection child(String name) {
        ConfigSection known = sections.get(name);
        if (known == null) {
            known = openChild(name);
            sections.put(name, known);
        }
        return known;
    }

    /** The names of the tables within this one, in the order of the file. */
    public List<String> children() {
        return names().stream().filter(name -> value(name).get() instanceof TomlTable).toList();
    }

    /** The tables of the array of that name ({@code [[name]]}), in the order of the file. */
    public List<ConfigSection> tables(String name) {
        List<ConfigSection> known = arrays.get(name);
        if (known == null) {
            known = openTables(name);
            arrays.put(name, known);
        }
        return known;
    }

    /**
     * Everything in this table as it stands, for settings that somebody else defines: a plugin's.
     * Dates become texts.
     */
    public JsonObject freeForm() {
        freeForm = true;
        return table.map(toml -> new FreeForm(this, toml).object()).orElse(JsonObject.EMPTY);
    }

    /**
     * Notes a problem that only the reader of this table can see, for example between two settings.
     *
     * @param message what is wrong, without the key
     */
    public void problem(String key, String message) {
        problem(placeOf(key), key, message);
    }

    void problem(Place at, String key, String message) {
        root.problems().add(at, fullKey(key) + ": " + message);
    }

    void missing(String key, String otherWay) {
        root.problems().addMissing(place, fullKey(key) + ": missing" + otherWay);
    }

    /** What stands in the file under that key, which is known from now on. */
    Optional<Object> take(String key) {
        asked.add(key);
        return value(key);
    }

    /** The line of that key; this table's own when the key is absent. */
    Place placeOf(String key) {
        return place(table.map(toml -> toml.inputPositionOf(List.of(key))));
    }

    String fullKey(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    ConfigRoot root() {
        return root;
    }

    Place place() {
        return place;
    }

    /** Notes as a problem whatever stands in this table and was never asked for. */
    void reportUnknown() {
        if (freeForm) {
            return;
        }
        for (String name : names()) {
            if (sections.containsKey(name) || arrays.containsKey(name)) {
                continue;
            }
            if (!asked.contains(name)) {
                String what =
                        value(name).get() instanceof TomlTable ? "unknown table" : "unknown key";
                problem(name, what + elsewhere(name));
            }
        }
        sections.values().forEach(ConfigSection::reportUnknown);
        arrays.values().forEach(list -> list.forEach(ConfigSection::reportUnknown));
    }

    /** The tables within this one that were asked for. */
    Collection<ConfigSection> sectionsRead() {
        return sections.values();
    }

    /** The full paths of all tables that were asked for and know that key. */
    void collectHomes(String key, Collection<String> homes) {
        if (asked.contains(key) && !path.isEmpty()) {
            homes.add(path);
        }
        sections.values().forEach(section -> section.collectHomes(key, homes));
    }

    private String elsewhere(String name) {
        Set<String> known = new TreeSet<>(asked);
        known.addAll(sections.keySet());
        known.addAll(arrays.keySet());
        String hint = DidYouMean.hint(name, known);
        if (!hint.isEmpty()) {
            return hint;
        }
        Set<String> homes = new TreeSet<>();
        root.top().collectHomes(name, homes);
        return homes.isEmpty() ? "" : "; it belongs to [" + String.join("] or [", homes) + "]";
    }

    private ConfigSection openChild(String name) {
        Optional<Object> value = value(name);
        Optional<TomlTable> inside = Optional.empty();
        if (value.isPresent()) {
            if (value.get() instanceof TomlTable found) {
                inside = Optional.of(found);
            } else if (!asked.contains(name)) {
                problem(name, "must be a table [" + fullKey(name) + "]");
            }
        }
        return new ConfigSection(root, fullKey(name), inside, placeOf(name));
    }

    private List<ConfigSection> openTables(String name) {
        Optional<Object> value = value(name);
        if (value.isEmpty()) {
            return List.of();
        }
        List<ConfigSection> elements = new ArrayList<>();
        if (value.get() instanceof TomlArray array) {
            for (int i = 0; i < array.size(); i++) {
                if (array.get(i) instanceof TomlTable element) {
                    elements.add(
                            new ConfigSection(
                                    root,
                                    fullKey(name) + "[" + i + "]",
                                    Optional.of(element),
                                    place(Optional.ofNullable(array.inputPositionOf(i)))));
                }
            }
            if (elements.size() == array.size()) {
                return List.copyOf(elements);
            }
        }
        problem(name, "must be a list of tables [[" + fullKey(name) + "]]");
        return List.copyOf(elements);
    }

    private Set<String> names() {
        return table.map(TomlTable::keySet).orElse(Set.of());
    }

    private Optional<Object> value(String key) {
        return table.map(toml -> toml.get(List.of(key)));
    }

    private Place place(Optional<TomlPosition> position) {
        return position.map(found -> Place.line(root.name(), found.line())).orElse(place);
    }
}
