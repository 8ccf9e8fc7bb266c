package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map plugin list}: the plugins. */
@Command(
        name = "list",
        description = "Lists the plugins that can be called, and those that were refused.",
        footer = {"", "Example:", "  map plugin list"})
final class PluginList extends AdministrativeVerb {

    PluginList(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "plugin.list";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
