package dev.mapsovereign.engine.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.EngineMeters;
import dev.mapsovereign.engine.TestModule;
import dev.mapsovereign.engine.balance.EndpointPool;
import dev.mapsovereign.engine.module.ProtocolVersion;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.request.Envelope;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.Origin;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.route.Route;
import dev.mapsovereign.engine.route.RouteTable;
import dev.mapsovereign.engine.route.RouteTarget;
import dev.mapsovereign.engine.route.Routes;
import dev.mapsovereign.engine.route.VersionDates;
import dev.mapsovereign.testing.ManualClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stage 1 by itself: a table and a request, nothing else. */
final class VersionResolutionTest {
    private static final Instant START = Instant.parse("2026-11-30T12:00:00Z");

    private final Routes routes =
            new Routes(
                    table("v1.0.0", "v1.2.0", "v1.10.0", "v1.11.0-beta", "v2.0.0", "v3.0.0-rc.1"));
    private final ManualClock clock = new ManualClock(START);
    private final VersionResolution stage =
            new VersionResolution(
                    routes,
                    new VersionDates(
                            Map.of(
                                    "TEST v2.0.0",
                                    ending(START.plusSeconds(10), START.plusSeconds(20)),
                                    "TEST v1.10.0",
                                    ending(START.plusSeconds(10), START.plusSeconds(30)),
                                    "TEST v1.0.0",
                                    new VersionDates.Ending(START, Optional.empty()))),
                    clock);
    private final EngineMeters meters = new EngineMeters(new SimpleMeterRegistry());

    private static Route route(String version) {
        TestModule module = new TestModule("TEST", version);
        return Route.of(
                "TEST",
                ProtocolVersion.parse(version),
                module.operations(),
                new RouteTarget.Native(module),
                EndpointPool.local());
    }

    private static RouteTable table(String... versions) {
        List<Route> list = new ArrayList<>();
        for (String version : versions) {
            list.add(route(version));
        }
        return new RouteTable(list);
    }

    private InboundRequest request(String protocol, Optional<String> version, String operation) {
        return new InboundRequest(
                CorrelationId.random(),
                Credential.Anonymous.INSTANCE,
                new Origin("192.0.2.1", "x", "POST", "/"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new byte[0],
                new Envelope(protocol, version, operation, JsonObject.EMPTY, Optional.empty()),
                System.nanoTime(),
                Deadline.after(Duration.ofSeconds(9)),
                false);
    }

    private String resolve(Optional<String> version) {
        InboundRequest request = request("TEST", version, "read");
        return stage.resolve(new Call(request, meters), request).route().version().toString();
    }

    private Refusal refusal(InboundRequest request) {
        try {
            stage.resolve(new Call(request, meters), request);
        } catch (RefusedException refused) {
            return refused.refusal();
        }
        throw new AssertionError("it was found");
    }

    @ParameterizedTest
    @CsvSource({
        "v1.0.0, v1.0.0",
        "v1.11.0-beta, v1.11.0-beta",
        "v1, v1.10.0",
        "v2, v2.0.0",
        "v3.0.0-rc.1, v3.0.0-rc.1"
    })
    void resolve_version_findsTheBestOfWhatIsMeant(String asked, String found) {
        assertThat(resolve(Optional.of(asked))).isEqualTo(found);
    }

    @Test
    void resolve_noVersion_isTheHighestStable() {
        assertThat(resolve(Optional.empty())).isEqualTo("v2.0.0");
    }

    @ParameterizedTest
    @CsvSource({"v3", "v4", "v1.0", "v1.0.1", "1.0.0", "''", "*", "v01", "latest"})
    void resolve_otherVersion_isUnknownAndTheKnownOnesAreNamed(String asked) {
        Refusal refusal = refusal(request("TEST", Optional.of(asked), "read"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.UNKNOWN_VERSION);
        assertThat(refusal.details().array("versions").orElseThrow().size()).isEqualTo(6);
    }

    @Test
    void resolve_onlyPreReleases_nobodyGetsOneUnasked() {
        routes.update(current -> table("v1.0.0-alpha"));

        assertThat(refusal(request("TEST", Optional.empty(), "read")).code())
                .isEqualTo(ErrorCode.UNKNOWN_VERSION);
        assertThat(resolve(Optional.of("v1.0.0-alpha"))).isEqualTo("v1.0.0-alpha");
    }

    @Test
    void resolve_nameInLowerCase_isUnknownWithAHint() {
        Refusal refusal = refusal(request("test", Optional.empty(), "read"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.UNKNOWN_PROTOCOL);
        assertThat(refusal.message()).contains("did you mean TEST?");
    }

    @Test
    void resolve_unknownOperation_namesTheKnownOnes() {
        Refusal refusal = refusal(request("TEST", Optional.empty(), "x".repeat(10_000)));

        assertThat(refusal.code()).isEqualTo(ErrorCode.UNKNOWN_OPERATION);
        assertThat(refusal.message().length()).isLessThan(200);
        assertThat(refusal.details().array("operations").orElseThrow().toString())
                .contains("other.read");
    }

    private static VersionDates.Ending ending(Instant deprecated, Instant sunset) {
        return new VersionDates.Ending(deprecated, Optional.of(sunset));
    }

    private Optional<VersionDates.Ending> told(String version) {
        InboundRequest request = request("TEST", Optional.of(version), "read");
        Call call = new Call(request, meters);
        stage.resolve(call, request);
        return call.ending();
    }

    @Test
    void resolve_versionComesToItsEnd_isToldThenServedNoMore() {
        assertThat(told("v2")).isEmpty();
        assertThat(told("v1.0.0")).contains(new VersionDates.Ending(START, Optional.empty()));

        clock.advance(Duration.ofSeconds(10));
        assertThat(told("v2")).contains(ending(START.plusSeconds(10), START.plusSeconds(20)));
        assertThat(resolve(Optional.empty())).isEqualTo("v2.0.0");

        clock.advance(Duration.ofSeconds(10));
        assertThat(resolve(Optional.empty())).isEqualTo("v1.10.0");
        for (String asked : List.of("v2", "v2.0.0")) {
            Refusal refusal = refusal(request("TEST", Optional.of(asked), "read"));
            assertThat(refusal.code()).isEqualTo(ErrorCode.UNKNOWN_VERSION);
            assertThat(refusal.message())
                    .isEqualTo("TEST v2.0.0 is served no more, since 2026-11-30T12:00:20Z");
            assertThat(refusal.details().array("versions").orElseThrow().size()).isEqualTo(5);
        }

        clock.advance(Duration.ofSeconds(10));
        assertThat(resolve(Optional.of("v1"))).isEqualTo("v1.2.0");
        assertThat(told("v1")).isEmpty();
    }

    @Test
    void table_sameVersionTwice_isRefused() {
        assertThatThrownBy(() -> table("v1.0.0", "v1.0.0"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("TEST v1.0.0");
    }
}
