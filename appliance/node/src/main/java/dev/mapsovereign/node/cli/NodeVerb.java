package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.admin.AdminDoor;

/** A verb that only a running node can do. */
abstract class NodeVerb extends Verb {
    NodeVerb(Terminal terminal) {
        super(terminal);
    }

    /** Name of the verb behind the door, such as {@code endpoint.list}. */
    abstract String verb();

    /** What the command line said. */
    abstract JsonObject arguments();

    @Override
    final ExitCode run() {
        show(
                AdminDoor.of(configFile(), terminal().environment(), terminal()::say)
                        .callNode(verb(), arguments()));
        return ExitCode.DONE;
    }

    /** Prints the result; a verb with a better form for people overrides it. */
    void show(JsonObject result) {
        terminal().show(result, output());
    }
}
