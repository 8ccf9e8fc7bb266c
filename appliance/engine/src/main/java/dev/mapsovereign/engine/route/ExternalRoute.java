package dev.mapsovereign.engine.route;

import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.config.ConfigSection;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.balance.OutlierPolicy;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolVersion;
import dev.mapsovereign.engine.schema.CompiledSchema;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A protocol that remote processes serve, table {@code [[engine.external]]}.
 *
 * @param protocol canonical name
 * @param version version that they implement
 * @param endpoints where they listen
 * @param operations what they offer, read from a folder of schema files
 * @param callTimeout the most a call may take
 * @param callsMax calls that each endpoint may have at once
 * @param health how the endpoints' health is asked
 * @param outlier when one of them is left out
 * @param retry when a failed call is tried at another
 * @param tls whom to trust behind {@code https}, and what to show there
 */
public record ExternalRoute(
        String protocol,
        ProtocolVersion version,
        List<Endpoint> endpoints,
        List<OperationSpec> operations,
        Duration callTimeout,
        int callsMax,
        HealthPolicy health,
        OutlierPolicy outlier,
        RetryPolicy retry,
        UpstreamFiles tls) {
    private static final String REQUEST_SUFFIX = ".request.json";
    private static final String PREFIX = "operations.";
    private static final String EXAMPLE = "https://upstream.invalid/v1/dispatch";

    /** Copies the lists. */
    public ExternalRoute {
        endpoints = List.copyOf(endpoints);
        operations = List.copyOf(operations);
    }

    /**
     * Reads one table.
     *
     * @param egress every endpoint must be named there
     */
    public static ExternalRoute read(ConfigSection table, EgressPolicy egress) {
        List<Endpoint> endpoints = readEndpoints(table);
        for (Endpoint endpoint : endpoints) {
            URI address = endpoint.address().orElseThrow();
            if (!address.toString().equals(EXAMPLE) && !egress.allows(address)) {
                table.problem(
                        "endpoints", endpoint.name() + " is not named in sovereign.allowed_egress");
            }
        }
        Duration callTimeout =
                table.duration("call_timeout", Duration.ofMillis(10), Limits.CALL_TIMEOUT_MAX)
                        .orElse(Duration.ofSeconds(30));
        return new ExternalRoute(
                table.text("protocol")
                        .where(
                                name -> name.matches("[A-Z][A-Z0-9_-]{0,31}"),
                                "must be upper case, such as ECHO")
                        .required(),
                table.text("version").as(ProtocolVersion::parse, "v1.0.0").required(),
                endpoints,
                readOperations(table),
                callTimeout,
                table.integer("calls_max", 1, 100_000).orElse(Limits.REMOTE_CALLS_MAX),
                HealthPolicy.read(table),
                OutlierPolicy.read(table.section("outlier")),
                RetryPolicy.read(table.section("retry"), callTimeout),
                UpstreamFiles.read(table));
    }

    /** Those of the list weigh 1; those with a table of their own what it says. */
    private static List<Endpoint> readEndpoints(ConfigSection table) {
        List<Endpoint> endpoints = new ArrayList<>();
        table.texts("endpoints")
                .as(ExternalRoute::addresses, List.of(EXAMPLE))
                .optional()
                .orElse(List.of())
                .forEach(address -> endpoints.add(Endpoint.at(address, 1)));
        for (ConfigSection each : table.tables("endpoint")) {
            URI address = each.text("address").as(Endpoint::parse, EXAMPLE).required();
            int weight = each.integer("weight", 1, Limits.ENDPOINT_WEIGHT_MAX).orElse(1);
            endpoints.add(Endpoint.at(address, weight));
        }
        if (endpoints.isEmpty() || endpoints.size() > Limits.ENDPOINTS_MAX) {
            table.problem("endpoints", "must hold 1 to " + Limits.ENDPOINTS_MAX + " addresses");
        } else if (endpoints.stream().map(Endpoint::address).distinct().count()
                < endpoints.size()) {
            table.problem("endpoints", "one address stands there twice");
        }
        return endpoints;
    }

    private static List<OperationSpec> readOperations(ConfigSection table) {
        Path folder = table.path("schemas").required();
        try {
            return readOperations(folder);
        } catch (IOException | IllegalArgumentException | JsonException unreadable) {
            table.problem("schemas", folder + ": " + unreadable.getMessage());
            return List.of();
        }
    }

    /**
     * Reads the operations from a folder of files {@code operations.<op>.request.json} and {@code
     * operations.<op>.response.json}.
     *
     * @throws IllegalArgumentException when there is none, or one is not a schema
     */
    public static List<OperationSpec> readOperations(Path folder) throws IOException {
        List<OperationSpec> operations = new ArrayList<>();
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(folder, PREFIX + "*" + REQUEST_SUFFIX)) {
            for (Path request : files) {
                String file = String.valueOf(request.getFileName());
                String name =
                        file.substring(PREFIX.length(), file.length() - REQUEST_SUFFIX.length());
                Path response = folder.resolve(PREFIX + name + ".response.json");
                OperationSpec spec =
                        OperationSpec.read(
                                name, Files.readAllBytes(request), Files.readAllBytes(response));
                CompiledSchema.of(spec.requestSchema());
                operations.add(spec);
            }
        }
        if (operations.isEmpty()) {
            throw new IllegalArgumentException(
                    "no file " + PREFIX + "<op>" + REQUEST_SUFFIX + " in it");
        }
        operations.sort((one, other) -> one.name().compareTo(other.name()));
        return operations;
    }

    private static List<URI> addresses(List<String> texts) {
        return texts.stream().map(Endpoint::parse).toList();
    }

    /** Whether any endpoint is reached by TLS. */
    public boolean usesTls() {
        return endpoints.stream()
                .flatMap(endpoint -> endpoint.address().stream())
                .anyMatch(address -> "https".equals(address.getScheme()));
    }

    /** The same at other endpoints. */
    public ExternalRoute at(List<Endpoint> others) {
        return new ExternalRoute(
                protocol,
                version,
                others,
                operations,
                callTimeout,
                callsMax,
                health,
                outlier,
                retry,
                tls);
    }
}
