package dev.mapsovereign.base.capability;

import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.time.UtcSeconds;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * A right and its terms, the same wherever it comes from: declared in a document, granted,
 * delegated.
 *
 * @param name the capability or pattern
 * @param expires when it ends, if it does
 * @param limits whole numbers by name, for example {@code max_per_hour}
 * @param caveats all of which must be met
 */
public record Capability(
        CapabilityName name,
        Optional<Instant> expires,
        Map<String, Long> limits,
        List<Caveat> caveats) {
    /** The limits on how often, with the seconds in which so many calls may happen. */
    public static final Map<String, Long> COUNTED =
            Map.of("calls_per_minute", 60L, "max_per_hour", 3_600L, "calls_per_day", 86_400L);

    /** The most bytes of a request's body. */
    public static final String INPUT_BYTES_MAX = "input_bytes_max";

    /**
     * The most that a call's input may ask for as {@code max_tokens}; it must ask for something.
     */
    public static final String MAX_TOKENS = "max_tokens";

    /** The members of its JSON form. */
    public static final Set<String> MEMBERS = Set.of("name", "expires", "limits", "caveats");

    private static final int LIMITS_MAX = 16;
    private static final int CAVEATS_MAX = 16;

    /** Copies the collections. */
    public Capability {
        limits = Map.copyOf(limits);
        caveats = List.copyOf(caveats);
    }

    /**
     * A capability without end, limits or caveats.
     *
     * @throws IllegalArgumentException if {@code name} is no capability
     */
    public static Capability of(String name) {
        return of(new CapabilityName(name));
    }

    /** The same of a name that is one. */
    public static Capability of(CapabilityName name) {
        return new Capability(name, Optional.empty(), Map.of(), List.of());
    }

    /**
     * Reads what {@link #json} writes. Limits and caveats that this release does not know are kept.
     *
     * @throws IllegalArgumentException naming the member and the rule that it breaks
     */
    public static Capability parse(JsonObject json) {
        for (String member : json.members().keySet()) {
            if (!MEMBERS.contains(member)) {
                throw new IllegalArgumentException("no member " + member + " is known");
            }
        }
        CapabilityName name =
                new CapabilityName(
                        json.text("name").orElseThrow(() -> refused("name", "must be a text")));
        return new Capability(name, expires(json), limits(json), caveats(json));
    }

    private static Optional<Instant> expires(JsonObject json) {
        if (!json.has("expires")) {
            return Optional.empty();
        }
        try {
            return Optional.of(UtcSeconds.parse(json.text("expires").orElse("")));
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "expires must be a time like 2026-01-31T09:00:00Z", e);
        }
    }

    private static Map<String, Long> limits(JsonObject json) {
        if (!json.has("limits")) {
            return Map.of();
        }
        JsonObject object =
                json.object("limits").orElseThrow(() -> refused("limits", "must be an object"));
        if (object.size() > LIMITS_MAX) {
            throw refused("limits", "must have at most " + LIMITS_MAX + " members");
        }
        Map<String, Long> limits = new TreeMap<>();
        for (String limit : object.members().keySet()) {
            long value = object.integer(limit).orElse(-1);
            if (value < 0) {
                throw refused("limits." + limit, "must be a whole number from 0");
            }
            limits.put(limit, value);
        }
        return limits;
    }

    private static List<Caveat> caveats(JsonObject json) {
        if (!json.has("caveats")) {
            return List.of();
        }
        List<JsonValue> values =
                json.array("caveats")
                        .orElseThrow(() -> refused("caveats", "must be an array"))
                        .values();
        if (values.size() > CAVEATS_MAX) {
            throw refused("caveats", "must have at most " + CAVEATS_MAX + " entries");
        }
        List<Caveat> caveats = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            try {
                caveats.add(Caveat.parse(values.get(i)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("caveats[" + i + "] " + e.getMessage(), e);
            }
        }
        return caveats;
    }

    private static IllegalArgumentException refused(String member, String rule) {
        return new IllegalArgumentException(member + " " + rule);
    }

    /** Whether one of its limits says how often. */
    public boolean isCounted() {
        return limits.keySet().stream().anyMatch(COUNTED::containsKey);
    }

    /** Whether neither limits nor caveats qualify it. */
    public boolean isPlain() {
        return limits.isEmpty() && caveats.isEmpty();
    }

    /**
     * What this release does not understand of it, and could not enforce: the names of limits and
     * the texts of caveats.
     */
    public List<String> notUnderstood() {
        List<String> unknown = new ArrayList<>();
        for (String limit : new TreeMap<>(limits).keySet()) {
            if (!COUNTED.containsKey(limit)
                    && !limit.equals(INPUT_BYTES_MAX)
                    && !limit.equals(MAX_TOKENS)) {
                unknown.add(limit);
            }
        }
        for (Caveat caveat : caveats) {
            if (caveat instanceof Caveat.Unknown) {
                unknown.add(words(caveat));
            }
        }
        return unknown;
    }

    /**
     * Why it does not stand for a call with these properties: the first term that is not met. What
     * is counted ({@link #COUNTED}) is the caller's. Terms that only a call can meet are passed
     * over where there is none.
     *
     * @return empty when it does
     */
    public Optional<String> unmet(CallFacts facts) {
        if (expires.isPresent() && !facts.now().isBefore(expires.get())) {
            return Optional.of("expired at " + expires.get());
        }
        List<String> unknown = notUnderstood();
        if (!unknown.isEmpty()) {
            return Optional.of(
                    unknown.getFirst() + " is not known to this release, so it cannot be enforced");
        }
        for (Caveat caveat : caveats) {
            boolean open = facts.call().isEmpty() && caveat.dependsOnCall();
            if (!open && !caveat.met(facts)) {
                return Optional.of(words(caveat) + " is not met");
            }
        }
        return facts.call().flatMap(this::exceeded);
    }

    private Optional<String> exceeded(CallFacts.Call call) {
        OptionalLong bytes = limit(INPUT_BYTES_MAX);
        if (bytes.isPresent() && call.inputBytes() > bytes.getAsLong()) {
            return Optional.of(
                    "the request has "
                            + call.inputBytes()
                            + " bytes, "
                            + INPUT_BYTES_MAX
                            + " is "
                            + bytes.getAsLong());
        }
        OptionalLong tokens = limit(MAX_TOKENS);
        if (tokens.isPresent()
                && (call.maxTokens().isEmpty()
                        || call.maxTokens().getAsLong() > tokens.getAsLong())) {
            return Optional.of(
                    "its input must ask for max_tokens of at most " + tokens.getAsLong());
        }
        return Optional.empty();
    }

    /** A limit, if there is one of that name. */
    public OptionalLong limit(String limit) {
        Long value = limits.get(limit);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /**
     * What is left of this under somebody else's, who gave it or vouches for it: the narrower name,
     * the earlier end, the lower limits, all caveats. Empty if they have nothing in common.
     */
    public Optional<Capability> narrowedBy(Capability giver) {
        CapabilityName narrower;
        if (giver.name.covers(name)) {
            narrower = name;
        } else if (name.covers(giver.name)) {
            narrower = giver.name;
        } else {
            return Optional.empty();
        }
        Map<String, Long> lower = new TreeMap<>(limits);
        giver.limits.forEach((limit, value) -> lower.merge(limit, value, Math::min));
        List<Caveat> all = new ArrayList<>(caveats);
        giver.caveats.stream().filter(caveat -> !all.contains(caveat)).forEach(all::add);
        return Optional.of(new Capability(narrower, earlier(expires, giver.expires), lower, all));
    }

    private static Optional<Instant> earlier(Optional<Instant> a, Optional<Instant> b) {
        if (a.isEmpty() || b.isEmpty()) {
            return a.isEmpty() ? b : a;
        }
        return a.get().isBefore(b.get()) ? a : b;
    }

    /**
     * In what this goes beyond {@code giver}, so that whoever holds that could not give this: the
     * name, the end, a limit that is higher or missing, a caveat that is missing.
     *
     * @return empty when it is nowhere wider
     */
    public Optional<String> widerThan(Capability giver) {
        if (!giver.name.covers(name)) {
            return Optional.of(giver.name + " does not cover " + name);
        }
        if (giver.expires.isPresent()
                && (expires.isEmpty() || expires.get().isAfter(giver.expires.get()))) {
            return Optional.of("it must end by " + giver.expires.get());
        }
        for (Map.Entry<String, Long> limit : new TreeMap<>(giver.limits).entrySet()) {
            if (limits.getOrDefault(limit.getKey(), Long.MAX_VALUE) > limit.getValue()) {
                return Optional.of(limit.getKey() + " must be at most " + limit.getValue());
            }
        }
        return giver.caveats.stream()
                .filter(caveat -> !caveats.contains(caveat))
                .findFirst()
                .map(caveat -> "it must have the caveat " + words(caveat));
    }

    /** Each caveat as one text; one that is an object in a document, as its JSON text. */
    public List<String> caveatTexts() {
        return caveats.stream().map(Capability::words).toList();
    }

    private static String words(Caveat caveat) {
        return caveat.json() instanceof JsonString(String text)
                ? text
                : CanonicalJson.text(caveat.json());
    }

    /** The entry as it stands in a document. */
    public JsonObject json() {
        JsonObject.Builder json = JsonObject.builder().put("name", name.value());
        expires.ifPresent(time -> json.put("expires", UtcSeconds.format(time)));
        terms().members().forEach(json::put);
        return json.build();
    }

    /** Its limits and caveats, where it has some. */
    public JsonObject terms() {
        JsonObject.Builder json = JsonObject.builder();
        if (!limits.isEmpty()) {
            JsonObject.Builder values = JsonObject.builder();
            new TreeMap<>(limits).forEach(values::put);
            json.put("limits", values.build());
        }
        if (!caveats.isEmpty()) {
            json.put("caveats", new JsonArray(caveats.stream().map(Caveat::json).toList()));
        }
        return json.build();
    }
}
