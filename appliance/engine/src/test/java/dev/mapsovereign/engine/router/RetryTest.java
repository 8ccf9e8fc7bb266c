package dev.mapsovereign.engine.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.engine.Crowd;
import dev.mapsovereign.engine.TestEngine.TestCall;
import dev.mapsovereign.engine.breaker.BreakerPolicy;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.route.RetryPolicy;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Calls that one endpoint fails and another may answer. */
@ExtendWith(SeededRandomExtension.class)
final class RetryTest {
    /** Nothing is taken out here: what is tested is what one call does. */
    private static final BreakerPolicy NEVER_OPEN =
            new BreakerPolicy(64, 64, 100, Duration.ofHours(1), Duration.ofSeconds(1), 1);

    private static final RetryPolicy PLENTY =
            new RetryPolicy(2, Optional.empty(), 100, 1_000, false);

    @TempDir private Path folder;

    private RemotePair remotes(RetryPolicy retry) {
        return new RemotePair(folder, NEVER_OPEN, retry, Optional.empty());
    }

    private static void failAt(RemotePair remotes, int which, AtomicInteger failed) {
        remotes.letEach((own, exchange) -> {
            if (own == which) {
                failed.incrementAndGet();
                RemotePair.respond(exchange, 500, "{\"code\":\"internal\"}");
            } else {
                RemotePair.respond(exchange, 200, "{\"data\":{}}");
            }
        });
    }

    @Test
    void handle_readFails_isAnsweredByTheOtherAndAWriteIsNotTriedAgain() {
        try (RemotePair remotes = remotes(PLENTY)) {
            AtomicInteger failed = new AtomicInteger();
            failAt(remotes, 0, failed);
            for (int i = 0; i < 100 && failed.get() < 3; i++) {
                EngineResponse.Answered _ = remotes.call("read").answered();
            }
            assertThat(failed).hasValueGreaterThanOrEqualTo(3);

            failed.set(0);
            int refusals = 0;
            for (int i = 0; i < 100 && refusals == 0; i++) {
                TestCall call = remotes.call("write").idempotencyKey("key-" + i);
                if (call.send() instanceof EngineResponse.Refused refused) {
                    refusals++;
                    assertThat(refused.refusal().details().text("effect")).contains("unknown");
                    assertThat(remotes.node.recordsOf(call.id()).getFirst().meta().text("effect"))
                            .contains("unknown");
                }
            }
            assertThat(refusals).isOne();
            assertThat(failed).as("sent once").hasValue(1);
        }
    }

    /** Nobody looked at it: also a call that changes something is tried at the other. */
    @Test
    void handle_oneEndpointGone_everyCallIsAnswered() {
        try (RemotePair remotes = remotes(PLENTY)) {
            remotes.servers.getFirst().stop(0);
            for (int i = 0; i < 20; i++) {
                EngineResponse.Answered _ = remotes.call("write").answered();
            }
        }
    }

    /** Said to have done nothing: another endpoint may, whatever the operation. */
    @Test
    void handle_oneEndpointDrains_theOtherAnswersAndTheRecordNamesBoth() {
        try (RemotePair remotes = remotes(PLENTY)) {
            remotes.letEach((which, exchange) -> {
                if (which == 0) {
                    RemotePair.respond(
                            exchange,
                            503,
                            "{\"code\":\"draining\",\"details\":{\"effect\":\"none\"}}");
                } else {
                    RemotePair.respond(exchange, 200, "{\"data\":{}}");
                }
            });
            int tried = 0;
            for (int i = 0; i < 40 && tried == 0; i++) {
                TestCall call = remotes.call("write");
                EngineResponse.Answered _ = call.answered();
                AuditRecord record = remotes.node.recordsOf(call.id()).getFirst();
                assertThat(record.meta().text("endpoint")).contains(remotes.name(1));
                if (record.meta().has("endpoints_before")) {
                    tried++;
                    assertThat(record.meta().array("endpoints_before").orElseThrow())
                            .isEqualTo(JsonArray.ofStrings(List.of(remotes.name(0))));
                }
            }
            assertThat(tried).isOne();
        }
    }

    /** Both say no: the last word reaches the caller, and nothing was done. */
    @Test
    void handle_bothEndpointsDrain_isRefusedWithoutEffect() {
        try (RemotePair remotes = remotes(PLENTY)) {
            remotes.let(exchange ->
                    RemotePair.respond(
                            exchange,
                            503,
                            "{\"code\":\"draining\",\"details\":{\"effect\":\"none\"}}"));
            int before = remotes.requestsInAll();
            TestCall call = remotes.call("write");
            EngineResponse.Refused refused = call.refused();

            assertThat(refused.refusal().code()).isEqualTo(ErrorCode.ADAPTER_ERROR);
            assertThat(remotes.node.recordsOf(call.id()).getFirst().meta().has("effect")).isFalse();
            assertThat(remotes.requestsInAll()).isEqualTo(before + 2);
        }
    }

