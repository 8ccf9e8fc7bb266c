package dev.mapsovereign.engine.schema;

import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.route.Operation;
import dev.mapsovereign.engine.route.Route;
import dev.mapsovereign.engine.route.RouteTable;
import dev.mapsovereign.engine.route.Routes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The schema files that the node serves below {@code /v1/schemas/}: the very ones that requests are
 * checked against.
 */
public final class SchemaCatalog {
    private static final Pattern PATH =
            Pattern.compile("([A-Za-z][A-Za-z0-9_-]{0,31})/(v[0-9]{1,6})/([a-z0-9_.]{1,96})");
    private static final Pattern FILE =
            Pattern.compile("operations\\.([a-z0-9_.]+)\\.(request|response)\\.json");

    private final Routes routes;

    /** Serves what the table of the moment holds. */
    public SchemaCatalog(Routes routes) {
        this.routes = routes;
    }

    /**
     * One file.
     *
     * @param path {@code <protocol>/v1/index.json} or {@code
     *     <protocol>/v1/operations.<op>.request.json}; the protocol in any case
     * @return canonical JSON; empty when there is no such file
     */
    public Optional<byte[]> find(String path) {
        Matcher match = PATH.matcher(path);
        if (!match.matches()) {
            return Optional.empty();
        }
        RouteTable table = routes.current();
        String protocol = match.group(1).toUpperCase(Locale.ROOT);
        String file = match.group(3);
        return table.find(protocol, Optional.of(match.group(2)))
                .flatMap(route ->
                        file.equals("index.json") ? Optional.of(index(route)) : one(route, file))
                .map(CanonicalJson::encode);
    }

    /** The paths of all index files, for people who look around. */
    public List<String> indexes() {
        List<String> paths = new ArrayList<>();
        for (Route route : routes.current().routes()) {
            String path =
                    route.protocol().toLowerCase(Locale.ROOT)
                            + "/v"
                            + route.version().major()
                            + "/index.json";
            if (!paths.contains(path)) {
                paths.add(path);
            }
        }
        return paths;
    }

    private static JsonObject index(Route route) {
        List<JsonValue> operations = new ArrayList<>();
        for (Operation operation : route.operations().values()) {
            operations.add(
                    JsonObject.builder()
                            .put("name", operation.spec().name())
                            .put("capability", operation.capability().value())
                            .put("read_only", operation.spec().readOnly())
                            .put("anonymous", operation.spec().anonymous())
                            .put(
                                    "request",
                                    "operations." + operation.spec().name() + ".request.json")
                            .put(
                                    "response",
                                    "operations." + operation.spec().name() + ".response.json")
                            .build());
        }
        return JsonObject.builder()
                .put("protocol", route.protocol())
                .put("version", route.version().toString())
                .put("tier", route.target().tier())
                .put("stability", route.version().stable() ? "stable" : "preview")
                .put("operations", new JsonArray(operations))
                .build();
    }

    private static Optional<JsonObject> one(Route route, String file) {
        Matcher match = FILE.matcher(file);
        if (!match.matches()) {
            return Optional.empty();
        }
        return route.operation(match.group(1))
                .map(operation ->
                        match.group(2).equals("request")
                                ? operation.spec().requestSchema()
                                : operation.spec().responseSchema());
    }
}
