package dev.mapsovereign.engine.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.engine.Crowd;
import dev.mapsovereign.engine.breaker.BreakerPolicy;
import dev.mapsovereign.engine.route.Endpoint;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class EndpointPoolTest {
    private static final BreakerPolicy POLICY =
            new BreakerPolicy(1, 1, 100, Duration.ofSeconds(30), Duration.ofSeconds(10), 1);

    private static EndpointPool pool(int endpoints, int inFlightMax) {
        List<Endpoint> list = new ArrayList<>();
        for (int i = 1; i <= endpoints; i++) {
            list.add(Endpoint.at(URI.create("http://127.0.0.1:" + i)));
        }
        return EndpointPool.remote(list, POLICY, inFlightMax, System::nanoTime);
    }

    @Test
    void lease_oneBusy_takesTheOneWithTheFewestCalls() {
        EndpointPool pool = pool(3, 10);
        EndpointLease first = pool.lease().orElseThrow();
        EndpointLease second = pool.lease().orElseThrow();
        EndpointLease third = pool.lease().orElseThrow();
        String freed = second.endpoint().name();
        second.close();

        assertThat(pool.lease().orElseThrow().endpoint().name()).isEqualTo(freed);
        assertThat(List.of(first, third)).doesNotContainNull();
    }

    @Test
    void lease_nobodyBusy_eachGetsItsTurn() {
        EndpointPool pool = pool(3, 10);
        TreeSet<String> names = new TreeSet<>();
        for (int i = 0; i < 3; i++) {
            try (EndpointLease lease = pool.lease().orElseThrow()) {
                names.add(lease.endpoint().name());
            }
        }

        assertThat(names).hasSize(3);
    }

    @Test
    void lease_allFull_isEmptyUntilOneIsClosed() {
        EndpointPool pool = pool(2, 1);
        EndpointLease first = pool.lease().orElseThrow();
        assertThat(pool.lease()).isPresent();
        assertThat(pool.lease()).isEmpty();
        first.close();
        first.close();

        assertThat(pool.lease()).isPresent();
        assertThat(pool.lease()).as("closing twice frees one place").isEmpty();
    }

    @Test
    void lease_oneUnhealthy_isLeftOut() {
        EndpointPool pool = pool(2, 10);
        pool.endpoints().getFirst().healthy(false);
        for (int i = 0; i < 4; i++) {
            assertThat(pool.lease().orElseThrow().endpoint().name()).endsWith(":2");
        }
    }

    @Test
    void lease_oneBreakerOpen_isLeftOutAndAllOpenAdmitNobody() {
        EndpointPool pool = pool(2, 10);
        EndpointLease failing = pool.lease().orElseThrow();
        failing.failed();
        failing.close();
        EndpointLease other = pool.lease().orElseThrow();
        assertThat(other.endpoint().name()).isNotEqualTo(failing.endpoint().name());
        assertThat(pool.anyBreakerAdmits()).isTrue();
        other.failed();
        other.close();

        assertThat(pool.anyBreakerAdmits()).isFalse();
        assertThat(pool.shortestWait()).isPositive().isLessThanOrEqualTo(POLICY.openTime());
        assertThat(pool.lease()).isEmpty();
    }

    @Test
    void lease_manyThreads_neverMoreThanAllowed() throws Exception {
        EndpointPool pool = pool(3, 5);
        AtomicInteger held = new AtomicInteger();

        List<Integer> seen =
                Crowd.run(
                        200,
                        () -> {
                            Optional<EndpointLease> lease = pool.lease();
                            if (lease.isEmpty()) {
                                return 0;
                            }
                            int now = held.incrementAndGet();
                            held.decrementAndGet();
                            lease.get().close();
                            return now;
                        });

        assertThat(seen).allMatch(count -> count <= 15).anyMatch(count -> count > 0);
        assertThat(pool.endpoints()).allMatch(state -> state.inFlight() == 0);
    }

    @Test
    void local_anyNumberOfFailures_staysOpenToEverybody() {
        EndpointPool pool = EndpointPool.local();
        for (int i = 0; i < 200; i++) {
            try (EndpointLease lease = pool.lease().orElseThrow()) {
                lease.failed();
            }
        }

        assertThat(pool.anyBreakerAdmits()).isTrue();
    }
}
