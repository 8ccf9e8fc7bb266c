package dev.mapsovereign.engine.trace;

import dev.mapsovereign.config.ConfigSection;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.route.EgressPolicy;
import dev.mapsovereign.engine.route.Endpoint;
import dev.mapsovereign.engine.route.UpstreamFiles;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * The settings of traces, table {@code [trace]}.
 *
 * @param collector where spans are sent; empty: nowhere
 * @param samplePercent share of the calls without a trace of their caller that are traced, 0 to 100
 * @param kept how many traced calls are kept in memory, 0 to {@link Limits#TRACES_KEPT_MAX}
 */
public record TraceConfig(Optional<Collector> collector, int samplePercent, int kept) {
    /** Nothing is traced. */
    public static final TraceConfig OFF = new TraceConfig(Optional.empty(), 100, 0);

    private static final String PATH_DEFAULT = "/v1/traces";
    private static final String EXAMPLE = "https://collector.invalid:4318/v1/traces";

    /** Refuses numbers out of range. */
    public TraceConfig {
        if (samplePercent < 0 || samplePercent > 100 || kept < 0 || kept > Limits.TRACES_KEPT_MAX) {
            throw new IllegalArgumentException("not a share, or not a number of traces");
        }
    }

    /**
     * Where spans are sent.
     *
     * @param address {@code http} or {@code https}, with a path
     * @param tls whom to trust behind {@code https}, and what to show there
     */
    public record Collector(URI address, UpstreamFiles tls) {
        /** Its {@code host:port}, as {@code sovereign.allowed_egress} names it. */
        public String authority() {
            return address.getHost() + ":" + EgressPolicy.portOf(address);
        }

        /** Whether it is reached by TLS. */
        public boolean usesTls() {
            return "https".equals(address.getScheme());
        }
    }

    /** Whether any call is traced. */
    public boolean on() {
        return collector.isPresent() || kept > 0;
    }

    /** Its {@code host:port}, or nothing. */
    public List<String> remoteAddresses() {
        return collector.map(Collector::authority).stream().toList();
    }

    /** Reads the table. */
    public static TraceConfig read(ConfigSection table) {
        Optional<URI> address =
                table.text("otlp_endpoint")
                        .env("MAP_OTEL_ENDPOINT")
                        .as(TraceConfig::address, EXAMPLE)
                        .optional();
        UpstreamFiles tls = UpstreamFiles.read(table);
        boolean secure = address.map(each -> "https".equals(each.getScheme())).orElse(false);
        if (!tls.equals(UpstreamFiles.NONE) && !secure) {
            table.problem("ca_file", "and the files beside it go with an otlp_endpoint of https");
        }
        return new TraceConfig(
                address.map(each -> new Collector(each, tls)),
                table.integer("sample_percent", 0, 100).orElse(OFF.samplePercent),
                table.integer("kept", 0, Limits.TRACES_KEPT_MAX).orElse(0));
    }

    private static URI address(String text) {
        URI address = Endpoint.parse(text);
        String path = address.getRawPath() == null ? "" : address.getRawPath();
        return path.length() > 1
                ? address
                : URI.create(
                        address.getScheme() + "://" + address.getRawAuthority() + PATH_DEFAULT);
    }
}
