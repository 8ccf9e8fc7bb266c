import org.jspecify.annotations.NullMarked;

/** Configuration: a TOML file and the environment become validated values; start at ConfigRoot. */
@NullMarked
module dev.mapsovereign.config {
    requires static org.jspecify;
    requires transitive dev.mapsovereign.base;
    requires org.tomlj;

    exports dev.mapsovereign.config;
}
