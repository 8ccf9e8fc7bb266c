package dev.mapsovereign.base.json;

/**
 * A number as I-JSON carries it: a finite IEEE 754 double. Minus zero becomes zero, since its
 * canonical form (RFC 8785 §3.2.2.3) is {@code 0} and equal values must have equal bytes.
 */
public record JsonNumber(double value) implements JsonValue {
    /** The largest whole number that every reader of JSON agrees on: 2^53 − 1 (RFC 7493 §2.2). */
    public static final long WHOLE_MAX = (1L << 53) - 1;

    /** Small numbers are most of what documents hold; sharing them bounds what a flood can cost. */
    private static final JsonNumber[] SMALL = small();

    private static final int SMALL_MIN = -128;
    private static final int SMALL_MAX = 1023;

    /**
     * @throws IllegalArgumentException for an infinity or what is no number
     */
    public JsonNumber {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("JSON has no " + value);
        }
        if (value == 0.0) {
            value = 0.0;
        }
    }

    /**
     * A whole number.
     *
     * @throws IllegalArgumentException beyond ±(2^53 − 1): write such values as text
     */
    public static JsonNumber of(long value) {
        if (value >= SMALL_MIN && value <= SMALL_MAX) {
            return SMALL[(int) value - SMALL_MIN];
        }
        if (value > WHOLE_MAX || value < -WHOLE_MAX) {
            throw new IllegalArgumentException(value + " is beyond the whole numbers of I-JSON");
        }
        return new JsonNumber(value);
    }

    /** Whether this is a whole number within ±(2^53 − 1). */
    public boolean isWhole() {
        return Math.abs(value) <= WHOLE_MAX && value == Math.rint(value);
    }

    /**
     * The whole number.
     *
     * @throws IllegalStateException when it is none, see {@link #isWhole()}
     */
    public long longValue() {
        if (!isWhole()) {
            throw new IllegalStateException(value + " is no whole number within ±(2^53 - 1)");
        }
        return (long) value;
    }

    @Override
    public String toString() {
        return CanonicalJson.text(this);
    }

    private static JsonNumber[] small() {
        JsonNumber[] numbers = new JsonNumber[SMALL_MAX - SMALL_MIN + 1];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = new JsonNumber((double) i + SMALL_MIN);
        }
        return numbers;
    }
}
