package dev.mapsovereign.engine.route;

import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.config.ConfigSection;
import dev.mapsovereign.engine.Limits;
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
import java.util.Optional;

/**
 * A protocol that remote processes serve, table {@code [[engine.external]]}.
 *
 * @param protocol canonical name
 * @param version version that they implement
 * @param endpoints where they listen
 * @param operations what they offer, read from a folder of schema files
 * @param callTimeout the most a call may take
 * @param callsMax calls that each endpoint may have at once
 * @param healthPath path that answers 200 while an endpoint is well; empty to ask nothing
 */
public record ExternalRoute(
        String protocol,
        ProtocolVersion version,
        List<URI> endpoints,
        List<OperationSpec> operations,
        Duration callTimeout,
        int callsMax,
        Optional<String> healthPath) {
    private static final String REQUEST_SUFFIX = ".request.json";
    private static final String PREFIX = "operations.";
    private static final URI EXAMPLE = URI.create("https://127.0.0.1:9443/v1/dispatch");

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
        List<URI> endpoints =
                table.texts("endpoints")
                        .as(ExternalRoute::addresses, List.of(EXAMPLE.toString()))
                        .where(
                                list -> !list.isEmpty() && list.size() <= Limits.ENDPOINTS_MAX,
                                "must hold 1 to " + Limits.ENDPOINTS_MAX + " addresses")
                        .required();
        for (URI endpoint : endpoints) {
            if (!endpoint.equals(EXAMPLE) && !egress.allows(endpoint)) {
                table.problem(
                        "endpoints",
                        endpoint.getAuthority() + " is not named in sovereign.allowed_egress");
            }
        }
        return new ExternalRoute(
                table.text("protocol")
                        .where(
                                name -> name.matches("[A-Z][A-Z0-9_-]{0,31}"),
                                "must be upper case, such as ECHO")
                        .required(),
                table.text("version").as(ProtocolVersion::parse, "v1.0.0").required(),
                endpoints,
                readOperations(table),
                table.duration("call_timeout", Duration.ofMillis(10), Limits.CALL_TIMEOUT_MAX)
                        .orElse(Duration.ofSeconds(30)),
                table.integer("calls_max", 1, 100_000).orElse(Limits.REMOTE_CALLS_MAX),
                table.text("health_path")
                        .where(path -> path.matches("/[!-~]{0,200}"), "must begin with /")
                        .optional());
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
        List<URI> addresses = new ArrayList<>();
        for (String text : texts) {
            URI address = URI.create(text);
            String scheme = String.valueOf(address.getScheme());
            if (!(scheme.equals("http") || scheme.equals("https"))
                    || address.getHost() == null
                    || address.getUserInfo() != null
                    || address.getQuery() != null
                    || address.getFragment() != null) {
                throw new IllegalArgumentException(
                        "'" + text + "' must be of the form https://host:port/path");
            }
            addresses.add(address);
        }
        return addresses;
    }
}
