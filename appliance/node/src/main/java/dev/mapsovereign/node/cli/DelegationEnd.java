package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map delegation end}: a delegation is over. */
@Command(
        name = "end",
        description = "Ends a delegation at once and for ever.",
        footer = {"", "Example:", "  map delegation end ID --reason \"the job is done\""})
final class DelegationEnd extends AgreementEnd {
    DelegationEnd(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "delegation.end";
    }
}
