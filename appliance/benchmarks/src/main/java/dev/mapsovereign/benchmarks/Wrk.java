package dev.mapsovereign.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Calls by wrk, a load generator in C that costs the machine a fraction of what one in Java does:
 * where callers and servers share processors, that decides what is measured.
 *
 * @param script what is sent, in its language
 * @param url where to
 * @param connections kept, each with one call at a time
 */
record Wrk(Path script, String url, int connections) {
    private static final int THREADS = 2;
    private static final Pattern LATENCY =
            Pattern.compile("^\\s+(50|99)%\\s+([0-9.]+)(us|ms|s)$", Pattern.MULTILINE);
    private static final Pattern TOTAL = Pattern.compile("(\\d+) requests in ");
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");

    /**
     * Calls to be made.
     *
     * @param folder where the script is kept, readable by its owner alone: a credential is in it
     * @param authorization a header line, or nothing
     */
    static Wrk of(Path folder, String url, int connections, String authorization, String body)
            throws IOException {
        Path script = Files.createTempFile(folder, "wrk", ".lua");
        String credential = authorization.strip().replaceFirst("^Authorization: ", "");
        Files.writeString(
                script,
                "wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\n"
                        + (credential.isEmpty()
                                ? ""
                                : "wrk.headers['Authorization'] = '" + credential + "'\n")
                        + "wrk.body = '"
                        + body
                        + "'\n");
        return new Wrk(script, url, connections);
    }

    /** Calls for so long. */
    Measured run(double seconds) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                List.of(
                                        "wrk",
                                        "-t" + THREADS,
                                        "-c" + connections,
                                        "-d" + Math.max(1, Math.round(seconds)) + "s",
                                        "--timeout",
                                        "30s",
                                        "--latency",
                                        "-s",
                                        script.toString(),
                                        url))
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(1, TimeUnit.MINUTES)
                || process.exitValue() != 0
                || said.contains("Non-2xx")
                || said.contains("Socket errors")) {
            throw new IOException("wrk: " + said);
        }
        double median = 0;
        double high = 0;
        Matcher latency = LATENCY.matcher(said);
        while (latency.find()) {
            double millis = Double.parseDouble(latency.group(2)) * unit(latency.group(3));
            if (latency.group(1).equals("50")) {
                median = millis;
            } else {
                high = millis;
            }
        }
        return new Measured(number(RATE, said), median, high, (long) number(TOTAL, said));
    }

    private static double unit(String name) {
        return switch (name) {
            case "us" -> 0.001;
            case "s" -> 1_000;
            default -> 1;
        };
    }

    private static double number(Pattern pattern, String said) throws IOException {
        Matcher matcher = pattern.matcher(said);
        if (!matcher.find()) {
            throw new IOException(
                    String.format(Locale.ROOT, "wrk said something else than expected: %s", said));
        }
        return Double.parseDouble(matcher.group(1));
    }
}
