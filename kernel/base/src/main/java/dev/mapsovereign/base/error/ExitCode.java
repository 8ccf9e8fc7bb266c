package dev.mapsovereign.base.error;

/** How a command ends; the numbers are part of the contract with operators' scripts. */
public enum ExitCode {
    /** Done, everything checked. */
    DONE(0),
    /** Failed, for a reason that the message names. */
    FAILED(1),
    /** The command line was wrong; nothing was tried. */
    USAGE(2),
    /** The environment is wrong: missing file, port, permission. */
    ENVIRONMENT(3),
    /** Tampering, or a verification that failed. */
    TAMPERING(4);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    /** The process's exit status. */
    public int number() {
        return number;
    }
}
