package dev.mapsovereign.plugin;

import java.io.Serial;

/** A plugin that must not run; the message names the plugin, the file and what is wrong with it. */
public final class PluginRefusedException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    PluginRefusedException(String message) {
        super(message);
    }

    PluginRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
