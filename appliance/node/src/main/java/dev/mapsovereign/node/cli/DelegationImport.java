package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map delegation import}: a delegation comes in. */
@Command(
        name = "import",
        description = {
            "Takes a delegation that its delegator signed; in force from then on.",
            "Refused if it gives more than the delegator holds at this moment."
        },
        footer = {"", "Example:", "  map delegation import --dry-run helper.json"})
final class DelegationImport extends AgreementImport {
    DelegationImport(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "delegation.import";
    }
}
