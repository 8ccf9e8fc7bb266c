package dev.mapsovereign.engine.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.Crowd;
import dev.mapsovereign.engine.EngineConfig;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.TestEngine.TestCall;
import dev.mapsovereign.engine.TestModule;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.testing.ManualClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class IdempotencyTest {
    private final ManualClock clock = new ManualClock(Instant.parse("2026-11-23T12:00:00Z"));
    private TestEngine node;

    @BeforeAll
    void start(@TempDir Path folder) {
        node =
                TestEngine.start(
                        folder, EngineConfig.DEFAULT, clock, new TestModule("TEST", "v1.0.0"));
        node.module.let(
                "write",
                (input, context) ->
                        JsonObject.builder().put("run", node.module.runs("write")).build());
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private TestCall write(String key) {
        return node.call("write").idempotencyKey(key);
    }

    @Test
    void handle_sameKeyAndBody_replaysWithARecordThatNamesTheFirst() {
        TestCall first = write("k1");
        EngineResponse.Answered original = first.answered();
        int runs = node.module.runs("write");
        TestCall second = write("k1");
        EngineResponse.Answered replay = second.answered();

        assertThat(replay.replayed()).isTrue();
        assertThat(original.replayed()).isFalse();
        assertThat(replay.data()).isEqualTo(original.data());
        assertThat(node.module.runs("write")).isEqualTo(runs);
        AuditRecord record = node.recordsOf(second.id()).getFirst();
        long firstIndex = original.metadata().record().orElseThrow().index();
        assertThat(record.meta().text("replay_of_index")).contains(Long.toString(firstIndex));
        assertThat(record.meta().text("replay_of_correlation_id")).contains(first.id().toString());
        assertThat(replay.metadata().record().orElseThrow().index()).isEqualTo(record.index());
        assertThat(record.outputHmac())
                .contains(TestEngine.digest(TestEngine.ACME, second.id(), original.data()));
    }

    @Test
    void handle_sameKeyOtherBody_isRefused() {
        write("k2").answered();
        TestCall other = write("k2").input("{\"text\":\"other\"}");

        assertThat(other.refused().refusal().code()).isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSE);
        assertThat(node.recordsOf(other.id())).hasSize(1);
    }

    @Test
    void handle_sameKeyWhileTheFirstRuns_isRefusedWithATimeToComeBack() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        node.module.let(
                "read",
                (input, context) -> {
                    entered.countDown();
                    await(leave);
                    return input;
                });
        Thread first =
                Thread.ofVirtual().start(() -> node.call("read").idempotencyKey("k3").answered());
        entered.await();
        EngineResponse.Refused second = node.call("read").idempotencyKey("k3").refused();
        leave.countDown();
        first.join();

        assertThat(second.refusal().code()).isEqualTo(ErrorCode.IDEMPOTENCY_IN_PROGRESS);
        assertThat(second.refusal().retryAfter()).isPresent();
        assertThat(node.call("read").idempotencyKey("k3").answered().replayed()).isTrue();
        node.module.let("read", (input, context) -> input);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Test
    void handle_sameKeyFromManyAtOnce_runsOnce() throws Exception {
        int runs = node.module.runs("write");
        List<EngineResponse> responses = Crowd.run(20, () -> write("k4").send());

        assertThat(node.module.runs("write")).isEqualTo(runs + 1);
        assertThat(responses)
                .allMatch(response ->
                        response instanceof EngineResponse.Answered
                                || (response instanceof EngineResponse.Refused refused
                                        && refused.refusal().code()
                                                == ErrorCode.IDEMPOTENCY_IN_PROGRESS));
        assertThat(responses)
                .filteredOn(response ->
                        response instanceof EngineResponse.Answered answered
                                && !answered.replayed())
                .hasSize(1);
    }

    @Test
    void handle_sameKeyOfAnotherCaller_isAnotherKey() {
        EngineResponse.Answered mine = write("k5").answered();
        String key =
                node.apiKeys
                        .create(TestEngine.ACME, TestEngine.STRANGER, "", Optional.empty())
                        .text();
        node.grants.grant(
                TestEngine.ACME,
                TestEngine.STRANGER,
                new CapabilityName("map.test.write"),
                Optional.empty(),
                "");
        EngineResponse.Answered theirs =
                write("k5")
                        .credential(new dev.mapsovereign.engine.request.Credential.ApiKey(key))
                        .answered();

        assertThat(theirs.replayed()).isFalse();
        assertThat(theirs.data()).isNotEqualTo(mine.data());
    }

    @Test
    void handle_replayAfterTheCapabilityWasRevoked_isDenied() {
        var did = TestEngine.STRANGER;
        CapabilityName read = new CapabilityName("map.test.other.read");
        String key = node.apiKeys.create(TestEngine.ACME, did, "", Optional.empty()).text();
        var credential = new dev.mapsovereign.engine.request.Credential.ApiKey(key);
        node.grants.grant(TestEngine.ACME, did, read, Optional.empty(), "");
        node.call("other.read").credential(credential).idempotencyKey("k6").answered();
        node.grants.revoke(TestEngine.ACME, did, read, "");

        assertThat(
                        node.call("other.read")
                                .credential(credential)
                                .idempotencyKey("k6")
                                .refused()
                                .refusal()
                                .code())
                .isEqualTo(ErrorCode.CAPABILITY_DENIED);
    }

    @Test
    void handle_refusedWithoutEffect_givesTheKeyBack() {
        node.module.letRefuse("greet", ErrorCode.NOT_FOUND);
        assertThat(node.call("greet").idempotencyKey("k7").refused().refusal().code())
                .isEqualTo(ErrorCode.NOT_FOUND);
        node.module.let("greet", (input, context) -> input);

        assertThat(node.call("greet").idempotencyKey("k7").answered().replayed()).isFalse();
    }

    @Test
    void handle_failedWithUnknownEffect_isNeverRunAgain() {
        node.module.let(
                "write",
                (input, context) -> {
                    throw new ModuleRefusal(ErrorCode.TIMEOUT, "lost on the way")
                            .withEffectUnknown();
                });
        TestCall first = write("k8");
        EngineResponse.Refused original = first.refused();
        node.module.let(
                "write",
                (input, context) ->
                        JsonObject.builder().put("run", node.module.runs("write")).build());
        int runs = node.module.runs("write");
        EngineResponse.Refused again = write("k8").refused();

        assertThat(original.replayed()).isFalse();
        assertThat(again.replayed()).isTrue();
        assertThat(again.refusal().code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(again.refusal().message()).isEqualTo("lost on the way");
        assertThat(again.refusal().details().text("effect")).contains("unknown");
        assertThat(node.module.runs("write")).isEqualTo(runs);
    }

    @Test
    void handle_afterTheTimeItIsKept_runsAgain() {
        write("k9").answered();
        clock.advance(EngineConfig.DEFAULT.idempotencyKept().plusSeconds(1));

        assertThat(write("k9").answered().replayed()).isFalse();
        assertThat(write("k9").answered().replayed()).isTrue();
    }

    @Test
    void look_rowOfANodeThatIsGone_isSettledAsInterruptedWhenItsLeaseIsOver() {
        insertRunning("k10", "gone.12345678", false);
        assertThat(write("k10").refused().refusal().code())
                .isEqualTo(ErrorCode.IDEMPOTENCY_IN_PROGRESS);
        clock.advance(Limits.IDEMPOTENCY_LEASE.plus(Duration.ofSeconds(1)));
        EngineResponse.Refused settled = write("k10").refused();

        assertThat(settled.refusal().code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(settled.refusal().details().text("effect")).contains("unknown");
        assertThat(settled.refusal().details().text("first_correlation_id")).contains("first-call");
        assertThat(settled.replayed()).isTrue();
    }

    @Test
    void settleOwn_rowsOfThisNodeAlone_areSettledAtOnce() {
        insertRunning("k11", node.log.node(), false);
        insertRunning("k12", node.log.node(), true);
        insertRunning("k13", "other.12345678", false);
        store().settleOwn();

        assertThat(write("k11").refused().refusal().code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(write("k12").answered().replayed()).as("nothing was changed by it").isFalse();
        assertThat(write("k13").refused().refusal().code())
                .isEqualTo(ErrorCode.IDEMPOTENCY_IN_PROGRESS);
    }

    @Test
    void purge_rowsWhoseTimeIsOver_areRemoved() {
        write("k14").answered();
        store().purge();
        clock.advance(EngineConfig.DEFAULT.idempotencyKept().plusSeconds(1));

        assertThat(store().purge()).isPositive();
        assertThat(store().purge()).isZero();
    }

    private IdempotencyStore store() {
        return new IdempotencyStore(
                node.database, node.log.node(), EngineConfig.DEFAULT.idempotencyKept(), clock);
    }

    /** A row as a node leaves it that dies in the middle of the call. */
    private void insertRunning(String key, String owner, boolean readOnly) {
        byte[] body = dev.mapsovereign.base.crypto.Sha256.hash(write(key).body());
        byte[] running = StoredAnswer.running("first-call", owner, readOnly).encode();
        node.database.durably(connection -> {
            try (var insert =
                    connection.prepareStatement(
                            "INSERT INTO idempotency_result (tenant_id, caller_did,"
                                    + " idem_key, body_sha256, state, answer, created_at,"
                                    + " expires_at) VALUES (?, ?, ?, ?, 'in_progress', ?,"
                                    + " ?, ?)")) {
                insert.setString(1, TestEngine.ACME.value());
                insert.setString(2, TestEngine.AGENT.text());
                insert.setString(3, key);
                insert.setBytes(4, body);
                insert.setBytes(5, running);
                insert.setObject(6, clock.instant().atOffset(java.time.ZoneOffset.UTC));
                insert.setObject(
                        7,
                        clock.instant()
                                .plus(Duration.ofHours(24))
                                .atOffset(java.time.ZoneOffset.UTC));
                return insert.executeUpdate();
            }
        });
    }

    @Test
    void decode_whatEncodeMade_isTheSame() {
        StoredAnswer running = StoredAnswer.running("id", "node.1", false);
        byte[] data = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
        StoredAnswer answered = StoredAnswer.decode(running.answered(7, data).encode());
        StoredAnswer failed =
                StoredAnswer.decode(
                        running.failed(Optional.of(9L), Refusal.of(ErrorCode.TIMEOUT, "late"))
                                .encode());

        assertThat(answered.data().orElseThrow()).isEqualTo(data);
        assertThat(answered.recordIndex()).contains("7");
        assertThat(failed.refusal().orElseThrow().code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(failed.data()).isEmpty();
        assertThat(StoredAnswer.decode(running.encode()).data()).isEmpty();
    }

    @Test
    void decode_anythingElse_isRefused() {
        byte[] good = StoredAnswer.running("id", "node.1", false).encode();
        byte[] otherVersion = good.clone();
        otherVersion[0] = 9;
        byte[] longHead = good.clone();
        longHead[1] = 0x7f;

        for (byte[] bad : List.of(new byte[0], new byte[4], otherVersion, longHead)) {
            assertThatThrownBy(() -> StoredAnswer.decode(bad))
                    .isInstanceOf(IllegalStateException.class);
        }
    }
}
