package dev.mapsovereign.protocols.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.protocols.NativeModules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The part of docs/reference/protocols.md between its two marks is made from the schemas. To renew
 * it, run this test with {@code -Dreference.write=true}.
 */
final class ReferencePageTest {
    private static final String BEGIN = "<!-- operations: made from the schemas -->\n";
    private static final String END = "<!-- end of operations -->\n";

    @Test
    void page_isWhatTheSchemasSay() throws IOException {
        Path page = page();
        String before = Files.readString(page);
        int begin = before.indexOf(BEGIN) + BEGIN.length();
        int end = before.indexOf(END);
        assertThat(begin).as("first mark").isGreaterThanOrEqualTo(BEGIN.length());
        assertThat(end).as("second mark").isGreaterThanOrEqualTo(begin);
        String expected = before.substring(0, begin) + operations() + before.substring(end);
        if (Boolean.getBoolean("reference.write")) {
            Files.writeString(page, expected);
        }

        assertThat(Files.readString(page)).isEqualTo(expected);
    }

    private static Path page() {
        return Path.of("../../docs/reference/protocols.md");
    }

    private static String operations() {
        StringBuilder text = new StringBuilder();
        NativeModules.operations()
                .forEach((protocol, operations) -> {
                    text.append("\n## ").append(protocol).append("\n\n");
                    text.append("| Operation | Changes something | Without credential |");
                    text.append(" Capability |\n|---|---|---|---|\n");
                    operations.forEach(operation -> text.append(row(protocol, operation)));
                    operations.forEach(operation -> text.append(section(operation)));
                });
        return text.append('\n').toString();
    }

    private static String row(String protocol, OperationSpec operation) {
        return "| `%s` | %s | %s | `map.%s.%s` |\n"
                .formatted(
                        operation.name(),
                        operation.readOnly() ? "no" : "yes",
                        operation.anonymous() ? "yes" : "no",
                        protocol.toLowerCase(Locale.ROOT),
                        operation.name());
    }

    private static String section(OperationSpec operation) {
        return "\n### `"
                + operation.name()
                + "`\n\n"
                + operation.requestSchema().text("description").orElseThrow()
                + "\n"
                + table("Input", operation.requestSchema())
                + table("Data", operation.responseSchema());
    }

    private static String table(String title, JsonObject schema) {
        Map<String, JsonValue> members = schema.object("properties").orElseThrow().members();
        List<String> required =
                schema.array("required")
                        .map(array -> array.values().stream().map(JsonString.class::cast))
                        .map(names -> names.map(JsonString::value).toList())
                        .orElse(List.of());
        StringBuilder text = new StringBuilder("\n| " + title + " | Type | |\n|---|---|---|\n");
        members.forEach((name, value) ->
                text.append(member(name, (JsonObject) value, required.contains(name))));
        return text.toString();
    }

    private static String member(String name, JsonObject schema, boolean required) {
        List<String> words = new ArrayList<>();
        schema.text("description").ifPresent(words::add);
        bounds(schema).ifPresent(words::add);
        return "| `%s`%s | %s | %s |\n"
                .formatted(
                        name,
                        required ? "" : " (optional)",
                        type(schema),
                        String.join(" ", words).replace("<", "&lt;"));
    }

    private static java.util.Optional<String> bounds(JsonObject schema) {
        return schema.integer("maximum").isEmpty()
                ? java.util.Optional.empty()
                : java.util.Optional.of(
                        schema.integer("minimum").orElse(0)
                                + " to "
                                + schema.integer("maximum").getAsLong()
                                + ".");
    }

    private static String type(JsonObject schema) {
        if (schema.has("const")) {
            return "`" + schema.text("const").orElseThrow() + "`";
        }
        return schema.array("enum")
                .map(values ->
                        values.values().stream()
                                .map(value -> "`" + ((JsonString) value).value() + "`")
                                .collect(Collectors.joining(", ")))
                .orElseGet(() -> plainType(schema));
    }

    private static String plainType(JsonObject schema) {
        String type = schema.text("type").orElseThrow();
        if (type.equals("array")) {
            return "array of " + plainType(schema.object("items").orElseThrow());
        }
        return schema.object("properties")
                .map(properties ->
                        type
                                + " with "
                                + new TreeSet<>(properties.members().keySet())
                                        .stream()
                                                .map(name -> "`" + name + "`")
                                                .collect(Collectors.joining(", ")))
                .orElse(type);
    }
}
