package dev.mapsovereign.engine.news;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.engine.policy.Policies;
import dev.mapsovereign.engine.policy.PolicyName;
import dev.mapsovereign.migrations.Migrator;
import dev.mapsovereign.redis.Redis;
import dev.mapsovereign.redis.RedisConfig;
import dev.mapsovereign.testing.TestRedis;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes on one database: what one changes, the other reads at once, if Redis is there. */
final class ChangeNewsTest {
    private static final PolicyName FREEZE = new PolicyName("freeze", "v1.0.0");

    private TestRedis server;
    private Database database;
    private Node one;
    private Node other;

    /** Its policies, and what it read again. */
    private final class Node {
        final BlockingQueue<String> read = new LinkedBlockingQueue<>();
        final Policies policies = Policies.open(database, Clock.systemUTC());
        final Redis redis =
                Redis.open(
                        RedisConfig.of("redis://node:right@127.0.0.1:" + server.port())
                                .withTimeout(Duration.ofSeconds(5)));
        final ChangeNews news =
                new ChangeNews(
                        redis,
                        List.of(
                                ChangeNews.Topic.whole(
                                        "policies",
                                        policies::announceTo,
                                        () -> {
                                            policies.refresh();
                                            read.add("policies");
                                        })));

        void awaitRead() throws InterruptedException {
            assertThat(read.poll(30, TimeUnit.SECONDS)).isEqualTo("policies");
        }
    }

    @BeforeEach
    void start() throws Exception {
        server = TestRedis.start();
        letNodesIn();
        database = Database.open(DatabaseConfig.of("jdbc:h2:mem:" + UUID.randomUUID()));
        new Migrator(database).apply((migration, number, total) -> {});
        one = new Node();
        other = new Node();
        one.awaitRead();
        other.awaitRead();
        var _ =
                one.policies.author(
                        FREEZE,
                        Optional.empty(),
                        "forbid(principal, action, resource);",
                        Optional.empty(),
                        "");
    }

    /** With the rights that the documentation names, and no others. */
    private void letNodesIn() {
        server.command("ACL SETUSER node on >right " + TestRedis.NODE_RIGHTS);
    }

    @AfterEach
    void stop() {
        for (Node node : List.of(one, other)) {
            node.news.close();
            node.redis.close();
        }
        database.close();
        server.close();
    }

    @Test
    void activate_onOneNode_theOtherHasItAtOnce() throws Exception {
        var _ = one.policies.activate(FREEZE);
        other.awaitRead();
        assertThat(other.policies.current().names()).containsExactly(FREEZE);
        var _ = other.policies.retire("freeze");
        // A node hears itself too.
        one.awaitRead();
        one.awaitRead();
        assertThat(one.policies.current().isEmpty()).isTrue();
    }

    @Test
    void activate_whileRedisIsAway_isReadWhenItIsBack() throws Exception {
        server.halt();
        var _ = one.policies.activate(FREEZE);
        assertThat(one.policies.current().isEmpty()).isFalse();
        assertThat(other.policies.current().isEmpty()).isTrue();
        server.restart();
        letNodesIn();
        other.awaitRead();
        assertThat(other.policies.current().names()).containsExactly(FREEZE);
    }

    @Test
    void hear_nonsense_isPassedOver() throws Exception {
        one.redis.publish("map:changes", "nonsense");
        one.redis.publish("map:changes", "policies");
        other.awaitRead();
        assertThat(other.read).isEmpty();
    }
}
