package dev.mapsovereign.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * One setting being read: which variables override it and what holds when it is absent. A bad value
 * is noted as a problem and the reading goes on with the default, or with a placeholder that {@link
 * ConfigRoot#finish} keeps from ever being used. For one thread.
 */
public final class Setting<T> {
    private final ConfigSection section;
    private final String key;
    private final Kind<T> kind;
    private final List<String> variables;
    private boolean confidential;

    Setting(ConfigSection section, String key, Kind<T> kind) {
        this(section, key, kind, new ArrayList<>());
    }

    private Setting(ConfigSection section, String key, Kind<T> kind, List<String> variables) {
        this.section = section;
        this.key = key;
        this.kind = kind;
        this.variables = variables;
    }

    /**
     * Environment variables that override the file, the first one set wins. An empty variable
     * counts as not set.
     */
    public Setting<T> env(String... names) {
        variables.addAll(List.of(names));
        return this;
    }

    /** Keeps the value out of every message and listing: it may hold a password. */
    public Setting<T> confidential() {
        confidential = true;
        return this;
    }

    /**
     * A further condition.
     *
     * @param rule what a message says of a value that fails, for example {@code must be absolute}
     */
    public Setting<T> where(Predicate<T> condition, String rule) {
        Function<T, T> check =
                value -> {
                    if (!condition.test(value)) {
                        throw new IllegalArgumentException(rule);
                    }
                    return value;
                };
        Kind<T> checked =
                new Kind<>(
                        kind.fromToml().andThen(check),
                        kind.fromText().andThen(check),
                        kind.placeholder(),
                        kind.toText());
        return with(checked);
    }

    /**
     * The setting as a type of its own.
     *
     * @param parse throws IllegalArgumentException with a text that names the broken rule
     * @param example a text that {@code parse} takes: it stands in for a bad value until all
     *     problems are known, and messages show it
     */
    public <U> Setting<U> as(Function<T, U> parse, T example) {
        return with(kind.then(parse, example));
    }

    private <U> Setting<U> with(Kind<U> other) {
        Setting<U> setting = new Setting<>(section, key, other, variables);
        setting.confidential = confidential;
        return setting;
    }

    /** The value, or this one when it is absent. */
    public T orElse(T otherwise) {
        Optional<T> value = read(show(otherwise), "default");
        return value.orElse(otherwise);
    }

    /** The value, or empty when it is absent. */
    public Optional<T> optional() {
        return read("", "absent");
    }

    /** The value; its absence is a problem. */
    public T required() {
        int problemsBefore = section.root().problems().count();
        Optional<T> value = read("", "absent");
        if (value.isEmpty() && section.root().problems().count() == problemsBefore) {
            section.missing(key, otherWay());
        }
        return value.orElse(kind.placeholder());
    }

    private String otherWay() {
        return variables.isEmpty() ? "" : " (or set " + String.join(" or ", variables) + ")";
    }

    private Optional<T> read(String shownWhenAbsent, String sourceWhenAbsent) {
        Optional<Object> inFile = section.take(key);
        for (String variable : variables) {
            Optional<String> text = section.root().variable(variable);
            if (text.isPresent()) {
                return convert(Place.variable(variable), text.get(), kind.fromText());
            }
        }
        if (inFile.isPresent()) {
            return convert(section.placeOf(key), inFile.get(), kind.fromToml());
        }
        note(shownWhenAbsent, sourceWhenAbsent);
        return Optional.empty();
    }

    private <S> Optional<T> convert(Place place, S source, Function<? super S, T> conversion) {
        try {
            T value = conversion.apply(source);
            note(show(value), place.text());
            return Optional.of(value);
        } catch (IllegalArgumentException e) {
            section.problem(place, key, complaint(String.valueOf(e.getMessage()), source));
            return Optional.empty();
        }
    }

    /** A rule is completed by the value that breaks it; any other text names it already. */
    private String complaint(String refusal, Object source) {
        boolean rule = refusal.startsWith("must ");
        if (confidential) {
            return rule ? refusal : "is refused (its value is not shown)";
        }
        return rule ? refusal + ", is " + Shown.value(source) : refusal;
    }

    private void note(String shown, String source) {
        section.root().note(new EffectiveSetting(section.fullKey(key), variables, shown, source));
    }

    private String show(T value) {
        return confidential ? "(not shown)" : kind.toText().apply(value);
    }
}
