package dev.mapsovereign.engine.policy.cedar;

/** The language's bounds, each with its reason. */
public final class Limits {
    /** Characters of one text: some two thousand lines, more than anybody reads before a yes. */
    public static final int TEXT_CHARACTERS_MAX = 64 << 10;

    /** Statements of one text. */
    public static final int STATEMENTS_MAX = 100;

    /**
     * Expressions inside one another: reading and judging recurse, each level some 1 KB of stack.
     */
    public static final int DEPTH_MAX = 64;

    /** Attributes and methods in one row, such as {@code a.b.c}: judging recurses here as well. */
    public static final int ACCESSES_MAX = 32;

    /** Characters of the policy's text that an error quotes. */
    static final int QUOTED_CHARACTERS_MAX = 40;

    private Limits() {}
}
