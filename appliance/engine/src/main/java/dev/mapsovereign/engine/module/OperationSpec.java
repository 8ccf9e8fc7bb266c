package dev.mapsovereign.engine.module;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.util.regex.Pattern;

/**
 * What is known about an operation before it is called; read from its two schemas, so that the file
 * a client reads and the rule the engine follows cannot differ.
 *
 * @param name {@code [a-z][a-z0-9_.]*}, at most 64 characters
 * @param requestSchema JSON Schema 2020-12 of the input
 * @param responseSchema JSON Schema 2020-12 of the data answered
 * @param readOnly whether a call changes nothing; anything else gets an intent entry before it runs
 * @param anonymous whether a caller without credential may call it
 */
public record OperationSpec(
        String name,
        JsonObject requestSchema,
        JsonObject responseSchema,
        boolean readOnly,
        boolean anonymous) {
    /** Schema keyword: the operation changes nothing. */
    public static final String READ_ONLY_KEYWORD = "x-map-read-only";

    /** Schema keyword: no credential needed. */
    public static final String ANONYMOUS_KEYWORD = "x-map-anonymous";

    /** Schema keyword: the answer may come in parts. */
    public static final String STREAMS_KEYWORD = "x-map-streams";

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_.]{0,63}");

    /** Refuses a malformed name. */
    public OperationSpec {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not an operation name: " + name);
        }
    }

    /** Takes both marks from the top of the request schema; absent means false. */
    public static OperationSpec of(
            String name, JsonObject requestSchema, JsonObject responseSchema) {
        return new OperationSpec(
                name,
                requestSchema,
                responseSchema,
                requestSchema.bool(READ_ONLY_KEYWORD).orElse(false),
                requestSchema.bool(ANONYMOUS_KEYWORD).orElse(false));
    }

    /** Whether the answer may come in parts; heeded in the external tier. */
    public boolean streams() {
        return requestSchema.bool(STREAMS_KEYWORD).orElse(false);
    }

    /**
     * Reads both schema files.
     *
     * @throws dev.mapsovereign.base.json.JsonException when one of them is not a JSON object
     */
    public static OperationSpec read(String name, byte[] requestSchema, byte[] responseSchema) {
        return of(
                name,
                JsonReader.parseObject(requestSchema, JsonReader.Limits.DEFAULT),
                JsonReader.parseObject(responseSchema, JsonReader.Limits.DEFAULT));
    }
}
