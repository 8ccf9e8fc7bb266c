import org.jspecify.annotations.NullMarked;

/** The native protocol modules: one package each. */
@NullMarked
module dev.mapsovereign.protocols {
    requires static org.jspecify;
    requires java.sql;
    requires dev.mapsovereign.base;
    requires dev.mapsovereign.config;
    requires dev.mapsovereign.database;
    requires dev.mapsovereign.auditlog;
    requires dev.mapsovereign.auditstore;
    requires dev.mapsovereign.registry;
    requires dev.mapsovereign.engine;
}
