package dev.mapsovereign.engine.route;

import dev.mapsovereign.engine.module.ProtocolVersion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where calls can go: immutable, replaced whole, so that a call sees one table from start to end.
 *
 * <p>Every spelling of a version that a caller may use is worked out here, once: {@code v1.0.0} for
 * exactly that, {@code v1} for the best in that major, none for the highest. "Best" and "highest"
 * look at stable versions alone; a pre-release is served only to those who name it exactly.
 */
public final class RouteTable {
    /** Nothing can be called. */
    public static final RouteTable EMPTY = new RouteTable(List.of());

    /** One protocol: its routes by each spelling of a version, and the highest stable one. */
    private record Versions(Map<String, Route> bySpelling, Optional<Route> highestStable) {}

    private final List<Route> routes;
    private final Map<String, Versions> byProtocol;

    /**
     * A table of these routes.
     *
     * @throws IllegalArgumentException when two serve the same version of the same protocol
     */
    public RouteTable(Collection<Route> routes) {
        this.routes = List.copyOf(routes);
        Map<String, List<Route>> grouped = new HashMap<>();
        for (Route route : routes) {
            grouped.computeIfAbsent(route.protocol(), absent -> new ArrayList<>()).add(route);
        }
        Map<String, Versions> table = new HashMap<>();
        grouped.forEach((protocol, group) -> table.put(protocol, versionsOf(group)));
        byProtocol = Map.copyOf(table);
    }

    private static Versions versionsOf(List<Route> routes) {
        List<Route> ascending = new ArrayList<>(routes);
        ascending.sort(Comparator.comparing(Route::version));
        Map<String, Route> bySpelling = new HashMap<>();
        Optional<Route> highestStable = Optional.empty();
        for (Route route : ascending) {
            if (bySpelling.put(route.version().toString(), route) != null) {
                throw new IllegalArgumentException(
                        route.protocol() + " " + route.version() + " is served twice");
            }
            if (route.version().stable()) {
                // Ascending order: the last one that writes is the highest.
                bySpelling.put("v" + route.version().major(), route);
                highestStable = Optional.of(route);
            }
        }
        return new Versions(Map.copyOf(bySpelling), highestStable);
    }

    /** Whether any version of that protocol is served. */
    public boolean serves(String protocol) {
        return byProtocol.containsKey(protocol);
    }

    /** The route that a caller means by that protocol and version. */
    public Optional<Route> find(String protocol, Optional<String> version) {
        Versions versions = byProtocol.get(protocol);
        if (versions == null) {
            return Optional.empty();
        }
        return version.isEmpty()
                ? versions.highestStable()
                : Optional.ofNullable(versions.bySpelling().get(version.get()));
    }

    /** All routes. */
    public List<Route> routes() {
        return routes;
    }

    /** The names of all protocols, in order. */
    public List<String> protocols() {
        return byProtocol.keySet().stream().sorted().toList();
    }

    /** The versions served of a protocol, highest first. */
    public List<ProtocolVersion> versions(String protocol) {
        return routes.stream()
                .filter(route -> route.protocol().equals(protocol))
                .map(Route::version)
                .sorted(Comparator.reverseOrder())
                .toList();
    }
}
