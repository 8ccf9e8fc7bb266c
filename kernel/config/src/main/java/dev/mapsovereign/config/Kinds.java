package dev.mapsovereign.config;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.IoReason;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.tomlj.TomlArray;

/** The kinds of settings there are. */
final class Kinds {
    private Kinds() {}

    static Kind<String> text() {
        return new Kind<>(Kinds::asText, Function.identity(), "", text -> text);
    }

    static Kind<Long> integer(long min, long max) {
        String rule = "must be a whole number from " + min + " to " + max;
        return new Kind<>(
                value -> within(require(value, Long.class, rule), min, max, rule),
                text -> within(parseLong(text, rule), min, max, rule),
                min,
                number -> Long.toString(number));
    }

    static Kind<Boolean> bool() {
        String rule = "must be true or false";
        return new Kind<>(
                value -> require(value, Boolean.class, rule),
                text ->
                        switch (text.toLowerCase(Locale.ROOT)) {
                            case "true" -> true;
                            case "false" -> false;
                            default -> throw new IllegalArgumentException(rule);
                        },
                false,
                truth -> Boolean.toString(truth));
    }

    static Kind<Duration> duration(Duration min, Duration max) {
        Function<String, Duration> parse =
                text -> within(Durations.parse(text), min, max, "a duration", Durations::text);
        return new Kind<>(
                value -> parse.apply(require(value, String.class, Durations.RULE)),
                parse,
                min,
                Durations::text);
    }

    static Kind<Long> size(long min, long max) {
        Function<Long, Long> bound = size -> within(size, min, max, "a size", Sizes::text);
        return new Kind<>(
                value ->
                        bound.apply(
                                value instanceof Long bytes
                                        ? bytes
                                        : Sizes.parse(require(value, String.class, Sizes.RULE))),
                text -> bound.apply(Sizes.parse(text)),
                min,
                Sizes::text);
    }

    /**
     * @param folder against which a relative path of the file counts; one of the environment counts
     *     against the working directory, as in every shell
     */
    static Kind<Path> path(Path folder) {
        return new Kind<>(
                value -> folder.resolve(asPath(asText(value))).normalize(),
                text -> asPath(text).toAbsolutePath().normalize(),
                folder,
                Path::toString);
    }

    /**
     * A file with a secret.
     *
     * @param line whether one line end at its end belongs to the editor and not to the secret
     */
    static Kind<Secret> secretFile(Path folder, boolean line) {
        Kind<Path> path = path(folder);
        Function<Path, Secret> read = file -> readSecret(file, line);
        return new Kind<>(
                path.fromToml().andThen(read),
                path.fromText().andThen(read),
                Secret.copyOf(new byte[0]),
                Secret::toString);
    }

    static Kind<List<String>> texts() {
        return new Kind<>(
                Kinds::asTexts,
                text ->
                        Arrays.stream(text.split(",", -1))
                                .map(String::strip)
                                .filter(part -> !part.isEmpty())
                                .toList(),
                List.of(),
                texts -> String.join(",", texts));
    }

    static <E extends Enum<E>> Kind<E> choice(Class<E> type) {
        E[] constants = type.getEnumConstants();
        List<String> words = Arrays.stream(constants).map(Kinds::word).toList();
        Function<String, E> parse =
                text -> {
                    int at = words.indexOf(text);
                    if (at < 0) {
                        throw new IllegalArgumentException(
                                "must be one of "
                                        + String.join(", ", words)
                                        + DidYouMean.hint(text, words));
                    }
                    return constants[at];
                };
        return new Kind<>(value -> parse.apply(asText(value)), parse, constants[0], Kinds::word);
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static Secret readSecret(Path file, boolean line) {
        try {
            return line ? Secret.readLine(file) : Secret.readFile(file);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": " + IoReason.of(e), e);
        }
    }

    private static String asText(Object value) {
        return require(value, String.class, "must be a text in quotes");
    }

    private static Path asPath(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("must be a path");
        }
        return Path.of(text);
    }

    private static List<String> asTexts(Object value) {
        String rule = "must be a list of texts, such as [\"a\", \"b\"]";
        List<String> texts = new ArrayList<>();
        for (Object element : require(value, TomlArray.class, rule).toList()) {
            texts.add(require(element, String.class, rule));
        }
        return List.copyOf(texts);
    }

    private static long parseLong(String text, String rule) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(rule, e);
        }
    }

    private static <T> T require(Object value, Class<T> type, String rule) {
        if (!type.isInstance(value)) {
            throw new IllegalArgumentException(rule);
        }
        return type.cast(value);
    }

    private static long within(long value, long min, long max, String rule) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(rule);
        }
        return value;
    }

    private static <T extends Comparable<T>> T within(
            T value, T min, T max, String what, Function<T, String> text) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(
                    "must be " + what + " from " + text.apply(min) + " to " + text.apply(max));
        }
        return value;
    }
}
