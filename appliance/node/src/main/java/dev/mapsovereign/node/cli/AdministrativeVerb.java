package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.admin.AdminDoor;

/**
 * A verb that changes or reads what a running node owns: it goes through the node's control socket
 * where a node runs, and does the same itself where none does.
 */
abstract class AdministrativeVerb extends Verb {
    AdministrativeVerb(Terminal terminal) {
        super(terminal);
    }

    /** Name of the verb behind the door, such as {@code tenant.create}. */
    abstract String verb();

    /** What the command line said. */
    abstract JsonObject arguments();

    @Override
    final ExitCode run() {
        AdminDoor door = AdminDoor.of(configFile(), terminal().environment(), terminal()::say);
        JsonObject result = door.call(verb(), arguments());
        show(result);
        return exit(result);
    }

    /** The exit code of a verb that ran; one whose result can be bad overrides it. */
    ExitCode exit(JsonObject result) {
        return ExitCode.DONE;
    }

    /** Prints the result; a verb with a better form for people overrides it. */
    void show(JsonObject result) {
        terminal().show(result, output());
    }
}
