package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node that is told to stop while a thousand connections call without a pause. */
@Tag("slow")
class DrainTest {
    private static final int CONNECTIONS = 1_000;

    /** Connections are opened by so many at a time: handshakes are computation. */
    private static final int OPENERS = 16;

    @TempDir private Path folder;

    /** What became of all calls. */
    private static final class Calls {
        final AtomicInteger answered = new AtomicInteger();
        final AtomicInteger refused = new AtomicInteger();
        final Queue<Long> records = new ConcurrentLinkedQueue<>();
        final Queue<String> dropped = new ConcurrentLinkedQueue<>();
        final Queue<String> wrong = new ConcurrentLinkedQueue<>();

        @Override
        public String toString() {
            return "%s answered, %s refused, dropped: %s, wrong: %s"
                    .formatted(answered, refused, dropped, wrong);
        }
    }

    @Test
    @Timeout(300)
    void stop_underAThousandConnections_dropsNoCall() throws Exception {
        try (Site site =
                new Site(
                        folder,
                        "h2:" + folder.resolve("var/db/map"),
                        "[engine.rate_limit]\nper_second = 1000000\n")) {
            site.start();
            List<KeptConnection> connections = open(site);
            Calls calls = new Calls();
            CountDownLatch everybodyCalled = new CountDownLatch(CONNECTIONS);
            List<Thread> callers = new ArrayList<>();
            for (int at = 0; at < CONNECTIONS; at++) {
                KeptConnection connection = connections.get(at);
                String name = "caller-" + at;
                callers.add(
                        Thread.ofVirtual()
                                .start(() ->
                                        callUntilTheEnd(
                                                site, connection, name, calls, everybodyCalled)));
            }
            assertThat(everybodyCalled.await(120, TimeUnit.SECONDS)).as("%s", calls).isTrue();
            assertThat(site.stop()).isZero();
            for (Thread caller : callers) {
                assertThat(caller.join(java.time.Duration.ofSeconds(60))).isTrue();
            }
            assertThat(calls.wrong).isEmpty();
            assertThat(calls.dropped).isEmpty();
            // Each connection was told before it ended: by a refusal, or with its last answer.
            assertThat(calls.answered.get()).isGreaterThanOrEqualTo(CONNECTIONS);
            assertThat(calls.records).doesNotHaveDuplicates();
            assertThat(site.records("acme")).isGreaterThan(calls.answered.get());
            site.start();
            assertThat(SiteCalls.resolve(site.client(site.apiKey()), site.agentDid()).status())
                    .isEqualTo(200);
            assertThat(site.stop()).isZero();
        }
    }

    private static List<KeptConnection> open(Site site) throws Exception {
        SSLContext trust = site.trust();
        List<Future<KeptConnection>> opening = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(OPENERS)) {
            for (int at = 0; at < CONNECTIONS; at++) {
                opening.add(threads.submit(() -> new KeptConnection(trust, site)));
            }
        }
        List<KeptConnection> open = new ArrayList<>();
        for (Future<KeptConnection> each : opening) {
            open.add(each.get());
        }
        return open;
    }

    /** Calls until the node says that the connection ends; anything else is held against it. */
    private static void callUntilTheEnd(
            Site site,
            KeptConnection connection,
            String name,
            Calls calls,
            CountDownLatch everybodyCalled) {
        String body =
                "{\"protocol\":\"OAS\",\"operation\":\"resolve\",\"input\":{\"did\":\""
                        + site.agentDid()
                        + "\"}}";
        try (connection) {
            boolean open = true;
            for (int at = 0; open; at++) {
                KeptConnection.Answer answer = connection.call(name + "-" + at, body);
                if (at == 0) {
                    everybodyCalled.countDown();
                }
                note(name, answer, calls);
                open = !answer.closing();
            }
        } catch (EOFException e) {
            calls.dropped.add(name);
        } catch (IOException e) {
            calls.wrong.add(name + ": " + e);
        }
    }

    private static void note(String name, KeptConnection.Answer answer, Calls calls) {
        if (answer.status() == 200) {
            calls.answered.incrementAndGet();
            calls.records.add(answer.recordIndex().orElseThrow());
        } else if (answer.status() == 503
                && answer.closing()
                && answer.body().text("code").orElse("").equals("draining")) {
            calls.refused.incrementAndGet();
        } else {
            calls.wrong.add(name + ": " + answer.status() + " " + answer.body());
        }
    }
}
