import org.jspecify.annotations.NullMarked;

/** The HTTP edge: TLS, dispatch, health and metrics; start at Gateway. */
@NullMarked
module dev.mapsovereign.gateway {
    requires static org.jspecify;
    requires dev.mapsovereign.base;
    requires dev.mapsovereign.config;
    requires dev.mapsovereign.auditlog;
    requires dev.mapsovereign.engine;
    requires io.helidon.webserver;
    requires io.helidon.webserver.http2;
    requires micrometer.core;
}