    @Test
    void handle_keyedWriteWhereEndpointsKeepKeys_isTriedAgainAndItsEffectStaysUnknown() {
        RetryPolicy keyed = new RetryPolicy(2, Optional.empty(), 100, 1_000, true);
        try (RemotePair remotes = remotes(keyed)) {
            AtomicInteger failed = new AtomicInteger();
            failAt(remotes, 1, failed);
            for (int i = 0; i < 100 && failed.get() < 3; i++) {
                EngineResponse.Answered _ =
                        remotes.call("write").idempotencyKey("key-" + i).answered();
            }
            assertThat(failed).hasValueGreaterThanOrEqualTo(3);
            assertThat(remotes.lastHeaders.get().getFirst("Idempotency-Key")).startsWith("key-");

            // The first may have done it; the second's word that it did not changes nothing.
            AtomicInteger order = new AtomicInteger();
            remotes.let(exchange -> {
                if (order.getAndIncrement() == 0) {
                    RemotePair.respond(exchange, 500, "{}");
                } else {
                    RemotePair.respond(exchange, 422, "{\"code\":\"invalid_payload\"}");
                }
            });
            TestCall call = remotes.call("write").idempotencyKey("key-last");
            EngineResponse.Refused refused = call.refused();
            assertThat(order).hasValue(2);
            assertThat(refused.refusal().code()).isEqualTo(ErrorCode.INVALID_PAYLOAD);
            assertThat(refused.refusal().details().text("effect")).contains("unknown");
            assertThat(remotes.node.recordsOf(call.id()).getFirst().meta().text("effect"))
                    .contains("unknown");
        }
    }

    @Test
    void handle_oneEndpointHangs_readsMoveOnAfterTheirTry() throws Exception {
        RetryPolicy patient =
                new RetryPolicy(2, Optional.of(Duration.ofMillis(150)), 100, 1_000, false);
        CountDownLatch end = new CountDownLatch(1);
        try (RemotePair remotes = remotes(patient)) {
            AtomicInteger hung = new AtomicInteger();
            remotes.letEach((which, exchange) -> {
                if (which == 0) {
                    hung.incrementAndGet();
                    try {
                        end.await();
                    } catch (InterruptedException closing) {
                        return;
                    }
                }
                RemotePair.respond(exchange, 200, "{\"data\":{}}");
            });
            for (int i = 0; i < 100 && hung.get() < 2; i++) {
                EngineResponse.Answered _ = remotes.call("read").answered();
            }
            assertThat(hung).hasValueGreaterThanOrEqualTo(2);
            end.countDown();
        }
    }

    @Test
    void handle_everythingFails_theBudgetBoundsWhatIsSent() {
        RetryPolicy small = new RetryPolicy(2, Optional.empty(), 10, 3, false);
        try (RemotePair remotes = remotes(small)) {
            remotes.let(exchange -> RemotePair.respond(exchange, 500, "{}"));
            int calls = 50;
            for (int i = 0; i < calls; i++) {
                EngineResponse.Refused _ = remotes.call("read").refused();
            }

            // Outliers are never both left out, so each call is sent.
            assertThat(remotes.requestsInAll()).isBetween(calls + 1, calls + 3 + calls / 10);
            double retries =
                    remotes.node
                            .registry
                            .get("map_endpoint_retries_total")
                            .tag("protocol", "REMOTE")
                            .functionCounter()
                            .count();
            assertThat(remotes.requestsInAll()).isEqualTo(calls + (int) retries);
        }
    }

    /** The bound that the class promises, for any policy and any order. */
    @Test
    void budget_anyOrder_neverMoreThanPromised(SeededRandom random) throws Exception {
        for (int round = 0; round < 50; round++) {
            int percent = random.nextInt(101);
            int burst = random.nextInt(20);
            RetryBudget budget =
                    new RetryBudget(new RetryPolicy(2, Optional.empty(), percent, burst, false));
            int calls = 1 + random.nextInt(50);
            Crowd.run(
                    8,
                    () -> {
                        for (int i = 0; i < calls; i++) {
                            budget.callBegan();
                            budget.take();
                        }
                        return 0;
                    });

            assertThat(budget.taken()).isLessThanOrEqualTo(burst + 8L * calls * percent / 100);
            assertThat(budget.taken() + budget.refused()).isEqualTo(8L * calls);
            assertThat(budget.taken()).isGreaterThanOrEqualTo(Math.min(burst, 8L * calls));
        }
    }
}
