package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map audit rebuild}: the index anew. */
@Command(
        name = "rebuild",
        description = {
            "Refills the database's index from the journal.",
            "Tables that are missing are made again, this node's rows are removed and come anew. A"
                    + " running node goes on meanwhile."
        },
        footer = {"", "Example:", "  map audit rebuild"})
final class AuditRebuild extends AdministrativeVerb {

    AuditRebuild(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "audit.rebuild";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
