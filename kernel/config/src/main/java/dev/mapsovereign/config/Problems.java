package dev.mapsovereign.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;

/** What was found wrong by now, in the order of the file when asked for. */
final class Problems {
    private record Found(Place place, String message) {}

    // A set: two readers of one key find the same problem.
    private final LinkedHashSet<Found> found = new LinkedHashSet<>();
    private boolean syntax;

    void add(Place place, String message) {
        found.add(new Found(place, message));
    }

    /** The file could be read only in part, so that an absent key says nothing. */
    void addSyntax(Place place, String message) {
        syntax = true;
        add(place, message);
    }

    /** A key that must be there and is not. */
    void addMissing(Place place, String message) {
        if (!syntax) {
            add(place, message);
        }
    }

    int count() {
        return found.size();
    }

    List<ConfigProblem> sorted() {
        List<Found> ordered = new ArrayList<>(found);
        ordered.sort(Comparator.comparingInt(problem -> problem.place().order()));
        return ordered.stream()
                .map(problem -> new ConfigProblem(problem.place().text(), problem.message()))
                .toList();
    }
}
