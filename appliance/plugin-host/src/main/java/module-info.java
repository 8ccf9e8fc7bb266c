import org.jspecify.annotations.NullMarked;

/** Signed WASM plugins in a sandbox; start at PluginHost. */
@NullMarked
module dev.mapsovereign.plugin {
    requires static org.jspecify;
    requires dev.mapsovereign.base;
    requires dev.mapsovereign.config;
    requires com.dylibso.chicory.runtime;
    requires com.dylibso.chicory.wasi;
    requires com.dylibso.chicory.compiler;
    requires org.tomlj;
}
