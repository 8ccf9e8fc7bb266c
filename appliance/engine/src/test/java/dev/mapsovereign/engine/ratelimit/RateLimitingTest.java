package dev.mapsovereign.engine.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.EngineConfig;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.TestEngine.TestCall;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.request.EngineResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RateLimitingTest {
    /** So slow that nothing is refilled while a test runs. */
    private static final Rate THREE = new Rate(1, Duration.ofDays(1), 3);

    private TestEngine node;

    @BeforeAll
    void start(@TempDir Path folder) {
        RateLimitConfig rates =
                new RateLimitConfig(
                        Rate.perSecond(100_000, 100_000),
                        Map.of(),
                        Map.of(TestEngine.ACME, THREE),
                        Optional.empty(),
                        THREE,
                        new Rate(1, Duration.ofDays(1), 8),
                        new Rate(1, Duration.ofDays(1), 5),
                        new Rate(1, Duration.ofDays(1), 12));
        node = TestEngine.start(folder, EngineConfig.DEFAULT.withRateLimits(rates));
    }

    @AfterAll
    void stop() {
        node.close();
    }

    @Test
    void handle_tenantBeyondItsRate_isRefusedWithARecordEachAndATimeToComeBack() {
        for (int i = 0; i < 3; i++) {
            node.call("read").answered();
        }
        TestCall call = node.call("read");
        EngineResponse.Refused refused = call.refused();

        assertThat(refused.refusal().code()).isEqualTo(ErrorCode.RATE_LIMITED);
        assertThat(refused.refusal().stage().orElseThrow().wire()).isEqualTo("rate_limiting");
        assertThat(refused.refusal().retryAfter().orElseThrow())
                .isBetween(Duration.ofHours(23), Duration.ofDays(1));
        assertThat(refused.refusal().details().integer("burst")).hasValue(3);
        AuditRecord record = node.recordsOf(call.id()).getFirst();
        assertThat(record.tenant()).isEqualTo(TestEngine.ACME);
        assertThat(record.eventType()).isEqualTo("RateLimitExceeded");
        assertThat(
                        node.registry
                                .get("map_rate_limited_total")
                                .tags("tenant", "acme", "protocol", "TEST")
                                .counter()
                                .count())
                .isPositive();
    }

    @Test
    void handle_callerBeyondItsOwnRate_isRefusedAndOthersOfTheTenantStillPass(
            @TempDir Path folder) {
        RateLimitConfig generous = TestEngine.GENEROUS.rateLimits();
        RateLimitConfig rates =
                new RateLimitConfig(
                        new Rate(1, Duration.ofDays(1), 5),
                        Map.of(),
                        Map.of(),
                        Optional.of(THREE),
                        generous.anonymousBySource(),
                        generous.anonymousTotal(),
                        generous.unverifiedBySource(),
                        generous.unverifiedTotal());
        try (TestEngine own =
                TestEngine.start(folder, EngineConfig.DEFAULT.withRateLimits(rates))) {
            own.grants.grant(
                    TestEngine.ACME,
                    TestEngine.STRANGER,
                    new CapabilityName("map.test.*"),
                    Optional.empty(),
                    "");
            Credential.ApiKey other =
                    new Credential.ApiKey(
                            own.apiKeys
                                    .create(
                                            TestEngine.ACME,
                                            TestEngine.STRANGER,
                                            "",
                                            Optional.empty())
                                    .text());
            for (long left = 2; left >= 0; left--) {
                RateState state = own.call("read").answered().metadata().rate().orElseThrow();
                assertThat(state.limit()).isEqualTo(3);
                assertThat(state.remaining()).isEqualTo(left);
                assertThat(state.reset())
                        .isBetween(
                                Duration.ofDays(3 - left).minusMinutes(9),
                                Duration.ofDays(3 - left));
            }
            EngineResponse.Refused refused = own.call("read").refused();
            assertThat(refused.refusal().message()).startsWith(TestEngine.AGENT + " calls");
            assertThat(refused.metadata().rate().orElseThrow().remaining()).isZero();
            // Three of the tenant's five are used; what was refused took none.
            RateState first =
                    own.call("read").credential(other).answered().metadata().rate().orElseThrow();
            assertThat(first.limit()).isEqualTo(5);
            assertThat(first.remaining()).isOne();
            own.call("read").credential(other).answered();
            assertThat(own.call("read").credential(other).refused().refusal().message())
                    .startsWith("tenant acme calls TEST");
        }
    }

    @Test
    void handle_anonymousBeyondTheRateOfItsSource_othersStillPass() {
        for (int i = 0; i < 3; i++) {
            node.call("greet").anonymous().source("192.0.2.1").answered();
        }

        assertThat(code(node.call("greet").anonymous().source("192.0.2.1")))
                .isEqualTo(ErrorCode.RATE_LIMITED);
        node.call("greet").anonymous().source("192.0.2.2").answered();
    }

    @Test
    void handle_floodWithoutCredential_leavesItsBoundOfRecordsAndOneCount() {
        long before = node.log.head(TenantId.NODE).size();
        int refusedAsSuch = 0;
        int limited = 0;
        for (int i = 0; i < 100; i++) {
            ErrorCode code = code(node.call("read").anonymous().source("203.0.113." + i % 5));
            refusedAsSuch += code == ErrorCode.UNAUTHENTICATED ? 1 : 0;
            limited += code == ErrorCode.RATE_LIMITED ? 1 : 0;
        }
        List<AuditRecord> counts = awaitCounts();

        assertThat(refusedAsSuch).isBetween(1, 12);
        assertThat(limited).isEqualTo(100 - refusedAsSuch);
        long counted =
                counts.stream().mapToLong(r -> r.meta().integer("count").orElseThrow()).sum();
        assertThat(counted).isEqualTo(limited);
        assertThat(node.log.head(TenantId.NODE).size() - before)
                .isLessThanOrEqualTo(refusedAsSuch + counts.size() + 8L);
        assertThat(counts).allMatch(record -> record.eventType().equals("RateLimitExceeded"));
        assertThat(node.registry.get("map_unrecorded_refusals_total").counter().count())
                .isEqualTo(limited);
    }

    /** The count is written within a second; nothing else tells when. */
    private List<AuditRecord> awaitCounts() {
        Deadline end = Deadline.after(Duration.ofSeconds(20));
        List<AuditRecord> counts = List.of();
        while (counts.isEmpty() && !end.passed()) {
            counts =
                    node.records(TenantId.NODE).stream()
                            .filter(record -> record.meta().has("count"))
                            .toList();
        }
        return counts;
    }

    private static ErrorCode code(TestCall call) {
        return call.refused().refusal().code();
    }
}
