package dev.mapsovereign.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.EngineConfig;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.TestEngine.TestCall;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.request.EngineResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecoveryTest {
    @TempDir private Path folder;

    /** What the disk holds at the moment of an effect is what a node finds after a power cut. */
    @Test
    void handle_killedBetweenEffectAndRecord_leavesOneInterruptedRecordAndAKeyThatSaysSo()
            throws Exception {
        Path copy = folder.resolve("copy");
        TestCall call;
        try (TestEngine node = TestEngine.start(folder.resolve("node"), EngineConfig.DEFAULT)) {
            node.module.let(
                    "write",
                    (input, context) -> {
                        copy(folder.resolve("node/audit"), copy.resolve("audit"));
                        backUp(node, folder.resolve("db.zip"));
                        return input;
                    });
            call = node.call("write").idempotencyKey("cut");
            call.answered();
            assertThat(node.recordsOf(call.id()))
                    .as("the node that was not killed has its record")
                    .singleElement()
                    .matches(record -> record.outcome() == AuditOutcome.SUCCESS);
        }
        restore(folder.resolve("db.zip"), copy.resolve("db"));

        try (TestEngine node = TestEngine.start(copy, EngineConfig.DEFAULT)) {
            AuditRecord record = node.recordsOf(call.id()).getFirst();
            assertThat(node.recordsOf(call.id())).hasSize(1);
            assertThat(record.outcome()).isEqualTo(AuditOutcome.ERROR);
            assertThat(record.code()).contains("interrupted");
            assertThat(record.operation()).contains("write");
            assertThat(record.meta().text("idempotency_key")).contains("cut");
            EngineResponse.Refused again =
                    node.call("write")
                            .credential(call.request().credential())
                            .idempotencyKey("cut")
                            .refused();
            assertThat(again.replayed()).isTrue();
            assertThat(again.refusal().details().text("first_correlation_id"))
                    .contains(call.id().toString());
            assertThat(node.module.runs("write")).isZero();
        }
    }

    @Test
    void handle_killedWhileReading_leavesNoRecordAndNoHarm() throws Exception {
        Path copy = folder.resolve("copy");
        TestCall call;
        try (TestEngine node = TestEngine.start(folder.resolve("node"), EngineConfig.DEFAULT)) {
            node.module.let(
                    "read",
                    (input, context) -> {
                        copy(folder.resolve("node/audit"), copy.resolve("audit"));
                        return input;
                    });
            call = node.call("read");
            call.answered();
        }
        List<AuditRecord> found = new ArrayList<>();
        try (AuditLog log = TestEngine.openLog(copy.resolve("audit"))) {
            for (long i = 0; i < log.head(TestEngine.ACME).size(); i++) {
                found.add(AuditRecord.parse(log.record(TestEngine.ACME, i)));
            }
        }

        assertThat(found)
                .noneMatch(record -> record.correlationId().equals(Optional.of(call.id())));
    }

    @Test
    void drain_callsInside_finishAndNewOnesAreRefusedWithARecord() throws Exception {
        try (TestEngine node = TestEngine.start(folder, EngineConfig.DEFAULT)) {
            CountDownLatch entered = new CountDownLatch(1);
            CountDownLatch leave = new CountDownLatch(1);
            node.module.let(
                    "write",
                    (input, context) -> {
                        entered.countDown();
                        try {
                            leave.await();
                        } catch (InterruptedException interrupted) {
                            throw new IllegalStateException(interrupted);
                        }
                        return input;
                    });
            AtomicReference<EngineResponse> inside = new AtomicReference<>();
            Thread caller = Thread.ofVirtual().start(() -> inside.set(node.call("write").send()));
            entered.await();
            assertThat(node.engine.drain(Duration.ofMillis(1))).isFalse();
            TestCall late = node.call("read");
            EngineResponse.Refused refused = late.refused();
            leave.countDown();

            assertThat(node.engine.drain(Duration.ofSeconds(20))).isTrue();
            caller.join();
            assertThat(inside.get()).isInstanceOf(EngineResponse.Answered.class);
            assertThat(refused.refusal().code()).isEqualTo(ErrorCode.DRAINING);
            assertThat(refused.refusal().retryAfter()).isPresent();
            assertThat(refused.refusal().details().text("effect")).contains("none");
            assertThat(refused.metadata().record()).as("a known caller").isPresent();
            assertThat(node.recordsOf(late.id())).hasSize(1);
            assertThat(node.readiness.report().notReady())
                    .anyMatch(notice -> notice.component().equals("draining"));
        }
    }

    @Test
    void handle_logClosed_isAuditUnavailableAndNothingRuns() {
        TestEngine node = TestEngine.start(folder, EngineConfig.DEFAULT);
        node.log.close();
        EngineResponse.Refused read = node.call("read").refused();
        EngineResponse.Refused write = node.call("write").idempotencyKey("k").refused();
        EngineResponse.Refused stranger = node.call("read").anonymous().refused();

        assertThat(List.of(read, write, stranger))
                .allMatch(refused -> refused.refusal().code() == ErrorCode.AUDIT_UNAVAILABLE)
                .allMatch(refused -> refused.metadata().record().isEmpty())
                .allMatch(refused -> refused.refusal().retryAfter().isPresent());
        assertThat(read.refusal().details().text("effect")).contains("none");
        assertThat(write.refusal().details().text("effect")).contains("none");
        assertThat(node.module.runs("write")).isZero();
        node.engine.close();
        node.database.close();
    }

    @Test
    void handle_databaseClosed_callsThatNeedItFailAndOthersGoOn() {
        try (TestEngine node = TestEngine.start(folder, EngineConfig.DEFAULT)) {
            node.call("read").answered();
            node.database.close();

            node.call("read").answered();
            node.call("write").answered();
            EngineResponse.Refused needing = node.call("write").idempotencyKey("k").refused();
            assertThat(needing.refusal().code()).isEqualTo(ErrorCode.ADAPTER_ERROR);
            Deadline end = Deadline.after(Duration.ofSeconds(20));
            while (node.readiness.ready() && !end.passed()) {
                Thread.onSpinWait();
            }
            assertThat(node.readiness.report().notReady())
                    .anyMatch(notice -> notice.component().equals("database"));
        }
    }

    private static void backUp(TestEngine node, Path zip) {
        node.database.write(connection -> {
            try (var statement = connection.createStatement()) {
                return statement.execute("BACKUP TO '" + zip + "'");
            }
        });
    }

    private static void restore(Path zip, Path folder) throws IOException {
        Files.createDirectories(folder);
        try (var files = new java.util.zip.ZipInputStream(Files.newInputStream(zip))) {
            for (var entry = files.getNextEntry(); entry != null; entry = files.getNextEntry()) {
                Files.copy(files, folder.resolve(Path.of(entry.getName()).getFileName()));
            }
        }
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
