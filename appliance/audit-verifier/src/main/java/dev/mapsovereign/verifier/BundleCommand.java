package dev.mapsovereign.verifier;

import dev.mapsovereign.base.age.AgeIdentity;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** {@code map-verify bundle}: the bundles on one or several media. */
final class BundleCommand {
    /** What {@code --help} prints. */
    static final String HELP =
            """
            map-verify bundle: verify the audit bundles of MAP nodes

            usage: map-verify bundle PATH... --trust FILE [--state FILE | --init-state FILE]
                              [--identity FILE | --without-entries] [--output human|json]

              PATH               a medium, its MAP-AUDIT folder, one node's folder in it, or one
                                 bundle-<n> folder; several media are verified as one set
              --trust FILE       C2SP tlog-policy with the key of the node's own log, <node>/_node;
                                 from a source you trust, never from the medium
              --state FILE       what you saw at your last visit: refuses a log that is older,
                                 shorter, forked, or lacks records since; updated on success
              --init-state FILE  begins such a file
              --identity FILE    age identities that decrypt entries, as age-keygen writes them
              --without-entries  be content with hashes and signatures where entries are
                                 encrypted; without it that ends with 3
              --output json      one JSON object on standard output

            exit status:
              0  every record, hash and required signature was verified
              1  unauthenticated: no trusted key for this node, or too few witnesses
              2  the command line is wrong
              3  a file cannot be opened, or there is nothing to verify
              4  tampering, or a check that failed; the first bad file and record are named

            example:
              map-verify bundle /media/usb --trust alpha.policy --state alpha.state
            """;

    private static final String READ_THEM =
            "--identity FILE reads them, --without-entries is content with their hashes";

    private final BundleOptions options;
    private final Optional<PrintStream> terminal;
    private final Report report = new Report();

    /**
     * @param terminal where progress may be shown; empty if nobody watches
     */
    BundleCommand(BundleOptions options, Optional<PrintStream> terminal) {
        this.options = options;
        this.terminal = terminal;
    }

    /**
     * Verifies.
     *
     * @throws OperatorException for a trust or state file that cannot be used
     */
    Report run() {
        Trust trust = Trust.read(options.trust());
        VerifierState state = readState();
        BundleSet set = new BundleSet(trust, state, report);
        try {
            set.read(options.paths());
            if (options.state().isPresent() && !options.begin()) {
                set.requireKnown();
            }
            set.verify(terminal, AgeIdentity.readNamed(options.identity()), RangeSink.NONE);
            if (options.state().isEmpty()) {
                report.notChecked("continuity with an earlier visit: no state file was given");
            }
            requireRead();
            options.state().ifPresent(file -> writeState(set.after(), file));
        } catch (VerificationException e) {
            report.end(e.finding());
        }
        return report;
    }

    private VerifierState readState() {
        if (options.state().isEmpty()) {
            return VerifierState.EMPTY;
        }
        Path file = options.state().get();
        if (!options.begin()) {
            return VerifierState.read(file);
        }
        if (Files.exists(file)) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "the state file " + file + " exists already",
                    "--state FILE continues from it");
        }
        return VerifierState.EMPTY;
    }

    /** "Verified" is not said of records that nobody looked at, unless that was asked for. */
    private void requireRead() throws VerificationException {
        if (!report.unread().isEmpty() && !options.withoutEntries()) {
            throw VerificationException.environment(
                    options.paths().getFirst(),
                    "everything else held, but entries are encrypted: " + READ_THEM);
        }
    }

    private void writeState(VerifierState after, Path file) {
        after.write(file, options.begin());
        report.checked("state written to " + file);
    }
}
