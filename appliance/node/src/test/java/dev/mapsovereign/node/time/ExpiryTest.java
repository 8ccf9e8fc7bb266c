package dev.mapsovereign.node.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpiryTest {
    private static final Expiry CERTIFICATE =
            new Expiry(
                    "server certificate",
                    Expiry.Kind.SERVER_CERTIFICATE,
                    Optional.of(Instant.parse("2026-01-01T00:00:00Z")),
                    Instant.parse("2026-04-01T00:00:00Z"),
                    Duration.ofDays(30),
                    "callers refuse the connection",
                    "map ca renew");

    @ParameterizedTest
    @CsvSource({
        "2025-12-31T23:59:59Z, NOT_YET_VALID, 90",
        "2026-01-01T00:00:00Z, GOOD, 90",
        "2026-03-01T23:59:59Z, GOOD, 30",
        "2026-03-02T00:00:00Z, SOON, 30",
        "2026-03-31T23:59:59Z, SOON, 0",
        "2026-04-01T00:00:00Z, EXPIRED, 0",
        "2026-04-02T00:00:01Z, EXPIRED, -2"
    })
    void state_atEachBound_isAsSaid(Instant at, Expiry.State state, long days) {
        assertThat(CERTIFICATE.state(at)).isEqualTo(state);
        assertThat(CERTIFICATE.json(at).integer("in_days")).hasValue(days);
    }

    @Test
    void remedy_notYetValid_isTheClockFirst() {
        assertThat(CERTIFICATE.remedy(Instant.parse("2020-01-01T00:00:00Z")))
                .startsWith("look at the clock first");
        assertThat(CERTIFICATE.remedy(Instant.parse("2030-01-01T00:00:00Z")))
                .isEqualTo("map ca renew");
    }
}
