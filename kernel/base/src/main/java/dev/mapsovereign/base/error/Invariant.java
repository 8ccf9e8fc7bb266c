package dev.mapsovereign.base.error;

/** Checks of what cannot be otherwise, on the way out and on the way in; always on. */
public final class Invariant {
    private Invariant() {}

    /**
     * @param holds what must be true
     * @param statement the invariant in words, as it should hold
     * @throws InvariantException when it does not hold
     */
    public static void check(boolean holds, String statement) {
        if (!holds) {
            throw new InvariantException("Invariant broken: " + statement);
        }
    }
}
