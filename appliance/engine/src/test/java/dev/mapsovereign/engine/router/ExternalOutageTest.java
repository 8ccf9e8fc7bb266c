package dev.mapsovereign.engine.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.TestEngine.TestCall;
import dev.mapsovereign.engine.breaker.BreakerPolicy;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.request.EngineResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Remote processes that are gone, failing or unwell. */
final class ExternalOutageTest {
    private static final BreakerPolicy BREAKER =
            new BreakerPolicy(3, 3, 100, Duration.ofSeconds(30), Duration.ofSeconds(1), 1);

    private RemotePair remotes;

    @BeforeEach
    void start(@TempDir Path folder) {
        remotes = new RemotePair(folder, BREAKER);
    }

    @AfterEach
    void stop() {
        remotes.close();
    }

    private AuditRecord only(TestCall call) {
        List<AuditRecord> records = remotes.node.recordsOf(call.id());
        assertThat(records).hasSize(1);
        return records.getFirst();
    }

    @Test
    void handle_oneEndpointGone_itsBreakerOpensAndTheOtherServes() {
        remotes.servers.getFirst().stop(0);
        for (int i = 0; i < 40; i++) {
            remotes.call("read").send();
        }
        int before = remotes.requests.get(1).get();
        for (int i = 0; i < 10; i++) {
            remotes.call("read").answered();
        }

        assertThat(remotes.requests.get(1).get()).isEqualTo(before + 10);
    }

    @Test
    void handle_allEndpointsFail_circuitOpensThenClosesByAProbe() {
        remotes.let(exchange -> RemotePair.respond(exchange, 500, "{}"));
        EngineResponse.Refused refused = remotes.call("read").refused();
        for (int i = 0; i < 20 && refused.refusal().code() != ErrorCode.CIRCUIT_OPEN; i++) {
            refused = remotes.call("read").refused();
        }
        TestCall held = remotes.call("write");
        EngineResponse.Refused open = held.refused();
        int before = remotes.requestsInAll();

        assertThat(open.refusal().code()).isEqualTo(ErrorCode.CIRCUIT_OPEN);
        assertThat(open.refusal().retryAfter().orElseThrow())
                .isPositive()
                .isLessThanOrEqualTo(BREAKER.openTime());
        assertThat(open.refusal().details().text("effect")).contains("none");
        AuditRecord record = only(held);
        assertThat(record.eventType()).isEqualTo("CircuitBreakerOpen");
        assertThat(record.stage()).contains("circuit_breaking");
        assertThat(remotes.requestsInAll()).isEqualTo(before);

        remotes.let(exchange -> RemotePair.respond(exchange, 200, "{\"data\":{}}"));
        Deadline end = Deadline.after(Duration.ofSeconds(20));
        EngineResponse response = remotes.call("read").send();
        while (!(response instanceof EngineResponse.Answered) && !end.passed()) {
            response = remotes.call("read").send();
        }
        assertThat(response).isInstanceOf(EngineResponse.Answered.class);
    }

    @Test
    void handle_allEndpointsUnhealthy_isNoEndpointAvailable() {
        remotes.node.engine.routes().routes().stream()
                .filter(route -> route.protocol().equals("REMOTE"))
                .flatMap(route -> route.pool().endpoints().stream())
                .forEach(endpoint -> endpoint.healthy(false));
        TestCall call = remotes.call("read");
        EngineResponse.Refused refused = call.refused();

        assertThat(refused.refusal().code()).isEqualTo(ErrorCode.NO_ENDPOINT_AVAILABLE);
        assertThat(refused.refusal().retryAfter()).isPresent();
        assertThat(refused.refusal().details().integer("unhealthy")).hasValue(2);
        assertThat(only(call).stage()).contains("load_balancing");
    }
}
