package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map plugin sign}: the site's signature over a plugin. */
@Command(
        name = "sign",
        description = {
            "Signs a plugin's folder with the site's plugin key, after the checks that loading makes.",
            "Prints the key that [[trust.plugins]] has to name."
        },
        footer = {"", "Example:", "  map plugin sign /var/lib/map/plugins/echo"})
final class PluginSign extends AdministrativeVerb {
    @Parameters(paramLabel = "DIR", description = "The plugin's folder.")
    private Path folder = Path.of("");

    PluginSign(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "plugin.sign";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("folder", folder.toAbsolutePath().toString()).build();
    }
}
