import org.jspecify.annotations.NullMarked;

/** Configuration: a TOML file and the environment become validated values; start at ConfigFile. */
@NullMarked
module dev.mapsovereign.config {
    requires static org.jspecify;
    requires dev.mapsovereign.base;
    requires org.tomlj;
}
