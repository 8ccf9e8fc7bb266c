package dev.mapsovereign.node.cli;

/** How facts are printed: for people, or as one line of canonical JSON for programs. */
enum OutputForm {
    HUMAN,
    JSON
}
