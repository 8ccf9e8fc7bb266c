import org.jspecify.annotations.NullMarked;

/** The HTTP edge: TLS, dispatch, health and metrics; start at Gateway. */
@NullMarked
module dev.mapsovereign.gateway {
    requires static org.jspecify;
    requires transitive dev.mapsovereign.base;
    requires transitive dev.mapsovereign.config;
    requires dev.mapsovereign.auditlog;
    requires transitive dev.mapsovereign.engine;
    requires io.helidon.webserver;
    requires io.helidon.webserver.http2;
    requires transitive micrometer.core;
    requires jdk.management;

    exports dev.mapsovereign.gateway;
    exports dev.mapsovereign.gateway.forward;
    exports dev.mapsovereign.gateway.http;
    exports dev.mapsovereign.gateway.http1;
    exports dev.mapsovereign.gateway.listen;
    exports dev.mapsovereign.gateway.metrics;
    exports dev.mapsovereign.gateway.tls;
}
