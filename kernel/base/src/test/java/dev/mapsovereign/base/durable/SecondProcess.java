package dev.mapsovereign.base.durable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts {@link DurableProgram}. */
final class SecondProcess {
    private SecondProcess() {}

    static Process start(String... arguments) throws IOException {
        return new ProcessBuilder(command(arguments))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** The command that runs it; by folders of classes, since the tests run as a module. */
    static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", "target/classes:target/test-classes"));
        command.add(DurableProgram.class.getName());
        command.addAll(List.of(arguments));
        return command;
    }
}
