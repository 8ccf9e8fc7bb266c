package dev.mapsovereign.engine.capability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.engine.agreement.Agreements;
import dev.mapsovereign.engine.news.ChangeNews;
import dev.mapsovereign.migrations.Migrator;
import dev.mapsovereign.redis.Redis;
import dev.mapsovereign.redis.RedisConfig;
import dev.mapsovereign.testing.TestRedis;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes on one database: what one changes, the other forgets, if Redis is there. */
final class CapabilityNewsTest {
    private static final TenantId ACME = TenantId.of("acme");
    private static final AgentDid AGENT = AgentDid.parse("did:oas:acme:agent:tester");
    private static final CapabilityName READ = new CapabilityName("map.test.read");

    private TestRedis server;
    private Database database;
    private Node one;
    private Node other;

    /** What a node knows of capabilities, and what it was told. */
    private final class Node {
        final BlockingQueue<String> told = new LinkedBlockingQueue<>();
        final Grants grants = new Grants(database, Clock.systemUTC());
        final EffectiveCapabilities effective =
                new EffectiveCapabilities(
                        new CapabilitySources(
                                List.of(),
                                CapabilityAliases.NONE,
                                Set.of(),
                                did -> Optional.empty(),
                                grants,
                                new Agreements(
                                        database,
                                        did -> Optional.empty(),
                                        Ed25519.jdk(),
                                        Clock.systemUTC())));
        final Redis redis =
                Redis.open(
                        RedisConfig.of("redis://127.0.0.1:" + server.port())
                                .withTimeout(Duration.ofSeconds(5)));
        final ChangeNews news;

        Node() throws InterruptedException {
            grants.onChange((tenant, did) -> told.add(tenant + " " + did));
            news =
                    new ChangeNews(
                            redis,
                            List.of(
                                    CapabilityNews.of(
                                            grants,
                                            () -> {
                                                effective.forgetAll();
                                                told.add("all");
                                            })));
            awaitTold("all");
        }

        void awaitTold(String what) throws InterruptedException {
            assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo(what);
        }

        boolean mayRead() {
            return effective.of(ACME, AGENT).allows(READ, Clock.systemUTC().instant());
        }
    }

    @BeforeEach
    void start() throws Exception {
        server = TestRedis.start();
        database = Database.open(DatabaseConfig.of("jdbc:h2:mem:" + UUID.randomUUID()));
        new Migrator(database).apply((migration, number, total) -> {});
        one = new Node();
        other = new Node();
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
    void revoke_onOneNode_theOtherForgetsAtOnce() throws Exception {
        assertThat(other.mayRead()).isFalse();
        one.grants.grant(ACME, AGENT, READ, Optional.empty(), "");
        other.awaitTold(ACME + " " + AGENT);
        assertThat(other.mayRead()).isTrue();
        one.grants.revoke(ACME, AGENT, READ, "");
        other.awaitTold(ACME + " " + AGENT);
        assertThat(other.mayRead()).isFalse();
        assertThat(one.mayRead()).isFalse();
    }

    @Test
    void revoke_whileRedisIsAway_isNoticedWhenItIsBack() throws Exception {
        one.grants.grant(ACME, AGENT, READ, Optional.empty(), "");
        other.awaitTold(ACME + " " + AGENT);
        assertThat(other.mayRead()).isTrue();
        server.halt();
        one.grants.revoke(ACME, AGENT, READ, "");
        assertThat(one.mayRead()).isFalse();
        assertThat(other.mayRead()).isTrue();
        server.restart();
        other.awaitTold("all");
        assertThat(other.mayRead()).isFalse();
    }

    @Test
    void hear_nonsense_forgetsEverything() throws Exception {
        one.redis.publish("map:changes", "capabilities nonsense");
        other.awaitTold("all");
    }
}
