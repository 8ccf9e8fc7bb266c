package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonBoolean;
import dev.mapsovereign.base.json.JsonNull;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The rules of the terminal: facts to standard output, speech to standard error. */
final class Terminal {
    private final PrintStream out;
    private final PrintStream err;
    private final Map<String, String> environment;

    Terminal(PrintStream out, PrintStream err, Map<String, String> environment) {
        this.out = out;
        this.err = err;
        this.environment = Map.copyOf(environment);
    }

    Map<String, String> environment() {
        return environment;
    }

    /** Where results of a form of their own go, such as an exported file. */
    PrintStream out() {
        return out;
    }

    /** A line for the person who waits; never part of the result. */
    void say(String line) {
        err.println(visible(line));
    }

    void complain(String command, OperatorException failure) {
        err.println(command + ": " + visible(String.valueOf(failure.getMessage())));
        failure.hint().ifPresent(hint -> err.println("  " + visible(hint)));
    }

    /** Prints facts as one line of canonical JSON, or for people. */
    void show(JsonObject facts, OutputForm form) {
        if (form == OutputForm.JSON) {
            out.println(CanonicalJson.text(facts));
        } else {
            showForPeople(facts);
        }
        out.flush();
    }

    private void showForPeople(JsonObject facts) {
        int width = facts.members().keySet().stream().mapToInt(String::length).max().orElse(0) + 1;
        facts.members()
                .forEach((name, value) -> {
                    if (value instanceof JsonArray list && isTable(list)) {
                        out.println(words(name) + ":");
                        table(list).forEach(line -> out.println("  " + line));
                    } else if (value instanceof JsonObject inner) {
                        out.println(words(name) + ":");
                        inner.members()
                                .forEach((key, each) ->
                                        out.println("  " + words(key) + ": " + plain(each)));
                    } else {
                        out.println(pad(words(name) + ":", width) + " " + plain(value));
                    }
                });
    }

    private static boolean isTable(JsonArray list) {
        return !list.values().isEmpty()
                && list.values().stream().allMatch(JsonObject.class::isInstance);
    }

    private static List<String> table(JsonArray list) {
        Set<String> columns = new LinkedHashSet<>();
        list.values().forEach(row -> columns.addAll(((JsonObject) row).members().keySet()));
        List<List<String>> rows = new ArrayList<>();
        rows.add(columns.stream().map(Terminal::words).toList());
        for (JsonValue row : list.values()) {
            rows.add(
                    columns.stream()
                            .map(name ->
                                    ((JsonObject) row).get(name).map(Terminal::plain).orElse(""))
                            .toList());
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                int at = column;
                int width = rows.stream().mapToInt(each -> each.get(at).length()).max().orElse(0);
                line.append(pad(row.get(column), width)).append("  ");
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    private static String plain(JsonValue value) {
        return switch (value) {
            case JsonString text -> visible(text.value());
            case JsonBoolean truth -> truth.value() ? "yes" : "no";
            case JsonNumber _ -> CanonicalJson.text(value);
            case JsonNull _ -> "none";
            case JsonArray list ->
                    String.join(", ", list.values().stream().map(Terminal::plain).toList());
            case JsonObject _ -> CanonicalJson.text(value);
        };
    }

    /**
     * A file's name on a medium, or whatever else comes from outside, must not steer a terminal.
     */
    private static String visible(String text) {
        if (text.chars().noneMatch(Terminal::steers)) {
            return text;
        }
        StringBuilder shown = new StringBuilder();
        text.chars()
                .forEach(each ->
                        shown.append(
                                steers(each)
                                        ? String.format("\\u%04x", each)
                                        : Character.toString(each)));
        return shown.toString();
    }

    private static boolean steers(int character) {
        return Character.isISOControl(character) && character != '\n' && character != '\t';
    }

    private static String words(String name) {
        return name.replace('_', ' ');
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
