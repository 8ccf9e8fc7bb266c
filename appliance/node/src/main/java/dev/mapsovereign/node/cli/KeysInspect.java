package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map keys inspect}: what there is, without what is secret. */
@Command(
        name = "inspect",
        description = "Lists the private keys: role, file, age, public half.",
        footer = {"", "Example:", "  map keys inspect"})
final class KeysInspect extends AdministrativeVerb {
    KeysInspect(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "keys.inspect";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
