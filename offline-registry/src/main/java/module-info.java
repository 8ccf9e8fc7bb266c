import org.jspecify.annotations.NullMarked;

/** The offline mirror of the agent registry; start at RegistryMirror. */
@NullMarked
module dev.mapsovereign.registry {
    requires static org.jspecify;
    requires transitive dev.mapsovereign.base;
    requires transitive dev.mapsovereign.config;
    requires io.helidon.http;
    requires io.helidon.webserver;

    exports dev.mapsovereign.registry;
    exports dev.mapsovereign.registry.document;
    exports dev.mapsovereign.registry.lineage;
    exports dev.mapsovereign.registry.serve;
    exports dev.mapsovereign.registry.snapshot;
    exports dev.mapsovereign.registry.tuf;
}
