import org.jspecify.annotations.NullMarked;

/** Signed WASM plugins in a sandbox; start at PluginHost. */
@NullMarked
module dev.mapsovereign.plugin {
    requires static com.dylibso.chicory.annotations;
    requires static org.jspecify;
    requires transitive dev.mapsovereign.base;
    requires transitive dev.mapsovereign.config;
    requires com.dylibso.chicory.runtime;
    requires com.dylibso.chicory.wasi;
    requires com.dylibso.chicory.compiler;
    requires org.tomlj;

    exports dev.mapsovereign.plugin;
}
