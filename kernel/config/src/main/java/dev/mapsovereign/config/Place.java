package dev.mapsovereign.config;

/**
 * Where a value, or a problem with it, comes from.
 *
 * @param text as a message names it
 * @param order by which messages are sorted: the line, then everything that has none
 */
record Place(String text, int order) {
    /** A line of the file, from 1. */
    static Place line(String file, int line) {
        return new Place(file + ":" + line, line);
    }

    /** The file as a whole. */
    static Place file(String file) {
        return new Place(file, 0);
    }

    /** An environment variable. */
    static Place variable(String name) {
        return new Place("environment " + name, Integer.MAX_VALUE);
    }
}
