package dev.mapsovereign.gateway.metrics;

import dev.mapsovereign.config.ConfigSection;
import dev.mapsovereign.config.ListenAddress;
import dev.mapsovereign.config.LocalSocket;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Table {@code [metrics]}.
 *
 * @param bind where Prometheus scrapes; loopback alone, since metrics travel unencrypted and
 *     without credentials
 * @param socket a Unix socket in the place of {@code bind}
 * @param path the path of the text
 */
public record MetricsConfig(ListenAddress bind, Optional<LocalSocket> socket, String path) {
    private static final int PORT_USUAL = 9091;

    /** Refuses an address that other hosts could reach, and a path that is none. */
    public MetricsConfig {
        if (!bind.isLoopback()) {
            throw new IllegalArgumentException("metrics are served on loopback alone, not " + bind);
        }
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("the metrics' path begins with a slash: " + path);
        }
    }

    /** Reads it; problems are collected in the section's root. */
    public static MetricsConfig read(ConfigSection section) {
        int port = section.integer("port", 0, 65_535).env("MAP_PROMETHEUS_PORT").orElse(PORT_USUAL);
        String path =
                section.text("path")
                        .where(text -> text.startsWith("/"), "must begin with a slash")
                        .orElse("/metrics");
        Optional<LocalSocket> socket =
                section.path("socket")
                        .env("MAP_METRICS_SOCKET")
                        .as(LocalSocket::new, Path.of("/run/map/metrics.sock"))
                        .optional();
        return new MetricsConfig(new ListenAddress("127.0.0.1", port), socket, path);
    }
}
