import org.jspecify.annotations.NullMarked;

/** The eight stages of a call; start at pipeline.Pipeline. */
@NullMarked
module dev.mapsovereign.engine {
    requires static org.jspecify;
    requires java.sql;
    requires dev.mapsovereign.base;
    requires dev.mapsovereign.config;
    requires dev.mapsovereign.database;
    requires dev.mapsovereign.auditlog;
    requires dev.mapsovereign.plugin;
    requires redis.clients.jedis;
    requires micrometer.core;
    requires dev.harrel.jsonschema;
}
