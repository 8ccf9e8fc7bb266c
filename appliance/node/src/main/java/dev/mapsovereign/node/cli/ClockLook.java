package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.json.JsonObject;

/** A look at the clock: ends with 1 while it lies before the time floor. */
abstract class ClockLook extends AdministrativeVerb {
    ClockLook(Terminal terminal) {
        super(terminal);
    }

    @Override
    final String verb() {
        return "clock.status";
    }

    @Override
    final JsonObject arguments() {
        return JsonObject.EMPTY;
    }

    @Override
    final ExitCode exit(JsonObject result) {
        return result.bool("before_floor").orElse(true) ? ExitCode.FAILED : ExitCode.DONE;
    }
}
