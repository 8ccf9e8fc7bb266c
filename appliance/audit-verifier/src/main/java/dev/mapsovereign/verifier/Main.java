package dev.mapsovereign.verifier;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;

import java.io.Console;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The auditor's program {@code map-verify}: reads media, opens no connection, writes nothing but
 * the state file it is told to. Results go to standard output, everything else to standard error.
 */
public final class Main {
    private static final String HELP =
            """
            map-verify: verify what a MAP node has exported, with no node and no network

            usage: map-verify COMMAND ...

              bundle   the audit bundles on one or several media
              proof    one record, by its way to a signed checkpoint

            map-verify COMMAND --help says more. Exit status: 0 verified, 1 unauthenticated, 2 usage,
            3 environment, 4 tampering or a check that failed.

            example:
              map-verify bundle /media/usb --trust alpha.policy
            """;

    private Main() {}

    /** Runs a command and ends the process with its exit status. */
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        boolean watched =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        ExitCode exit =
                run(List.of(arguments), out, err, watched ? Optional.of(err) : Optional.empty());
        out.flush();
        System.exit(exit.number());
    }

    /**
     * Runs a command in this process.
     *
     * @param terminal where progress may be shown; empty if nobody watches
     */
    static ExitCode run(
            List<String> arguments,
            PrintStream out,
            PrintStream err,
            Optional<PrintStream> terminal) {
        try {
            return dispatch(arguments, out, err, terminal);
        } catch (OperatorException e) {
            err.println("map-verify: " + e.getMessage());
            e.hint().ifPresent(hint -> err.println("try: " + hint));
            return e.exit();
        }
    }

    private static ExitCode dispatch(
            List<String> arguments,
            PrintStream out,
            PrintStream err,
            Optional<PrintStream> terminal) {
        String command = arguments.isEmpty() ? "" : arguments.getFirst();
        return switch (command) {
            case "--help", "help" -> {
                out.print(HELP);
                yield ExitCode.DONE;
            }
            case "bundle" -> bundle(arguments.subList(1, arguments.size()), out, err, terminal);
            case "proof" -> proof(arguments.subList(1, arguments.size()), out, err);
            default -> {
                err.print(HELP);
                yield ExitCode.USAGE;
            }
        };
    }

    private static ExitCode bundle(
            List<String> arguments,
            PrintStream out,
            PrintStream err,
            Optional<PrintStream> terminal) {
        if (arguments.contains("--help")) {
            out.print(BundleCommand.HELP);
            return ExitCode.DONE;
        }
        BundleOptions options = BundleOptions.parse(arguments);
        Report report = new BundleCommand(options, terminal).run();
        out.print(options.json() ? ReportWriter.json(report) : ReportWriter.text(report));
        if (options.json()) {
            report.finding().ifPresent(finding -> err.println("map-verify: " + finding.text()));
        }
        return report.exit();
    }

    private static ExitCode proof(List<String> arguments, PrintStream out, PrintStream err) {
        if (arguments.contains("--help")) {
            out.print(ProofCommand.HELP);
            return ExitCode.DONE;
        }
        return new ProofCommand(ProofOptions.parse(arguments)).run(out, err);
    }
}
