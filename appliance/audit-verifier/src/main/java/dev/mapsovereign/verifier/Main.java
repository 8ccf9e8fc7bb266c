package dev.mapsovereign.verifier;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.Console;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * The auditor's program {@code map-verify}: reads media, opens no connection, writes nothing but
 * what it is told to. Results go to standard output, everything else to standard error.
 */
public final class Main {
    private static final String HELP =
            """
            map-verify: verify what a MAP node has exported, with no node and no network

            usage: map-verify COMMAND ...

              bundle       verifies the audit bundles on one or several media
              proof        verifies one record, by its way to a signed checkpoint
              witness      does that, keeps a mirror, and cosigns; 'keygen' makes its keys
              restore      gives the records of verified media to a database
              serve-tiles  lets tile readers on this machine read a medium or a mirror

            map-verify COMMAND --help says more. Exit status: 0 verified, 1 unauthenticated, 2 usage,
            3 environment, 4 tampering or a check that failed.

            example:
              map-verify bundle /media/usb --trust alpha.policy
            """;

    private static final String HELP_OPTION = "--help";

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
        List<String> rest =
                arguments.isEmpty() ? arguments : arguments.subList(1, arguments.size());
        return switch (command) {
            case "--help", "help" -> {
                out.print(HELP);
                yield ExitCode.DONE;
            }
            case "bundle" -> bundle(rest, out, err, terminal);
            case "proof" -> proof(rest, out, err);
            case "keygen" -> keygen(rest, out, err);
            case "witness" -> witness(rest, out, err, terminal);
            case "restore" -> restore(rest, out, err, terminal);
            case "serve-tiles" -> serveTiles(rest, out, err);
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
        if (arguments.contains(HELP_OPTION)) {
            return help(BundleCommand.HELP, out);
        }
        BundleOptions options = BundleOptions.parse(arguments);
        return show(new BundleCommand(options, terminal).run(), options.json(), out, err);
    }

    private static ExitCode proof(List<String> arguments, PrintStream out, PrintStream err) {
        if (arguments.contains(HELP_OPTION)) {
            return help(ProofCommand.HELP, out);
        }
        return new ProofCommand(ProofOptions.parse(arguments)).run(out, err);
    }

    private static ExitCode keygen(List<String> arguments, PrintStream out, PrintStream err) {
        if (arguments.contains(HELP_OPTION)) {
            return help(KeygenCommand.HELP, out);
        }
        KeygenCommand.run(arguments, out, err, Clock.systemUTC());
        return ExitCode.DONE;
    }

    private static ExitCode witness(
            List<String> arguments,
            PrintStream out,
            PrintStream err,
            Optional<PrintStream> terminal) {
        if (arguments.contains(HELP_OPTION)) {
            return help(WitnessCommand.HELP, out);
        }
        WitnessCommand command = WitnessCommand.parse(arguments, terminal, Clock.systemUTC());
        boolean json = command.json();
        return show(command.run(), json, out, err);
    }

    private static ExitCode restore(
            List<String> arguments,
            PrintStream out,
            PrintStream err,
            Optional<PrintStream> terminal) {
        if (arguments.contains(HELP_OPTION)) {
            return help(RestoreCommand.HELP, out);
        }
        return show(RestoreCommand.parse(arguments, terminal).run(), false, out, err);
    }

    private static ExitCode serveTiles(List<String> arguments, PrintStream out, PrintStream err) {
        if (arguments.contains(HELP_OPTION)) {
            return help(ServeTilesCommand.HELP, out);
        }
        ServeTilesCommand.run(arguments, out, err);
        return ExitCode.DONE;
    }

    private static ExitCode help(String text, PrintStream out) {
        out.print(text);
        return ExitCode.DONE;
    }

    private static ExitCode show(Report report, boolean json, PrintStream out, PrintStream err) {
        out.print(json ? ReportWriter.json(report) : ReportWriter.text(report));
        if (json) {
            report.finding().ifPresent(finding -> err.println("map-verify: " + finding.text()));
        }
        return report.exit();
    }
}
