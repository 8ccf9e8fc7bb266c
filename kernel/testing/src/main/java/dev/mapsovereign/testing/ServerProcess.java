package dev.mapsovereign.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A server that ends when this Java process does, however it does, {@code kill -9} included.
 *
 * <p>A shell stands between: it starts the server and holds the reading end of a pipe. The kernel
 * closes the other end with this process, and then the shell stops the server and removes its
 * folder. No thread, no shutdown hook and no clean-up at the next start has to be relied upon.
 */
final class ServerProcess {
    private static final long STOP_SECONDS_MAX = 30;

    /**
     * {@code $1} is the folder, the rest the server's command. Signals from a terminal reach the
     * whole process group, so the shell ignores them: the pipe alone tells it to end. A process in
     * the background of a shell has no standard input, hence descriptor 3.
     */
    private static final String GUARD =
            """
            trap '' INT TERM HUP
            folder=$1
            shift
            exec 3<&0
            "$@" 3<&- &
            server=$!
            {
                read -r word <&3 || word=remove
                echo "$word" > "$folder/end"
                kill -INT "$server"
            } &
            guard=$!
            wait "$server"
            status=$?
            kill -KILL "$guard" 2>/dev/null
            [ "$(cat "$folder/end" 2>/dev/null)" = remove ] && rm -rf -- "$folder"
            exit "$status"
            """;

    private final Path folder;
    private final Path log;
    private final Process shell;

    private ServerProcess(Path folder, Path log, Process shell) {
        this.folder = folder;
        this.log = log;
        this.shell = shell;
    }

    /** Starts a server whose files and output are in {@code folder}, which goes with it. */
    static ServerProcess start(Path folder, List<String> command) throws IOException {
        Files.deleteIfExists(folder.resolve("end"));
        Path log = folder.resolve("server.log");
        List<String> guarded = new ArrayList<>(List.of("/bin/sh", "-c", GUARD, "guard"));
        guarded.add(folder.toString());
        guarded.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(guarded);
        // A server's working directory must be one that its user may enter.
        builder.directory(folder.toFile());
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        return new ServerProcess(folder, log, builder.start());
    }

    boolean isAlive() {
        return shell.isAlive();
    }

    /** The end of what the server wrote, for a failure's message. */
    String logTail() {
        try {
            String all = Files.readString(log, StandardCharsets.UTF_8);
            return all.substring(Math.max(0, all.length() - 2000));
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    /** Stops the server and leaves its folder for another start. */
    void halt() {
        tell("keep\n");
    }

    /** Stops the server and removes its folder. */
    void remove() {
        tell("remove\n");
        TestFolders.delete(folder);
    }

    /** SIGKILL for the server and what it started; its folder stays for another start. */
    void kill() {
        List<ProcessHandle> all = shell.descendants().toList();
        try {
            Files.writeString(folder.resolve("end"), "keep\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        all.forEach(ProcessHandle::destroyForcibly);
        awaitEnd();
        all.forEach(each -> each.onExit().orTimeout(STOP_SECONDS_MAX, TimeUnit.SECONDS).join());
    }

    /** SIGSTOP or SIGCONT for the server and what it started. */
    void signal(String name) {
        List<String> command = new ArrayList<>(List.of("kill", "-" + name));
        shell.children()
                .flatMap(child -> Stream.concat(Stream.of(child), child.descendants()))
                .forEach(each -> command.add(Long.toString(each.pid())));
        try {
            new ProcessBuilder(command).start().waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell(String word) {
        try (OutputStream pipe = shell.getOutputStream()) {
            pipe.write(word.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // the server and its shell have ended already
        }
        awaitEnd();
    }

    private void awaitEnd() {
        boolean ended = false;
        try {
            ended = shell.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!ended) {
            shell.descendants().forEach(ProcessHandle::destroyForcibly);
            shell.destroyForcibly();
        }
    }
}
