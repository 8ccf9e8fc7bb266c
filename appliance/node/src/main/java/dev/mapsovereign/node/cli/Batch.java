package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;

/**
 * {@code map batch}: many verbs in one process, for who starts them from a script. Java and its
 * classes are loaded once: a dozen verbs of an install take the time of three.
 */
@Command(
        name = "batch",
        description = {
            "Runs verbs, one a line of standard input, its words separated by tabs.",
            "Answers each with lines \"o TEXT\" of its result, \"e TEXT\" of everything else, then",
            "\"x EXIT-CODE\"; ends with 0 at the end of the input, whatever the verbs ended with."
        },
        footer = {"", "Example:", "  map batch <verbs"})
final class Batch extends Verb {
    /** With one of these, {@code serve} ends by itself. */
    private static final Set<String> ENDING = Set.of(Serve.CHECK_CONFIG, Serve.UNTIL_READY);

    Batch(Terminal terminal) {
        super(terminal);
    }

    @Override
    ExitCode run() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isEmpty()) {
                    answer(line.split("\t", -1));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("couldn't read the verbs", e);
        }
        return ExitCode.DONE;
    }

    private void answer(String[] words) {
        if (runsAlone(words)) {
            terminal().out().println("e map batch: '" + words[0] + "' does not run in a batch");
            terminal().out().println("x " + ExitCode.USAGE.number());
            terminal().out().flush();
            return;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exit =
                Commands.run(
                        words,
                        terminal().environment(),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8));
        lines("o ", out);
        lines("e ", err);
        terminal().out().println("x " + exit);
        terminal().out().flush();
    }

    /** A node that serves never ends, and another batch would take the rest of the input. */
    private static boolean runsAlone(String[] words) {
        return words[0].equals("batch")
                || (words[0].equals("serve") && Collections.disjoint(List.of(words), ENDING));
    }

    private void lines(String mark, ByteArrayOutputStream text) {
        text.toString(StandardCharsets.UTF_8)
                .lines()
                .forEach(line -> terminal().out().println(mark + line));
    }
}
