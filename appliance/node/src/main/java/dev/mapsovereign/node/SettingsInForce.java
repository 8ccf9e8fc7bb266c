package dev.mapsovereign.node;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.config.EffectiveSetting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The settings that a process runs on, by key. Used by one thread at a time. */
final class SettingsInForce {
    private static final System.Logger LOG = System.getLogger(SettingsInForce.class.getName());

    /** Sources of what nobody said; some of those values depend on the moment. */
    private static final Set<String> UNSAID = Set.of("default", "absent");

    private final Map<String, String> inForce;

    /** What the process was started with. */
    SettingsInForce(NodeConfig config) {
        inForce = new TreeMap<>(values(config));
    }

    private static Map<String, String> values(NodeConfig config) {
        return config.settings().stream()
                .filter(setting -> !UNSAID.contains(setting.source()))
                .collect(Collectors.toMap(EffectiveSetting::key, EffectiveSetting::value));
    }

    /** The value of that key, if somebody said one. */
    String of(String key, String otherwise) {
        return inForce.getOrDefault(key, otherwise);
    }

    /** Another value holds for now. */
    void put(String key, String value) {
        inForce.put(key, value);
    }

    /** What that configuration would change. */
    Newer against(NodeConfig newer) {
        return new Newer(values(newer));
    }

    /** What another reading of the configuration changes, and what becomes of each change. */
    final class Newer {
        private final Map<String, String> wanted;
        private final Set<String> waiting;
        private final List<String> applied = new ArrayList<>();

        private Newer(Map<String, String> wanted) {
            this.wanted = wanted;
            waiting = new TreeSet<>(inForce.keySet());
            waiting.addAll(wanted.keySet());
            waiting.removeIf(
                    key -> inForce.getOrDefault(key, "").equals(wanted.getOrDefault(key, "")));
        }

        /** Whether that key has another value. */
        boolean changes(String key) {
            return waiting.contains(key);
        }

        /** What files hold that a setting names was taken over, if it {@code changed}. */
        void applied(String key, boolean changed) {
            if (changed) {
                applied.add(key);
            }
        }

        /** The new values of those keys are in force from now on. */
        void take(Predicate<String> which) {
            for (String key : waiting.stream().filter(which).toList()) {
                waiting.remove(key);
                applied.add(key);
                inForce.remove(key);
                if (wanted.containsKey(key)) {
                    inForce.put(key, wanted.get(key));
                }
            }
        }

        /** Whether there is anything to tell. */
        boolean isEmpty() {
            return applied.isEmpty() && waiting.isEmpty();
        }

        /** Says it in the log; {@code applied} and {@code needs_restart}, lists of keys. */
        JsonObject told() {
            waiting.forEach(key ->
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "configuration: {0} is {1} in force and {2} in the file; restart to"
                                    + " take it",
                            key,
                            inForce.getOrDefault(key, "its default"),
                            wanted.getOrDefault(key, "its default")));
            LOG.log(
                    System.Logger.Level.INFO,
                    "configuration read again, applied: "
                            + (applied.isEmpty()
                                    ? "nothing had changed"
                                    : String.join(", ", applied)));
            return JsonObject.builder()
                    .put("applied", JsonArray.ofStrings(applied))
                    .put("needs_restart", JsonArray.ofStrings(waiting))
                    .build();
        }
    }
}
