package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads a verb's arguments into validated values; what is wrong is a usage error that names it. */
final class Arguments {
    private Arguments() {}

    static String text(JsonObject arguments, String name) {
        return arguments
                .text(name)
                .filter(text -> !text.isBlank())
                .orElseThrow(() -> new OperatorException(ExitCode.USAGE, name + " is missing"));
    }

    static TenantId tenant(JsonObject arguments) {
        return parsed(arguments, "tenant", TenantId::of);
    }

    static AgentDid did(JsonObject arguments) {
        return parsed(arguments, "did", AgentDid::parse);
    }

    static CapabilityName capability(JsonObject arguments) {
        return parsed(arguments, "capability", CapabilityName::new);
    }

    static Path path(JsonObject arguments, String name) {
        try {
            return Path.of(text(arguments, name));
        } catch (InvalidPathException e) {
            throw new OperatorException(
                    ExitCode.USAGE, name + " is not a path: " + e.getMessage(), e);
        }
    }

    static List<String> texts(JsonObject arguments, String name) {
        return arguments.array(name).orElse(JsonArray.of()).values().stream()
                .filter(JsonString.class::isInstance)
                .map(value -> ((JsonString) value).value())
                .toList();
    }

    static Optional<Instant> time(JsonObject arguments, String name) {
        return arguments
                .text(name)
                .map(text -> {
                    try {
                        return Instant.parse(text);
                    } catch (DateTimeParseException e) {
                        throw new OperatorException(
                                ExitCode.USAGE,
                                name + " is not a time: " + text,
                                "such as 2027-01-01T00:00:00Z");
                    }
                });
    }

    static <T> T parsed(JsonObject arguments, String name, Function<String, T> parse) {
        String text = text(arguments, name);
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            throw new OperatorException(ExitCode.USAGE, name + ": " + e.getMessage(), e);
        }
    }
}
