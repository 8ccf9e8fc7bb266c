package dev.mapsovereign.verifier;

import dev.mapsovereign.auditexport.ExportRequest;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How fast {@code map-verify bundle} is beside {@code cp -r} and {@code sha256sum -c} of the same
 * medium, all on one core, one after the other, five times over; processor seconds and elapsed
 * ones. No test: it asserts nothing.
 *
 * <pre>
 * java -cp … dev.mapsovereign.verifier.VerifyBenchmark FOLDER [RECORDS]
 * </pre>
 *
 * <p>The medium is made in {@code FOLDER} the first time, by a real log and a real export.
 */
final class VerifyBenchmark {
    private static final int ROUNDS = 5;
    private static final int BATCH = 50_000;

    /** {@code times} of a POSIX shell: user and system time, the children's on the second line. */
    private static final Pattern TIMES =
            Pattern.compile("(\\d+)m([0-9.]+)s (\\d+)m([0-9.]+)s\\s*$");

    private VerifyBenchmark() {}

    /** Runs it. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]).toAbsolutePath();
        int records = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000_000;
        Path medium = folder.resolve("medium");
        if (!Files.isDirectory(medium)) {
            make(folder, medium, records);
        }
        Path trust =
                MediumFiles.all(folder).stream()
                        .filter(file -> file.toString().endsWith(".policy"))
                        .findFirst()
                        .orElseThrow();
        Path node = onlyFolder(medium.resolve("MAP-AUDIT"));
        long bytes = MediumFiles.all(node).stream().mapToLong(f -> f.toFile().length()).sum();
        System.out.printf(Locale.ROOT, "%d records, %.1f MB%n", records, bytes / 1e6);
        String copy = "rm -rf '%s/copy' && cp -r '%s' '%s/copy'".formatted(folder, medium, folder);
        String sums = "cd '%s' && sha256sum -c --quiet bundle-1/manifest.txt".formatted(node);
        String verify =
                "'%s/bin/java' -XX:+UseSerialGC -XX:+UseCompactObjectHeaders -Xmx128m -cp '%s' %s bundle '%s' --trust '%s' >'%s/report'"
                        .formatted(
                                System.getProperty("java.home"),
                                System.getProperty("java.class.path"),
                                Main.class.getName(),
                                medium,
                                trust,
                                folder);
        String last = "";
        for (int round = 0; round < ROUNDS; round++) {
            double[] cp = time(copy);
            double[] sha = time(sums);
            double[] java = time(verify);
            last =
                    "cp %.2f s (%.2f elapsed), sha256sum %.2f (%.2f), map-verify %.2f (%.2f); speed beside cp and sha256sum: %.0f %% by processor time, %.0f %% by the clock"
                            .formatted(
                                    cp[0],
                                    cp[1],
                                    sha[0],
                                    sha[1],
                                    java[0],
                                    java[1],
                                    100 * (cp[0] + sha[0]) / java[0],
                                    100 * (cp[1] + sha[1]) / java[1]);
            System.out.println(last);
        }
        System.out.println(Files.readString(folder.resolve("report")).lines().toList().getLast());
    }

    private static void make(Path folder, Path medium, int records) throws IOException {
        Files.createDirectories(medium);
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha").tenants("acme")) {
            for (int done = 0; done < records; done += BATCH) {
                node.append("acme", Math.min(BATCH, records - done));
            }
            node.trustFile(folder);
            node.export(ExportRequest.all(medium));
        }
    }

    private static Path onlyFolder(Path folder) {
        File[] files = folder.toFile().listFiles();
        if (files == null || files.length != 1) {
            throw new IllegalStateException(folder + " holds something else than one folder");
        }
        return files[0].toPath();
    }

    /** Processor and elapsed seconds of a command on core 0. */
    private static double[] time(String command) {
        long began = System.nanoTime();
        Verifiers.Outcome outcome =
                Verifiers.run(
                        List.of("taskset", "-c", "0", "sh", "-c", "(" + command + ") && times"));
        double elapsed = (System.nanoTime() - began) / 1e9;
        Matcher times = TIMES.matcher(outcome.output());
        if (outcome.exit() != 0 || !times.find()) {
            throw new IllegalStateException(outcome.output());
        }
        double user = 60 * Double.parseDouble(times.group(1)) + Double.parseDouble(times.group(2));
        double system =
                60 * Double.parseDouble(times.group(3)) + Double.parseDouble(times.group(4));
        return new double[] {user + system, elapsed};
    }
}
