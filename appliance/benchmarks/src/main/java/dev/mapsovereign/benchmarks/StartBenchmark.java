package dev.mapsovereign.benchmarks;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * How long a log takes to open after its process was killed (SIGKILL) in the middle of its fastest
 * load, with so many records in it. Opened in a fresh process each time, as a site would; its own
 * first line of {@code main} is where the clock starts.
 */
public final class StartBenchmark {
    private StartBenchmark() {}

    /** Options {@code --records N --rounds N --record-bytes N --tenants N}. */
    static void run(Path folder, Options options) throws IOException, InterruptedException {
        long records = options.count("records", 10_000_000);
        int rounds = options.number("rounds", 3);
        for (int round = 1; round <= rounds; round++) {
            long goal = round == 1 ? records : 1;
            Process load =
                    child(
                            "load",
                            folder.toString(),
                            String.valueOf(goal),
                            options.text("tenants", "1"),
                            options.text("record-bytes", "512"));
            String ready = readLine(load);
            TimeUnit.SECONDS.sleep(round == 1 ? 1 : 5);
            load.destroyForcibly();
            load.waitFor();
            Process open = child("open", folder.toString());
            JournalBenchmark.say(
                    "killed under load (%s); %s; load average %s",
                    ready, readLine(open), JournalBenchmark.loadAverage());
            open.waitFor();
        }
    }

    /** The child processes: {@code load FOLDER RECORDS TENANTS BYTES}, {@code open FOLDER}. */
    public static void main(String[] arguments) throws Exception {
        long began = System.nanoTime();
        Path folder = Path.of(arguments[1]).resolve("audit");
        Secret seed = Secret.copyOf(new byte[32]);
        AuditLog log = JournalBenchmark.open(folder, seed);
        double millis = (System.nanoTime() - began) / 1e6;
        double cpuMillis =
                ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis();
        if (arguments[0].equals("load")) {
            JournalLoad load =
                    new JournalLoad(
                            log,
                            Integer.parseInt(arguments[3]),
                            512,
                            true,
                            Integer.parseInt(arguments[4]));
            load.append(Long.parseLong(arguments[2]));
            System.out.println("first goal reached");
            load.runFor(3600);
        } else {
            long records = 0;
            for (TenantId tenant : log.tenants()) {
                records += log.head(tenant).size();
            }
            long journal = 0;
            try (var files = Files.newDirectoryStream(folder.resolve("journal"))) {
                for (Path file : files) {
                    journal += Files.size(file);
                }
            }
            System.out.println(
                    String.format(
                            Locale.ROOT,
                            "opened %d records, %d MiB of journal, in %.0f ms; CPU of the process"
                                    + " till then, its own start included, %.0f ms%s",
                            records,
                            journal >> 20,
                            millis,
                            cpuMillis,
                            log.status().unavailable().map(why -> ": " + why).orElse("")));
            log.close();
        }
        System.exit(0);
    }

    private static Process child(String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:+UseParallelGC",
                                "-XX:+UseCompactObjectHeaders",
                                "-cp",
                                System.getProperty("java.class.path"),
                                StartBenchmark.class.getName(),
                                arguments[0],
                                arguments[1]));
        command.addAll(List.of(arguments).subList(2, arguments.length));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static String readLine(Process process) throws IOException {
        String line = process.inputReader().readLine();
        if (line == null) {
            throw new IOException("the process ended before it said anything");
        }
        return line;
    }
}
