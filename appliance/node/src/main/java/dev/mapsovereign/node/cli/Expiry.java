package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map expiry}: every date that can stop this site. */
@Command(
        name = "expiry",
        description = {
            "Lists every date that can stop this site, soonest first: what stops then, what mends it.",
            "Ends with 1 if something is over, or not valid yet; with 3 if something could not be read."
        },
        footer = {"", "Example:", "  map expiry --at 2027-06-30"})
final class Expiry extends AdministrativeVerb {
    private static final List<String> COLUMNS =
            List.of("date", "in_days", "state", "what", "stops", "remedy");

    @Option(
            names = "--at",
            paramLabel = "DATE",
            description = "How it will be then: 2027-06-30 or an RFC 3339 time; default now.")
    private Optional<String> at = Optional.empty();

    Expiry(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "expiry";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().putIfPresent("at", at.map(Expiry::time)).build();
    }

    /** A day begins at midnight UTC. */
    private static String time(String text) {
        try {
            return text.contains("T")
                    ? Instant.parse(text).toString()
                    : LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC).toString();
        } catch (DateTimeException e) {
            throw new OperatorException(
                    ExitCode.USAGE,
                    "--at is neither a day nor a time: " + text,
                    "such as 2027-06-30 or 2027-06-30T12:00:00Z");
        }
    }

    @Override
    ExitCode exit(JsonObject result) {
        if (result.integer("stopped").orElse(1) > 0) {
            return ExitCode.FAILED;
        }
        boolean whole = result.array("not_read").orElse(JsonArray.EMPTY).values().isEmpty();
        return whole ? ExitCode.DONE : ExitCode.ENVIRONMENT;
    }

    /** For people in the order of reading, and without what is for programs. */
    @Override
    void show(JsonObject result) {
        if (output() == OutputForm.JSON) {
            super.show(result);
            return;
        }
        List<JsonValue> rows =
                result.array("dates").orElse(JsonArray.EMPTY).values().stream()
                        .map(row -> ordered((JsonObject) row))
                        .toList();
        JsonObject.Builder shown =
                JsonObject.builder()
                        .put("at", result.text("at").orElse(""))
                        .put("time_floor", result.text("time_floor").orElse(""))
                        .put("stopped", new JsonNumber(result.integer("stopped").orElse(0)))
                        .put("soon", new JsonNumber(result.integer("soon").orElse(0)))
                        .put("dates", new JsonArray(rows));
        result.array("not_read")
                .filter(list -> !list.values().isEmpty())
                .ifPresent(list -> shown.put("not_read", list));
        terminal().show(shown.build(), output());
    }

    private static JsonValue ordered(JsonObject row) {
        JsonObject.Builder ordered = JsonObject.builder();
        for (String column : COLUMNS) {
            ordered.put(column, row.get(column).orElse(new JsonString("")));
        }
        return ordered.build();
    }
}
