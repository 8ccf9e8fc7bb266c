package dev.mapsovereign.config;

/**
 * One thing that is wrong.
 *
 * @param where file and line, or the environment variable
 * @param message the key and what is wrong with it
 */
public record ConfigProblem(String where, String message) {
    @Override
    public String toString() {
        return where + ": " + message;
    }
}
