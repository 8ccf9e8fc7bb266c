package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map policy …}. */
@Command(
        name = "policy",
        description = "What calls are refused although the capability is held.",
        footer = {"", "Example:", "  map policy author --help"},
        subcommands = {
            PolicyActivate.class,
            PolicyAuthor.class,
            PolicyList.class,
            PolicyRetire.class,
            PolicyShow.class,
            PolicyTestVerb.class
        })
final class PolicyVerbs {
    /** Four bytes for each character that a policy may have. */
    static final int BYTES_MAX = 256 << 10;

    private PolicyVerbs() {}
}
