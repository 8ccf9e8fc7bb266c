package dev.mapsovereign.config;

import java.util.function.Function;

/**
 * How a setting's text becomes a value.
 *
 * @param fromToml from what stands in the file; throws IllegalArgumentException with the rule
 * @param fromText from an environment variable; likewise
 * @param placeholder stands in for a bad or missing value until all problems are known
 * @param toText how the value is shown
 */
record Kind<T>(
        Function<Object, T> fromToml,
        Function<String, T> fromText,
        T placeholder,
        Function<T, String> toText) {

    /** The same, followed by one more step. */
    <U> Kind<U> then(Function<T, U> parse, T example) {
        return new Kind<>(
                fromToml.andThen(parse),
                fromText.andThen(parse),
                parse.apply(example),
                Object::toString);
    }
}
