package dev.mapsovereign.auditlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Runs {@link AppendingProcess} as a process of its own, as often as wanted, over one audit folder,
 * and holds the log to every answer that any of its runs gave: after each fault the same check.
 */
final class Appender {
    /** Far beyond what any start takes, whatever else the machine does. */
    private static final int SECONDS_MAX = 120;

    private final Path folder;
    private final Path told;

    /** Tenant and index to record hash. */
    private final Map<String, String> answered = new HashMap<>();

    private final Set<String> begun = new HashSet<>();
    private final Set<String> done = new HashSet<>();

    /**
     * @param folder of the log
     * @param told a file that no fault reaches, for what the process says
     */
    Appender(Path folder, Path told) {
        this.folder = folder;
        this.told = told;
    }

    /** One run of the process. */
    final class Run {
        private final Process process;

        private Run(Process process) {
            this.process = process;
        }

        /** Waits until so many answers were given, or the process has ended. */
        void awaitAnswers(int count) throws IOException, InterruptedException {
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
            while (lines().size() <= count && process.isAlive()) {
                if (System.nanoTime() > until) {
                    throw new AssertionError(
                            "%d of %d answers:%n%s".formatted(lines().size() - 1, count, log()));
                }
                Thread.sleep(2);
            }
        }

        /** How many lines it has said: {@code ready} and the answers. */
        int said() throws IOException {
            return lines().size();
        }

        boolean isAlive() {
            return process.isAlive();
        }

        /** SIGKILL; notes what it had answered. False if it never took a record. */
        boolean kill() throws IOException, InterruptedException {
            // Where a tracer stands between, it ends with the traced.
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            if (process.descendants().findAny().isEmpty()) {
                process.destroyForcibly();
            }
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                throw new AssertionError("the process does not end");
            }
            List<String> lines = lines();
            if (lines.isEmpty() || !lines.getFirst().equals("ready")) {
                return false;
            }
            lines.subList(1, lines.size()).forEach(Appender.this::note);
            return true;
        }
    }

    /**
     * Starts it.
     *
     * @param prefix a command in front of it: a tracer, another user
     */
    Run start(List<String> prefix) throws IOException, URISyntaxException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath(),
                        AppendingProcess.class.getName(),
                        folder.toString()));
        // A file, not a pipe: what the process has written stays whole however it ends.
        return new Run(
                new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.appendTo(errors().toFile()))
                        .redirectOutput(told.toFile())
                        .start());
    }

    int answers() {
        return answered.size();
    }

    int intents() {
        return begun.size();
    }

    /**
     * Opens the log without any fault: it must be available, whole by the rules alone, and hold
     * every answer once.
     *
     * @param what has happened before, for messages
     */
    void check(String what) {
        try (AuditLog log = TestLog.open(folder)) {
            assertThat(log.status().unavailable()).as(what).isEmpty();
            while (log.status().openIntents() > 0) {
                TestLog.breathe();
            }
            LogCheck.Checked checked = LogCheck.check(log);
            requireAnswers(log, what);
            requireOneRecordEach(checked, what);
        }
    }

    /** The log of the processes, for messages. */
    private Path errors() {
        return told.resolveSibling("errors");
    }

    private String log() throws IOException {
        List<String> lines = Files.readAllLines(errors());
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }

    /** Whole lines alone: a last one that is cut off was told to nobody. */
    private List<String> lines() throws IOException {
        String text = Files.exists(told) ? Files.readString(told, StandardCharsets.US_ASCII) : "";
        String[] lines = text.split("\n", -1);
        return List.of(Arrays.copyOf(lines, lines.length - 1));
    }

    private void note(String line) {
        String[] words = line.split(" ", -1);
        switch (words[0]) {
            case "record" -> answer(words[1] + " " + words[2], words[3]);
            case "begun" -> begun.add(words[2]);
            case "done" -> {
                done.add(words[2]);
                answer(words[1] + " " + words[3], words[4]);
            }
            default -> throw new IllegalStateException(line);
        }
    }

    private void answer(String place, String hash) {
        assertThat(answered.put(place, hash)).as("index used twice: %s", place).isNull();
    }

    private void requireAnswers(AuditLog log, String what) {
        Map<String, List<byte[]>> leaves = new HashMap<>();
        for (TenantId tenant : log.tenants()) {
            leaves.put(tenant.value(), log.leaves(tenant, 0, (int) log.head(tenant).size()));
        }
        answered.forEach((place, hash) -> {
            String[] words = place.split(" ", -1);
            List<byte[]> own = Objects.requireNonNull(leaves.get(words[0]));
            int index = Integer.parseInt(words[1]);
            assertThat(own.size()).as("%s, answered %s", what, place).isGreaterThan(index);
            assertThat(Hex.encode(LogCheck.sha256(own.get(index))))
                    .as("%s, answered %s", what, place)
                    .isEqualTo(hash);
        });
    }

    private void requireOneRecordEach(LogCheck.Checked checked, String what) {
        Map<String, Integer> records = new HashMap<>();
        Set<String> interrupted = new HashSet<>();
        for (List<AuditRecord> tenant : checked.records().values()) {
            for (AuditRecord record : tenant) {
                String id = record.correlationId().map(Object::toString).orElse("");
                records.merge(id, 1, Integer::sum);
                if (record.code().filter("interrupted"::equals).isPresent()) {
                    interrupted.add(id);
                }
            }
        }
        for (String id : begun) {
            assertThat(records.getOrDefault(id, 0)).as("%s, intent %s", what, id).isOne();
        }
        interrupted.retainAll(done);
        assertThat(interrupted).as("%s, interrupted though answered", what).isEmpty();
    }

    /** The modules' classes and the tests' own. */
    static String classPath() throws URISyntaxException {
        List<String> parts = new ArrayList<>();
        for (Class<?> each : List.of(AppendingProcess.class, AuditLog.class, TenantId.class)) {
            parts.add(
                    Path.of(each.getProtectionDomain().getCodeSource().getLocation().toURI())
                            .toString());
        }
        return String.join(System.getProperty("path.separator"), parts);
    }
}
