import org.jspecify.annotations.NullMarked;

/** The eight stages of a call; start at pipeline.Pipeline. */
@NullMarked
module dev.mapsovereign.engine {
    requires static org.jspecify;
    requires transitive java.sql;
    requires transitive dev.mapsovereign.base;
    requires transitive dev.mapsovereign.config;
    requires transitive dev.mapsovereign.database;
    requires transitive dev.mapsovereign.redis;
    requires transitive dev.mapsovereign.auditlog;
    requires transitive dev.mapsovereign.plugin;
    requires transitive micrometer.core;
    requires dev.harrel.jsonschema;

    exports dev.mapsovereign.engine;
    exports dev.mapsovereign.engine.agreement;
    exports dev.mapsovereign.engine.balance;
    exports dev.mapsovereign.engine.breaker;
    exports dev.mapsovereign.engine.capability;
    exports dev.mapsovereign.engine.context;
    exports dev.mapsovereign.engine.drain;
    exports dev.mapsovereign.engine.idempotency;
    exports dev.mapsovereign.engine.module;
    exports dev.mapsovereign.engine.news;
    exports dev.mapsovereign.engine.policy;
    exports dev.mapsovereign.engine.policy.cedar;
    exports dev.mapsovereign.engine.ratelimit;
    exports dev.mapsovereign.engine.request;
    exports dev.mapsovereign.engine.result;
    exports dev.mapsovereign.engine.route;
    exports dev.mapsovereign.engine.router;
    exports dev.mapsovereign.engine.schema;
    exports dev.mapsovereign.engine.trace;
}
