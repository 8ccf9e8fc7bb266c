package dev.mapsovereign.engine.route;

import dev.mapsovereign.config.ConfigSection;
import dev.mapsovereign.engine.module.ProtocolVersion;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which versions of protocols come to an end, and when: tables {@code [[engine.version]]}.
 *
 * @param byVersion the end of each, by {@code PROTOCOL v1.0.0}
 */
public record VersionDates(Map<String, Ending> byVersion) {
    /** Every version goes on. */
    public static final VersionDates NONE = new VersionDates(Map.of());

    /**
     * The end of a version.
     *
     * @param deprecated since when callers are told to leave it (RFC 9745)
     * @param sunset from when it is not served (RFC 8594); empty: it is not settled
     */
    public record Ending(Instant deprecated, Optional<Instant> sunset) {
        /** Whether callers are told. */
        public boolean isDeprecated(Instant now) {
            return !now.isBefore(deprecated);
        }

        /** Whether it is served no more. */
        public boolean isRetired(Instant now) {
            return sunset.isPresent() && !now.isBefore(sunset.get());
        }
    }

    /** Copies the map. */
    public VersionDates {
        byVersion = Map.copyOf(byVersion);
    }

    /** Reads the tables. */
    public static VersionDates read(List<ConfigSection> tables) {
        Map<String, Ending> endings = new HashMap<>();
        for (ConfigSection table : tables) {
            String protocol = table.text("protocol").required();
            ProtocolVersion version =
                    table.text("version").as(ProtocolVersion::parse, "v1.0.0").required();
            Instant deprecated =
                    table.text("deprecated")
                            .as(VersionDates::time, "2027-01-01T00:00:00Z")
                            .required();
            Optional<Instant> sunset =
                    table.text("sunset").as(VersionDates::time, "2027-07-01T00:00:00Z").optional();
            if (sunset.isPresent() && sunset.get().isBefore(deprecated)) {
                table.problem("sunset", "must not be before deprecated");
            }
            if (endings.put(key(protocol, version), new Ending(deprecated, sunset)) != null) {
                table.problem("version", key(protocol, version) + " stands here twice");
            }
        }
        return new VersionDates(endings);
    }

    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "not a time in UTC such as 2027-01-01T00:00:00Z: " + text, e);
        }
    }

    private static String key(String protocol, ProtocolVersion version) {
        return protocol + " " + version;
    }

    /** The end of what that route serves, if it is settled. */
    public Optional<Ending> of(Route route) {
        return byVersion.isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(byVersion.get(key(route.protocol(), route.version())));
    }
}
