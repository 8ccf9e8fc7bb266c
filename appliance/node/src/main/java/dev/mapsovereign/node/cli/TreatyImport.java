package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map treaty import}: a treaty comes in. */
@Command(
        name = "import",
        description = {
            "Takes a treaty that both parties signed; in force from then on, within its dates.",
            "One of its parties must be a tenant of this site."
        },
        footer = {"", "Example:", "  map treaty import --dry-run treaty.json"})
final class TreatyImport extends AgreementImport {
    TreatyImport(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "treaty.import";
    }
}
