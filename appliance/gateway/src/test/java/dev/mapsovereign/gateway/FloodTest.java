package dev.mapsovereign.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.ratelimit.RateLimitConfig;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.testing.RawClient;
import dev.mapsovereign.gateway.testing.TestNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many who show no credential, and one who does. */
class FloodTest {
    private static final int FLOODERS = 60;
    private static final int CALLS = 200;

    @TempDir private Path folder;

    @Test
    void flood_withoutCredential_growsTheLogByItsBoundAloneAndKnownCallersAreServed()
            throws Exception {
        try (TestNode node =
                        new TestNode(
                                folder,
                                Optional.empty(),
                                EdgeLimits.defaults(),
                                RateLimitConfig.DEFAULT);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<Integer, Integer> answers = new ConcurrentHashMap<>();
            AtomicBoolean on = new AtomicBoolean(true);
            long before = node.records(TenantId.NODE);
            long began = System.nanoTime();
            List<Future<?>> flood = new ArrayList<>();
            for (int at = 0; at < FLOODERS; at++) {
                String request =
                        at % 2 == 0
                                ? TestNode.request("", TestNode.envelope("echo", "{}"))
                                : TestNode.request("Authorization: Bearer x\r\n", "{");
                flood.add(threads.submit(() -> flood(node, request, on, answers)));
            }
            try (RawClient known = RawClient.plain(node.port())) {
                for (int call = 0; call < CALLS; call++) {
                    assertThat(
                                    known.send(node.call(TestNode.envelope("echo", "{}")))
                                            .reply()
                                            .status())
                            .isEqualTo(200);
                }
            }
            awaitRefused(answers);
            on.set(false);
            for (Future<?> flooder : flood) {
                flooder.get();
            }
            long seconds = (System.nanoTime() - began) / 1_000_000_000L + 1;
            RateLimitConfig rates = RateLimitConfig.DEFAULT;
            long bound =
                    rates.unverifiedBySource().burst()
                            + (rates.unverifiedBySource().permits() + 1) * seconds;
            assertThat(node.records(TenantId.NODE) - before).isBetween(1L, bound);
            assertThat(answers.keySet()).isSubsetOf(400, 401, 429);
        }
    }

    private static void flood(
            TestNode node, String request, AtomicBoolean on, Map<Integer, Integer> answers) {
        try (RawClient client = RawClient.plain(node.port())) {
            while (on.get()) {
                answers.merge(client.send(request).reply().status(), 1, Integer::sum);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void awaitRefused(Map<Integer, Integer> answers) {
        while (answers.getOrDefault(429, 0) < FLOODERS) {
            Thread.onSpinWait();
        }
    }
}
