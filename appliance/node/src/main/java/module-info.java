import org.jspecify.annotations.NullMarked;

/** The program map; start at Main, then Node, the one place that knows every part. */
@NullMarked
module dev.mapsovereign.node {
    requires static org.jspecify;
    requires java.sql;
    requires java.net.http;
    requires java.logging;
    requires jdk.net;
    requires dev.mapsovereign.base;
    requires dev.mapsovereign.config;
    requires dev.mapsovereign.database;
    requires dev.mapsovereign.redis;
    requires dev.mapsovereign.migrations;
    requires dev.mapsovereign.ca;
    requires dev.mapsovereign.registry;
    requires dev.mapsovereign.custody;
    requires dev.mapsovereign.auditlog;
    requires dev.mapsovereign.auditstore;
    requires dev.mapsovereign.auditexport;
    requires dev.mapsovereign.plugin;
    requires dev.mapsovereign.engine;
    requires dev.mapsovereign.protocols;
    requires dev.mapsovereign.gateway;
    requires info.picocli;
    requires micrometer.core;

    // picocli fills the fields of verbs and reads their annotations.
    opens dev.mapsovereign.node.cli to
            info.picocli;

    // The JDK makes the one log manager by reflection.
    exports dev.mapsovereign.node.log to
            java.logging;
}
