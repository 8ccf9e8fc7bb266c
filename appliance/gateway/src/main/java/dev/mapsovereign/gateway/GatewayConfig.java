package dev.mapsovereign.gateway;

import dev.mapsovereign.base.tls.TrustFiles;
import dev.mapsovereign.config.ConfigSection;
import dev.mapsovereign.config.ListenAddress;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Table {@code [gateway]}.
 *
 * @param bind where calls come in
 * @param tls certificate and key; absent only on loopback, and only where plain HTTP is allowed
 * @param limits what connections may use
 * @param drainTimeout how long calls under way may take when the node stops
 */
public record GatewayConfig(
        ListenAddress bind, Optional<TlsPaths> tls, EdgeLimits limits, Duration drainTimeout) {

    /** Below this many descriptors for the rest of the node, connections are not accepted. */
    private static final int DESCRIPTORS_RESERVED = 512;

    /**
     * Table {@code [gateway.tls]}.
     *
     * @param certFile PEM chain, leaf first
     * @param keyFile PKCS#8 PEM key
     * @param clients whose certificates let callers in; empty: the site's own agent authority
     * @param asksClients whether clients are asked for certificates at all
     */
    public record TlsPaths(
            Path certFile, Path keyFile, Optional<TrustFiles> clients, boolean asksClients) {
        /** Without certificates of clients. */
        public TlsPaths(Path certFile, Path keyFile) {
            this(certFile, keyFile, Optional.empty(), false);
        }
    }

    /** Refuses plain HTTP that others than this host could reach. */
    public GatewayConfig {
        if (tls.isEmpty() && !bind.isLoopback()) {
            throw new IllegalArgumentException(
                    "the gateway must not listen on " + bind + " without TLS");
        }
    }

    /** Reads it; problems are collected in the section's root. */
    public static GatewayConfig read(ConfigSection section) {
        ListenAddress bind =
                section.listenAddress("bind")
                        .env("APP_BIND_ADDR")
                        .orElse(new ListenAddress("0.0.0.0", 443));
        boolean plainAllowed = section.bool("plain_http_on_loopback").orElse(false);
        Optional<TlsPaths> tls = readTls(section.section("tls"));
        Duration drainTimeout =
                section.duration("drain_timeout", Duration.ofSeconds(1), Duration.ofMinutes(10))
                        .orElse(Duration.ofSeconds(30));
        EdgeLimits limits = readLimits(section.section("limits"));
        if (tls.isEmpty() && !bind.isLoopback()) {
            section.problem(
                    "bind",
                    bind
                            + " can be reached from other hosts, so [gateway.tls] cert_file and"
                            + " key_file are needed");
            return new GatewayConfig(
                    new ListenAddress("127.0.0.1", bind.port()), tls, limits, drainTimeout);
        }
        if (tls.isEmpty() && !plainAllowed) {
            section.problem(
                    "plain_http_on_loopback",
                    "needs to be true for a gateway without [gateway.tls] cert_file and key_file");
        }
        return new GatewayConfig(bind, tls, limits, drainTimeout);
    }

    private static Optional<TlsPaths> readTls(ConfigSection section) {
        Optional<Path> cert = section.path("cert_file").optional();
        Optional<Path> key = section.path("key_file").optional();
        if (cert.isPresent() != key.isPresent()) {
            section.problem(
                    cert.isPresent() ? "key_file" : "cert_file",
                    "is missing beside " + (cert.isPresent() ? "cert_file" : "key_file"));
            return Optional.empty();
        }
        boolean asksClients = section.bool("client_certificates").orElse(true);
        Optional<TrustFiles> clients = readClients(section);
        return cert.map(file -> new TlsPaths(file, key.orElseThrow(), clients, asksClients));
    }

    private static Optional<TrustFiles> readClients(ConfigSection section) {
        Optional<Path> anchors = section.path("client_ca_file").optional();
        Optional<Path> revoked = section.path("client_crl_file").optional();
        if (revoked.isPresent() && anchors.isEmpty()) {
            section.problem(
                    "client_crl_file",
                    "goes with client_ca_file; the site's own authority has its list already");
        }
        return anchors.map(file -> new TrustFiles(file, revoked, false));
    }

    private static EdgeLimits readLimits(ConfigSection section) {
        EdgeLimits usual = EdgeLimits.defaults();
        int connections =
                section.integer("connections_max", 16, 1_000_000).orElse(usual.connectionsMax());
        return new EdgeLimits(
                Math.min(connections, connectionsPossible()),
                section.integer("connections_per_source_max", 1, 1_000_000)
                        .orElse(usual.connectionsPerSourceMax()),
                time(section, "handshake_time", usual.handshakeTime()),
                time(section, "head_time", usual.headTime()),
                time(section, "body_time", usual.bodyTime()),
                time(section, "idle_time", usual.idleTime()),
                time(section, "write_time", usual.writeTime()),
                usual.lingerTime(),
                section.integer("header_fields_max", 16, 1_000).orElse(usual.fieldsMax()),
                section.integer("header_bytes_max", 4_096, 262_144).orElse(usual.headBytesMax()),
                section.integer("http2_streams_max", 1, 10_000).orElse(usual.streamsMax()),
                section.size("bodies_together_max", 16L << 20, 64L << 30)
                        .orElse(usual.bodyBytesTogetherMax()));
    }

    private static Duration time(ConfigSection section, String key, Duration usual) {
        return section.duration(key, Duration.ofSeconds(1), Duration.ofHours(1)).orElse(usual);
    }

    /** What the process's file descriptors allow: an accept that fails helps nobody. */
    private static int connectionsPossible() {
        if (java.lang.management.ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.UnixOperatingSystemMXBean system) {
            long descriptors = system.getMaxFileDescriptorCount() - DESCRIPTORS_RESERVED;
            return Math.clamp(descriptors, 16, Integer.MAX_VALUE);
        }
        return Integer.MAX_VALUE;
    }
}
