import org.jspecify.annotations.NullMarked;

/** The offline mirror of the agent registry; start at RegistryMirror. */
@NullMarked
module dev.mapsovereign.registry {
    requires static org.jspecify;
    requires dev.mapsovereign.base;
    requires dev.mapsovereign.config;
    requires io.helidon.webserver;
}
