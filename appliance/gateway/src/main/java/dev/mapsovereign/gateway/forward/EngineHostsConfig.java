package dev.mapsovereign.gateway.forward;

import dev.mapsovereign.config.ConfigSection;
import dev.mapsovereign.engine.route.Endpoint;
import dev.mapsovereign.engine.route.HealthPolicy;
import dev.mapsovereign.engine.route.UpstreamFiles;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The engine hosts behind a gateway, table {@code [gateway.engines]}.
 *
 * @param addresses where they listen
 * @param callsMax calls that each may have at once
 * @param health how they are asked whether they are well
 * @param tls whom to trust, and what the gateway shows
 */
public record EngineHostsConfig(
        List<Endpoint> addresses, int callsMax, HealthPolicy health, UpstreamFiles tls) {
    private static final String EXAMPLE = "https://engine1.example:8080";

    /** Copies the list. */
    public EngineHostsConfig {
        addresses = List.copyOf(addresses);
    }

    /** Reads it; empty without addresses. */
    public static Optional<EngineHostsConfig> read(ConfigSection table) {
        Optional<List<Endpoint>> addresses =
                table.texts("addresses")
                        .as(
                                texts -> texts.stream().map(EngineHostsConfig::endpoint).toList(),
                                List.of(EXAMPLE))
                        .optional();
        int callsMax = table.integer("calls_max", 1, 100_000).orElse(Limits.CALLS_MAX);
        Duration interval =
                table.duration("health_interval", Duration.ofMillis(100), Duration.ofMinutes(1))
                        .orElse(Limits.HEALTH_INTERVAL);
        UpstreamFiles files = UpstreamFiles.read(table);
        if (addresses.isEmpty()) {
            return Optional.empty();
        }
        List<Endpoint> endpoints = addresses.get();
        if (endpoints.isEmpty() || endpoints.size() > Limits.ENGINES_MAX) {
            table.problem("addresses", "must hold 1 to " + Limits.ENGINES_MAX + " addresses");
        } else if (endpoints.stream().distinct().count() < endpoints.size()) {
            table.problem("addresses", "one address stands there twice");
        }
        if (files.identity().isEmpty()) {
            table.problem("cert_file", "is needed: engine hosts let gateways in by certificates");
        }
        return Optional.of(
                new EngineHostsConfig(
                        endpoints,
                        callsMax,
                        new HealthPolicy(Optional.of("/ready"), interval, 2, 1),
                        files));
    }

    private static Endpoint endpoint(String text) {
        URI address = Endpoint.parse(text);
        boolean bare =
                "https".equals(address.getScheme())
                        && address.getPort() > 0
                        && (address.getRawPath() == null || address.getRawPath().isEmpty());
        if (!bare) {
            throw new IllegalArgumentException("'" + text + "' must be of the form " + EXAMPLE);
        }
        return Endpoint.at(address, 1);
    }
}
