package dev.mapsovereign.gateway;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.request.Envelope;
import dev.mapsovereign.gateway.http.RequestException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * {@code GET /admin/trace} as the call that it stands for, {@code ADMIN.observability}: the query's
 * parameters become its input. Both have values that need no percent signs, so none are decoded.
 */
final class TraceQuery {
    /** Where it is asked. */
    static final String PATH = "/admin/trace";

    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,8}");
    private static final Pattern ID = Pattern.compile("[0-9a-f-]{1,64}");

    private TraceQuery() {}

    /**
     * Reads a request target.
     *
     * @throws RequestException {@code malformed_request} for anything else than {@code limit} and
     *     {@code correlation_id}, once each
     */
    static Envelope envelope(String target) throws RequestException {
        JsonObject input = JsonObject.EMPTY;
        int question = target.indexOf('?');
        if (question >= 0) {
            for (String pair : target.substring(question + 1).split("&", -1)) {
                input = with(input, pair);
            }
        }
        return new Envelope("ADMIN", Optional.empty(), "observability", input, Optional.empty());
    }

    private static JsonObject with(JsonObject input, String pair) throws RequestException {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "" : pair.substring(equals + 1);
        if (name.equals("limit") && !input.has(name) && NUMBER.matcher(value).matches()) {
            return input.toBuilder().put(name, Long.parseLong(value)).build();
        }
        if (name.equals("correlation_id") && !input.has(name) && ID.matcher(value).matches()) {
            return input.toBuilder().put(name, value).build();
        }
        throw RequestException.malformed(
                "the query holds something else than limit=<number> and correlation_id=<id>, once"
                        + " each");
    }
}
