package dev.mapsovereign.engine.schema;

import dev.harrel.jsonschema.Dialects;
import dev.harrel.jsonschema.Error;
import dev.harrel.jsonschema.SchemaResolver;
import dev.harrel.jsonschema.Validator;
import dev.harrel.jsonschema.ValidatorFactory;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.Limits;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * A JSON Schema 2020-12, read once and used by many threads. A reference to another document fails
 * when the schema is read: nothing is ever fetched.
 */
public final class CompiledSchema {
    private static final URI ID = URI.create("urn:map:schema");

    private final Validator validator;
    private final URI id;

    private CompiledSchema(Validator validator, URI id) {
        this.validator = validator;
        this.id = id;
    }

    /**
     * Reads a schema.
     *
     * @throws IllegalArgumentException when it is not a valid schema
     */
    public static CompiledSchema of(JsonObject schema) {
        Validator validator =
                new ValidatorFactory()
                        .withDefaultDialect(new Dialects.Draft2020Dialect())
                        .withJsonNodeFactory(JsonValueNode.FACTORY)
                        .withSchemaResolver(uri -> SchemaResolver.Result.empty())
                        .createValidator();
        try {
            return new CompiledSchema(validator, validator.registerSchema(ID, schema));
        } catch (RuntimeException invalid) {
            throw new IllegalArgumentException(
                    "not a JSON Schema 2020-12: " + invalid.getMessage(), invalid);
        }
    }

    /**
     * One thing that is wrong with an instance.
     *
     * @param path where, as JSON Pointer; empty for the whole
     * @param message what
     */
    public record Problem(String path, String message) {
        /** For {@code details.errors}. */
        public JsonObject toJson() {
            return JsonObject.builder().put("path", path).put("message", message).build();
        }
    }

    /** What is wrong with the instance, at most {@link Limits#SCHEMA_PROBLEMS_MAX}. */
    public List<Problem> problems(JsonValue instance) {
        Validator.Result result = validator.validate(id, instance);
        if (result.isValid()) {
            return List.of();
        }
        List<Problem> problems = new ArrayList<>();
        for (Error error : result.getErrors()) {
            if (problems.size() == Limits.SCHEMA_PROBLEMS_MAX) {
                break;
            }
            problems.add(new Problem(error.getInstanceLocation(), clipped(message(error))));
        }
        return problems;
    }

    /** The problems as JSON. */
    public static JsonArray toJson(List<Problem> problems) {
        return new JsonArray(problems.stream().<JsonValue>map(Problem::toJson).toList());
    }

    /** The library's own words, but for a member that is not allowed: it says "False schema". */
    private static String message(Error error) {
        return error.getEvaluationPath().endsWith("/additionalProperties")
                ? "there is no such member"
                : error.getError();
    }

    private static String clipped(String message) {
        return message.length() <= Limits.SCHEMA_MESSAGE_MAX
                ? message
                : message.substring(0, Limits.SCHEMA_MESSAGE_MAX) + "…";
    }
}
