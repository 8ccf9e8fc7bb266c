package dev.mapsovereign.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.testing.TestRedis;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The door against a real server that fails in every way a server can. */
class RedisTest {
    private static final RedisScript COUNT =
            new RedisScript("return {redis.call('INCR', KEYS[1]), tonumber(ARGV[1])}");

    @Test
    void run_script_isLoadedOnceAndAgainWhenItWasForgotten() throws Exception {
        try (Redis redis = Redis.open(patient(TestRedis.shared().freshUrl()))) {
            assertThat(redis.trouble()).isEmpty();
            assertThat(redis.run(COUNT, List.of("c"), List.of("7"))).containsExactly(1L, 7L);
            TestRedis.shared().command("SCRIPT FLUSH");
            assertThat(redis.run(COUNT, List.of("c"), List.of("8"))).containsExactly(2L, 8L);
            assertThat(redis.failures()).isZero();
            assertThat(redis.roundTrips()).isGreaterThanOrEqualTo(3);
        }
    }

    @Test
    void run_manyAtOnce_eachGetsItsOwnAnswer() throws Exception {
        try (Redis redis = Redis.open(patient(TestRedis.shared().freshUrl()));
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Long>>> answers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String mark = Integer.toString(i);
                answers.add(callers.submit(() -> redis.run(COUNT, List.of("c"), List.of(mark))));
            }
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get().get(1)).isEqualTo(i);
            }
        }
    }

    @Test
    void open_nobodyListens_startsAndFindsTheServerWhenItComes() throws Exception {
        try (TestRedis server = TestRedis.start()) {
            server.halt();
            try (Redis redis = Redis.open(patient(url(server)))) {
                assertThat(redis.trouble()).isPresent();
                assertThatThrownBy(() -> redis.run(COUNT, List.of("c"), List.of("1")))
                        .isInstanceOf(RedisUnavailableException.class)
                        .hasMessageContaining("refused");
                server.restart();
                awaitTrouble(redis, Optional.empty());
                assertThat(redis.run(COUNT, List.of("c"), List.of("1"))).containsExactly(1L, 1L);
            }
        }
    }

    @Test
    void run_serverRestartedBetweenTwoQuestions_theSecondIsAnswered() throws Exception {
        try (TestRedis server = TestRedis.start();
                Redis redis = Redis.open(patient(url(server)))) {
            redis.run(COUNT, List.of("c"), List.of("1"));
            server.halt();
            server.restart();
            awaitTrouble(redis, Optional.empty());
            assertThat(redis.run(COUNT, List.of("c"), List.of("1"))).containsExactly(1L, 1L);
        }
    }

    @Test
    void run_connectionClosedByTheServer_isMadeAnewWithoutAFailure() throws Exception {
        try (TestRedis server = TestRedis.start();
                Redis redis = Redis.open(patient(url(server)))) {
            redis.run(COUNT, List.of("c"), List.of("1"));
            server.command("CLIENT KILL TYPE normal SKIPME yes");
            assertThat(redis.run(COUNT, List.of("c"), List.of("1"))).containsExactly(2L, 1L);
            assertThat(redis.failures()).isZero();
        }
    }

    @Test
    void run_stalledServer_isGivenUpInTimeAndThenNobodyWaits() throws Exception {
        try (TestRedis server = TestRedis.start();
                Redis redis =
                        Redis.open(
                                RedisConfig.of(url(server)).withTimeout(Duration.ofMillis(200)))) {
            server.stall();
            try {
                assertThatThrownBy(() -> redis.run(COUNT, List.of("c"), List.of("1")))
                        .isInstanceOf(RedisUnavailableException.class);
                long failures = redis.failures();
                for (int i = 0; i < 1_000; i++) {
                    assertThatThrownBy(() -> redis.run(COUNT, List.of("c"), List.of("1")))
                            .isInstanceOf(RedisUnavailableException.class);
                }
                // A thousand waits would be a thousand failures; the probe makes a few.
                assertThat(redis.failures() - failures).isLessThan(50);
            } finally {
                server.resume();
            }
            awaitTrouble(redis, Optional.empty());
        }
    }

    @Test
    void run_stalledServerBehindAUnixSocket_isGivenUpToo(@TempDir Path folder) throws Exception {
        Path socket = folder.resolve("redis.sock");
        try (TestRedis server = TestRedis.start(List.of("--unixsocket", socket.toString()));
                Redis redis = Redis.open(RedisConfig.of("unix:" + socket + "?db=2"))) {
            assertThat(redis.trouble()).isEmpty();
            assertThat(redis.run(COUNT, List.of("c"), List.of("1"))).containsExactly(1L, 1L);
            server.stall();
            try {
                assertThatThrownBy(() -> redis.run(COUNT, List.of("c"), List.of("1")))
                        .isInstanceOf(RedisUnavailableException.class);
            } finally {
                server.resume();
            }
            awaitTrouble(redis, Optional.empty());
            redis.run(COUNT, List.of("c"), List.of("1"));
        }
    }

    @Test
    void open_password_isGivenAndAWrongOneIsNamedWithoutShowingIt() throws Exception {
        try (TestRedis server = TestRedis.start()) {
            server.command("ACL SETUSER node on >right " + TestRedis.NODE_RIGHTS);
            server.command("CONFIG SET requirepass other");
            String at = "@127.0.0.1:" + server.port();
            try (Redis wrong = Redis.open(RedisConfig.of("redis://node:hunter2" + at));
                    Redis none = Redis.open(RedisConfig.of("redis://127.0.0.1:" + server.port()));
                    Redis right = Redis.open(patient("redis://node:right" + at + "/1"));
                    Redis alone = Redis.open(patient("redis://:other" + at))) {
                assertThat(wrong.trouble().orElseThrow())
                        .contains("WRONGPASS")
                        .doesNotContain("hunter2");
                assertThat(none.trouble().orElseThrow()).contains("NOAUTH");
                assertThat(right.trouble()).isEmpty();
                right.publish("map:changes", "news");
                BlockingQueue<Boolean> listening = new LinkedBlockingQueue<>();
                try (RedisSubscription subscription =
                        right.subscribe(
                                "map:changes",
                                new RedisSubscription.Listener() {
                                    @Override
                                    public void listening() {
                                        listening.add(true);
                                    }

                                    @Override
                                    public void message(String text) {
                                        listening.add(false);
                                    }
                                })) {
                    assertThat(subscription).isNotNull();
                    assertThat(listening.poll(30, TimeUnit.SECONDS)).isTrue();
                }
                assertThat(alone.trouble()).isEmpty();
            }
        }
    }

    @Test
    void run_memoryOfTheServerFull_isTroubleUntilThereIsRoom() throws Exception {
        try (TestRedis server = TestRedis.start();
                Redis redis = Redis.open(patient(url(server)))) {
            server.command("CONFIG SET maxmemory 1");
            assertThatThrownBy(() -> redis.run(COUNT, List.of("c"), List.of("1")))
                    .hasMessageContaining("Redis refuses: OOM");
            assertThat(redis.trouble().orElseThrow()).contains("OOM");
            server.command("CONFIG SET maxmemory 0");
            awaitTrouble(redis, Optional.empty());
        }
    }

    @Test
    void trouble_serverEndsWhileNobodyAsks_showsByItself() throws Exception {
        try (TestRedis server = TestRedis.start();
                Redis redis = Redis.open(patient(url(server)))) {
            BlockingQueue<Optional<String>> told = new LinkedBlockingQueue<>();
            redis.onChange(told::add);
            assertThat(told.take()).isEmpty();
            server.halt();
            assertThat(told.poll(30, TimeUnit.SECONDS)).isPresent();
            server.restart();
            assertThat(told.poll(30, TimeUnit.SECONDS)).isEmpty();
        }
    }

    @Test
    void subscribe_connectionLost_tellsThatSomethingMayHaveBeenMissed() throws Exception {
        try (TestRedis server = TestRedis.start();
                Redis one = Redis.open(patient(url(server)));
                Redis other = Redis.open(patient(url(server)))) {
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            try (RedisSubscription subscription =
                    one.subscribe(
                            "news",
                            new RedisSubscription.Listener() {
                                @Override
                                public void listening() {
                                    heard.add("(listening)");
                                }

                                @Override
                                public void message(String text) {
                                    heard.add(text);
                                }
                            })) {
                assertThat(subscription).isNotNull();
                assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("(listening)");
                other.publish("news", "first");
                assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("first");
                server.halt();
                server.restart();
                assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("(listening)");
                awaitTrouble(other, Optional.empty());
                other.publish("news", "second");
                assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("second");
            }
        }
    }

    /** Where nothing is said about waiting, a slow machine must not count. */
    private static RedisConfig patient(String url) {
        return RedisConfig.of(url).withTimeout(Duration.ofSeconds(5));
    }

    private static String url(TestRedis server) {
        return "redis://127.0.0.1:" + server.port();
    }

    /** Waits for a state, not for a time. */
    static void awaitTrouble(Redis redis, Optional<String> wanted) throws InterruptedException {
        BlockingQueue<Optional<String>> told = new LinkedBlockingQueue<>();
        redis.onChange(told::add);
        Optional<String> now = told.take();
        while (!now.equals(wanted)) {
            now = Optional.ofNullable(told.poll(30, TimeUnit.SECONDS)).orElseThrow();
        }
    }
}
