package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.database.DatabaseUnavailableException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line as a whole: every verb, the help they share, and how failure becomes an exit
 * code.
 *
 * <p>Results go to standard output, everything else to standard error.
 */
public final class Commands {
    private static final Map<String, String> EXIT_CODES = exitCodes();

    /** The service's command line. */
    private static final String[] SERVICE = {"serve"};

    private Commands() {}

    /**
     * Runs one command line.
     *
     * @param environment the process's environment, which overrides the configuration file
     * @return the exit status; nothing is thrown for what an operator can cause
     */
    public static int run(
            String[] arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
        Terminal terminal = new Terminal(out, err, environment);
        if (Arrays.equals(arguments, SERVICE)) {
            return withoutParser(new Serve(terminal), terminal);
        }
        CommandLine commandLine = commandLine(terminal, verbs(arguments));
        commandLine.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        commandLine.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        return commandLine.execute(arguments);
    }

    /** Every verb with its help, for the tests that read the help. */
    static CommandLine commandLine(Terminal terminal) {
        return commandLine(terminal, MapCommand.VERBS);
    }

    /**
     * The one verb that the command line begins with, or all of them: to read the annotations of
     * every verb takes longer than most verbs do.
     */
    private static List<Class<?>> verbs(String[] arguments) {
        List<Class<?>> named =
                MapCommand.VERBS.stream()
                        .filter(verb -> arguments.length > 0 && name(verb).equals(arguments[0]))
                        .toList();
        return named.isEmpty() ? MapCommand.VERBS : named;
    }

    private static String name(Class<?> verb) {
        return verb.getAnnotation(Command.class).name();
    }

    private static CommandLine commandLine(Terminal terminal, List<Class<?>> verbs) {
        IFactory factory = new VerbFactory(terminal);
        CommandLine commandLine = new CommandLine(new MapCommand(), factory);
        verbs.forEach(verb -> commandLine.addSubcommand(new CommandLine(verb, factory)));
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.registerConverter(Path.class, Commands::path);
        commandLine.setExecutionExceptionHandler((failure, command, parsed) ->
                failed(failure, command.getCommandSpec().qualifiedName(), terminal));
        commandLine.setParameterExceptionHandler((failure, parsed) -> misused(failure, terminal));
        completeHelp(commandLine.getCommandSpec());
        return commandLine;
    }

    /** An empty word, most often a variable that is not set, would be the folder one stands in. */
    private static Path path(String text) {
        if (text.isEmpty()) {
            throw new TypeConversionException("the path is empty");
        }
        return Path.of(text);
    }

    private static void completeHelp(CommandSpec spec) {
        spec.usageMessage().exitCodeListHeading("%nExit codes:%n");
        spec.usageMessage().exitCodeList(EXIT_CODES);
        spec.usageMessage().synopsisHeading("Usage: ");
        spec.usageMessage().width(100);
        spec.addOption(
                OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Shows this help.")
                        .build());
        spec.subcommands().values().forEach(each -> completeHelp(each.getCommandSpec()));
    }

    /** What an operator can put right. */
    private static Optional<OperatorException> operators(Exception failure) {
        return switch (failure) {
            case OperatorException expected -> Optional.of(expected);
            case DatabaseUnavailableException away ->
                    Optional.of(
                            new OperatorException(
                                    ExitCode.ENVIRONMENT,
                                    String.valueOf(away.getMessage()),
                                    "start the database, or correct the table [database] of the"
                                            + " configuration"));
            default -> Optional.empty();
        };
    }

    /**
     * The node with nothing said to it: the parser's classes are of a form that no cache of classes
     * takes, and would be a tenth of its start.
     */
    private static int withoutParser(Verb verb, Terminal terminal) {
        try {
            return verb.call();
        } catch (Exception e) {
            return failed(e, "map " + name(verb.getClass()), terminal);
        }
    }

    private static int failed(Exception failure, String command, Terminal terminal) {
        Optional<OperatorException> known = operators(failure);
        if (known.isPresent()) {
            terminal.complain(command, known.get());
            return known.get().exit().number();
        }
        terminal.complain(
                command,
                new OperatorException(
                        ExitCode.FAILED,
                        "an error that should not happen: " + failure,
                        "please report it, with the node's log if there is one"));
        return ExitCode.FAILED.number();
    }

    private static int misused(ParameterException failure, Terminal terminal) {
        CommandLine command = failure.getCommandLine();
        terminal.complain(
                command.getCommandSpec().qualifiedName(),
                new OperatorException(
                        ExitCode.USAGE,
                        misuse(failure),
                        "see " + command.getCommandSpec().qualifiedName() + " --help"));
        return ExitCode.USAGE.number();
    }

    /** What was wrong; for a word where a verb should stand, that and what may have been meant. */
    private static String misuse(ParameterException failure) {
        if (!(failure instanceof UnmatchedArgumentException unmatched)
                || unmatched.isUnknownOption()
                || failure.getCommandLine().getSubcommands().isEmpty()) {
            return String.valueOf(failure.getMessage());
        }
        List<String> meant = unmatched.getSuggestions();
        return "there is no verb '"
                + unmatched.getUnmatched().getFirst()
                + "'"
                + (meant.isEmpty() ? "" : "; did you mean " + String.join(" or ", meant) + "?");
    }

    private static Map<String, String> exitCodes() {
        Map<String, String> codes = new LinkedHashMap<>();
        codes.put("0", "done");
        codes.put("1", "failed");
        codes.put("2", "usage");
        codes.put("3", "environment: missing file, port, permission");
        codes.put("4", "tampering, or a failed verification");
        return codes;
    }

    /** Gives each verb the terminal; verbs have no other way to print. */
    private record VerbFactory(Terminal terminal) implements IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            if (Verb.class.isAssignableFrom(type)) {
                var constructor = type.getDeclaredConstructor(Terminal.class);
                return constructor.newInstance(terminal);
            }
            Supplier<IFactory> plain = CommandLine::defaultFactory;
            return plain.get().create(type);
        }
    }
}
