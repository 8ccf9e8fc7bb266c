package dev.mapsovereign.plugin;

/** How host and guest exchange one call; both carry the same JSON in and out. */
public enum PluginAbi {
    /**
     * A core module with {@code memory}, {@code map_alloc} and {@code map_invoke}; no imports at
     * all.
     */
    MAP_INVOKE_1("map-invoke/1"),
    /** A WASI preview 1 command: JSON on standard input, JSON on standard output. */
    WASI_COMMAND_1("wasi-command/1");

    private final String text;

    PluginAbi(String text) {
        this.text = text;
    }

    static PluginAbi of(String text) {
        for (PluginAbi abi : values()) {
            if (abi.text.equals(text)) {
                return abi;
            }
        }
        throw new IllegalArgumentException(
                "plugin.binary.abi = '" + text + "' must be map-invoke/1 or wasi-command/1");
    }

    @Override
    public String toString() {
        return text;
    }
}
