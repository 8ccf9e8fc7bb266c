package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map treaty terminate}: a treaty is over. */
@Command(
        name = "terminate",
        description = "Ends a treaty at once and for ever; calls under way are answered.",
        footer = {"", "Example:", "  map treaty terminate treaty_abc123 --reason \"notice given\""})
final class TreatyTerminate extends AgreementEnd {
    TreatyTerminate(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "treaty.terminate";
    }
}
