package dev.mapsovereign.base.capability;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.time.UtcSeconds;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A condition under which alone a capability holds. Two spellings: MAP's texts ({@code time:09-17},
 * {@code jurisdiction:eu}, {@code action_kind:read-only}) and objects with a {@code type}.
 */
public sealed interface Caveat {
    /** Entries of a list in an object. */
    int VALUES_MAX = 64;

    /** Longest text, in characters. */
    int TEXT_LENGTH_MAX = 200;

    /**
     * Holds at these hours of each day, UTC; over midnight where {@code until} is not after {@code
     * from}.
     *
     * @param from first hour, 0 to 23
     * @param until the hour at whose beginning it ends, 1 to 24
     */
    record HoursOfDay(int from, int until) implements Caveat {
        private boolean has(Instant now) {
            int hour = now.atOffset(ZoneOffset.UTC).getHour();
            return from < until ? hour >= from && hour < until : hour >= from || hour < until;
        }
    }

    /** Holds only on sites that lie there. */
    record Jurisdiction(String name) implements Caveat {}

    /** Holds only for operations that change nothing. */
    record ReadOnly() implements Caveat {}

    /** Holds only for calls in one of these tenants. */
    record Tenants(Set<String> tenants) implements Caveat {
        public Tenants {
            tenants = Set.copyOf(tenants);
        }
    }

    /** Holds only from this time on. */
    record NotBefore(Instant time) implements Caveat {}

    /** Holds only for these versions of the protocol, for example {@code v1.0.0}. */
    record ProtocolVersions(Set<String> versions) implements Caveat {
        public ProtocolVersions {
            versions = Set.copyOf(versions);
        }
    }

    /** One that this release does not know: the capability is never effective. */
    record Unknown(JsonValue caveat) implements Caveat {}

    /**
     * Reads one; what is not known is kept as it stands.
     *
     * @throws IllegalArgumentException naming the rule, for a known one that is malformed
     */
    static Caveat parse(JsonValue value) {
        return switch (value) {
            case JsonString(String text) -> parse(text);
            case JsonObject object -> parse(object);
            default -> throw new IllegalArgumentException("must be a text or an object");
        };
    }

    /**
     * Reads one of MAP's texts; what is not known is kept as it stands.
     *
     * @throws IllegalArgumentException naming the rule
     */
    static Caveat parse(String text) {
        if (text.length() > TEXT_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "must have at most " + TEXT_LENGTH_MAX + " characters");
        }
        if (text.equals("action_kind:read-only")) {
            return new ReadOnly();
        }
        if (text.startsWith("time:")) {
            return hours(text);
        }
        if (text.startsWith("jurisdiction:")) {
            String name = text.substring("jurisdiction:".length());
            if (!Patterns.JURISDICTION.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        "must name a jurisdiction of a-z, 0-9 and '-', such as jurisdiction:eu");
            }
            return new Jurisdiction(name);
        }
        return new Unknown(new JsonString(text));
    }

    private static Caveat hours(String text) {
        Matcher hours = Patterns.HOURS.matcher(text);
        if (hours.matches()) {
            int from = Integer.parseInt(hours.group(1));
            int until = Integer.parseInt(hours.group(2));
            if (from <= 23 && until >= 1 && until <= 24 && from != until) {
                return new HoursOfDay(from, until);
            }
        }
        throw new IllegalArgumentException(
                "must be two different hours from 00 to 24, UTC, such as time:09-17");
    }

    private static Caveat parse(JsonObject object) {
        return switch (object.text("type").orElse("")) {
            case "tenant" -> new Tenants(texts(object));
            case "not_before" -> new NotBefore(time(object));
            case "protocol_version" -> new ProtocolVersions(texts(object));
            default -> new Unknown(object);
        };
    }

    private static Set<String> texts(JsonObject object) {
        List<String> texts = new ArrayList<>();
        for (JsonValue value : object.array("in").orElse(JsonArray.EMPTY).values()) {
            if (value instanceof JsonString(String text)) {
                texts.add(text);
            }
        }
        int entries = object.array("in").orElse(JsonArray.EMPTY).values().size();
        if (entries < 1 || entries > VALUES_MAX || texts.size() != entries) {
            throw new IllegalArgumentException(
                    "must have an array of 1 to " + VALUES_MAX + " texts named in");
        }
        return Set.copyOf(texts);
    }

    private static Instant time(JsonObject object) {
        try {
            return UtcSeconds.parse(object.text("at").orElse(""));
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "must have a time like 2026-01-31T09:00:00Z named at", e);
        }
    }

    /** Whether it can be told before there is a call. */
    default boolean dependsOnCall() {
        return this instanceof ReadOnly || this instanceof ProtocolVersions;
    }

    /**
     * Whether the condition is met; one that {@link #dependsOnCall} is not, where there is no call.
     */
    default boolean met(CallFacts facts) {
        Optional<CallFacts.Call> call = facts.call();
        return switch (this) {
            case HoursOfDay caveat -> caveat.has(facts.now());
            case Jurisdiction caveat -> facts.jurisdictions().contains(caveat.name());
            case ReadOnly ignored -> call.isPresent() && call.get().readOnly();
            case Tenants caveat -> caveat.tenants().contains(facts.tenant());
            case NotBefore caveat -> !facts.now().isBefore(caveat.time());
            case ProtocolVersions caveat ->
                    call.isPresent() && caveat.versions().contains(call.get().protocolVersion());
            case Unknown ignored -> false;
        };
    }

    /** The condition as it stands in a document. */
    default JsonValue json() {
        return switch (this) {
            case HoursOfDay caveat ->
                    new JsonString("time:%02d-%02d".formatted(caveat.from(), caveat.until()));
            case Jurisdiction caveat -> new JsonString("jurisdiction:" + caveat.name());
            case ReadOnly ignored -> new JsonString("action_kind:read-only");
            case Tenants caveat -> listed("tenant", caveat.tenants());
            case NotBefore caveat ->
                    JsonObject.builder()
                            .put("at", UtcSeconds.format(caveat.time()))
                            .put("type", "not_before")
                            .build();
            case ProtocolVersions caveat -> listed("protocol_version", caveat.versions());
            case Unknown caveat -> caveat.caveat();
        };
    }

    private static JsonObject listed(String type, Set<String> texts) {
        return JsonObject.builder()
                .put("in", JsonArray.ofStrings(texts.stream().sorted().toList()))
                .put("type", type)
                .build();
    }

    /** An interface's own constants are public. */
    final class Patterns {
        private static final Pattern HOURS = Pattern.compile("time:([0-9]{2})-([0-9]{2})");
        private static final Pattern JURISDICTION = Pattern.compile("[a-z0-9-]{2,32}");

        private Patterns() {}
    }
}
