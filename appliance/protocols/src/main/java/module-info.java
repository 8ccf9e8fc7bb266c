import org.jspecify.annotations.NullMarked;

/** The protocols that the product brings, one package each; start at NativeModules. */
@NullMarked
module dev.mapsovereign.protocols {
    requires static org.jspecify;
    requires java.sql;
    requires transitive dev.mapsovereign.base;
    requires transitive dev.mapsovereign.config;
    requires transitive dev.mapsovereign.database;
    requires transitive dev.mapsovereign.auditlog;
    requires transitive dev.mapsovereign.auditstore;
    requires transitive dev.mapsovereign.registry;
    requires transitive dev.mapsovereign.engine;

    exports dev.mapsovereign.protocols;
    exports dev.mapsovereign.protocols.admin;
    exports dev.mapsovereign.protocols.macs;
    exports dev.mapsovereign.protocols.max;
    exports dev.mapsovereign.protocols.mim;
    exports dev.mapsovereign.protocols.oas;
}
