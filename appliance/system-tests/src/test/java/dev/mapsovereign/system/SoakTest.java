package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node at half of what it can do: nothing that it holds may grow. Callers ask, send messages and
 * take them, leave and come again.
 */
class SoakTest {
    private static final int CALLERS = 8;

    /** A caller leaves and comes again after so many calls. */
    private static final int CALLS_A_CONNECTION = 200;

    private static final Duration MEASURING = Duration.ofSeconds(10);

    /** How much more of the heap may live at the end than after the first third. */
    private static final double GROWTH_MAX = 1.10;

    /** Room for what comes and goes: pages of a cache, a thread that cleans up. */
    private static final long SLACK_BYTES = 4L << 20;

    private static final int SLACK_COUNT = 20;

    @TempDir private Path folder;

    /**
     * What the node holds.
     *
     * @param liveBytes of the heap, after a full collection
     */
    private record Held(long liveBytes, long threads, long descriptors) {}

    @Test
    @Tag("slow")
    void halfLoad_threeMinutes_growsNothing() throws Exception {
        soak(Duration.ofMinutes(3));
    }

    @Test
    @Tag("nightly")
    void halfLoad_anHour_growsNothing() throws Exception {
        soak(Duration.ofHours(1));
    }

    private void soak(Duration time) throws Exception {
        try (Site site =
                new Site(
                        folder,
                        "h2:" + folder.resolve("var/db/map"),
                        "[engine.rate_limit]\nper_second = 1000000\n")) {
            site.start();
            run(site, MEASURING, 0);
            long calls = run(site, MEASURING, 0);
            double half = calls / 2.0 / MEASURING.toSeconds();
            run(site, time.dividedBy(3), half);
            Held first = held(site);
            long made = run(site, time.dividedBy(3).multipliedBy(2), half);
            Held last = held(site);
            String what =
                    "after %s at %.0f calls/s, %d calls: %s, after the first third %s"
                            .formatted(time, half, made, last, first);
            System.out.println("soak " + what);
            assertThat((double) last.liveBytes())
                    .as(what)
                    .isLessThan(first.liveBytes() * GROWTH_MAX + SLACK_BYTES);
            assertThat(last.threads()).as(what).isLessThan(first.threads() + SLACK_COUNT);
            assertThat(last.descriptors()).as(what).isLessThan(first.descriptors() + SLACK_COUNT);
            // It kept up with what was asked of it.
            assertThat((double) made).as(what).isGreaterThan(half * time.toSeconds() * 2 / 3 * 0.8);
            assertThat(site.stop()).isZero();
        }
    }

    /**
     * Calls for so long.
     *
     * @param rate calls a second together; 0 for as fast as answers come
     * @return how many were answered
     */
    private static long run(Site site, Duration time, double rate) throws Exception {
        SSLContext trust = site.trust();
        AtomicBoolean over = new AtomicBoolean();
        AtomicLong answered = new AtomicLong();
        AtomicReference<Throwable> failed = new AtomicReference<>();
        List<Thread> callers = new ArrayList<>();
        for (int at = 0; at < CALLERS; at++) {
            int number = at;
            callers.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    call(site, trust, number, rate, over, answered);
                                } catch (IOException | RuntimeException | AssertionError e) {
                                    failed.set(e);
                                }
                            }));
        }
        TimeUnit.MILLISECONDS.sleep(time.toMillis());
        over.set(true);
        for (Thread caller : callers) {
            assertThat(caller.join(Duration.ofSeconds(60))).as("a call ends").isTrue();
        }
        assertThat(failed.get()).isNull();
        return answered.get();
    }

    private static void call(
            Site site,
            SSLContext trust,
            int number,
            double rate,
            AtomicBoolean over,
            AtomicLong answered)
            throws IOException {
        long periodNanos = rate == 0 ? 0 : (long) (1e9 * CALLERS / rate);
        long due = System.nanoTime();
        long made = 0;
        List<String> taken = List.of();
        while (!over.get()) {
            try (KeptConnection connection = new KeptConnection(trust, site)) {
                for (int at = 0; at < CALLS_A_CONNECTION && !over.get(); at++) {
                    KeptConnection.Answer answer =
                            connection.call("soak-" + number, body(site, number, made, taken));
                    assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
                    if (number == 0 && made % 2 == 1) {
                        taken = messages(answer);
                    }
                    answered.incrementAndGet();
                    made++;
                    due = Math.max(due + periodNanos, System.nanoTime() - 1_000_000_000L);
                    while (due - System.nanoTime() > 0 && periodNanos > 0) {
                        LockSupport.parkNanos(due - System.nanoTime());
                    }
                }
            }
        }
    }

    /** One caller sends a message and takes it, in turns; the others ask. */
    private static String body(Site site, int number, long made, List<String> taken) {
        String did = site.agentDid();
        if (number > 0) {
            return envelope("OAS", "resolve", "\"did\":\"" + did + "\"");
        }
        return made % 2 == 0
                ? envelope(
                        "MIM",
                        "message_send",
                        "\"to\":\"mailbox://" + did + "\",\"body\":{\"n\":1}")
                : envelope(
                        "MIM",
                        "message_receive",
                        "\"from\":\"mailbox://"
                                + did
                                + "\",\"max\":10,\"lease_s\":60,\"acknowledge\":["
                                + String.join(",", taken)
                                + "]");
    }

    private static String envelope(String protocol, String operation, String input) {
        return "{\"protocol\":\"%s\",\"operation\":\"%s\",\"input\":{%s}}"
                .formatted(protocol, operation, input);
    }

    /** The ids of the messages that came with an answer, as JSON texts. */
    private static List<String> messages(KeptConnection.Answer answer) {
        return answer
                .body()
                .object("data")
                .flatMap(data -> data.array("messages"))
                .orElse(JsonArray.EMPTY)
                .values()
                .stream()
                .map(each -> "\"" + ((JsonObject) each).text("message_id").orElseThrow() + "\"")
                .toList();
    }

    private static Held held(Site site) throws Exception {
        Path process = Path.of("/proc", Long.toString(site.pid()));
        long threads;
        try (Stream<Path> tasks = Files.list(process.resolve("task"))) {
            threads = tasks.count();
        }
        long descriptors;
        try (Stream<Path> open = Files.list(process.resolve("fd"))) {
            descriptors = open.count();
        }
        return new Held(liveBytes(site.pid()), threads, descriptors);
    }

    /** The last line of the histogram of what lives: total, instances, bytes. */
    private static long liveBytes(long pid) throws Exception {
        Process jcmd =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/jcmd").toString(),
                                Long.toString(pid),
                                "GC.class_histogram")
                        .redirectErrorStream(true)
                        .start();
        String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(jcmd.waitFor()).as(said).isZero();
        String total =
                said.lines().filter(line -> line.startsWith("Total")).findFirst().orElseThrow();
        return Long.parseLong(total.strip().split("\\s+")[2]);
    }
}
