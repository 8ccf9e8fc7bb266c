package dev.mapsovereign.gateway.metrics;

/** x. */
public final class PrometheusText {
    private PrometheusText() {}
}
