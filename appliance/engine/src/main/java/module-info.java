import org.jspecify.annotations.NullMarked;

/** The eight stages of a call; start at pipeline.Pipeline. */
@NullMarked
module dev.mapsovereign.engine {
    requires static org.jspecify;
    requires java.sql;
    requires transitive dev.mapsovereign.base;
    requires dev.mapsovereign.config;
    requires dev.mapsovereign.database;
    requires dev.mapsovereign.auditlog;
    requires dev.mapsovereign.plugin;
    requires redis.clients.jedis;
    requires transitive micrometer.core;
    requires dev.harrel.jsonschema;

    exports dev.mapsovereign.engine;
    exports dev.mapsovereign.engine.capability;
    exports dev.mapsovereign.engine.context;
    exports dev.mapsovereign.engine.drain;
    exports dev.mapsovereign.engine.module;
    exports dev.mapsovereign.engine.request;
}
