package dev.mapsovereign.testing;

import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * Random numbers that can be had again: from the system property {@code map.test.seed} if set, else
 * from a new seed. {@link SeededRandomExtension} hands it to tests and names the seed when one
 * fails; elsewhere put {@link #toString} into the failure's text. Not safe for several threads.
 */
public final class SeededRandom implements RandomGenerator {
    /** The system property that repeats a run. */
    public static final String PROPERTY = "map.test.seed";

    private final long seed;
    private final Random random;

    /** Numbers of this seed. */
    public SeededRandom(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    /** Numbers of the property's seed, or of a new one. */
    public static SeededRandom create() {
        String property = System.getProperty(PROPERTY);
        return new SeededRandom(
                property == null ? new Random().nextLong() : Long.parseLong(property));
    }

    /** What repeats these numbers. */
    public long seed() {
        return seed;
    }

    /** That many random bytes. */
    public byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    @Override
    public long nextLong() {
        return random.nextLong();
    }

    @Override
    public String toString() {
        return "-D" + PROPERTY + "=" + seed;
    }
}
