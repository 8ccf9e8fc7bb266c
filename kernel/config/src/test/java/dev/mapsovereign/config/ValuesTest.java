package dev.mapsovereign.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The texts that people write, one kind after the other. */
class ValuesTest {
    @ParameterizedTest
    @CsvSource({
        "30s, PT30S",
        "500ms, PT0.5S",
        "1h30m, PT1H30M",
        "35d, PT840H",
        "0s, PT0S",
        "1d2h3m4s5ms, PT26H3M4.005S",
        "007s, PT7S"
    })
    void duration_wellFormed_isRead(String text, Duration expected) {
        assertThat(Durations.parse(text)).isEqualTo(expected);
        assertThat(Durations.parse(Durations.text(expected))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "30",
                "s",
                "30 s",
                "-1s",
                "1.5s",
                "30S",
                "1s1s",
                "30m1h",
                "1h 30m",
                "1w",
                "1us",
                "99999999999999999999s",
                "999999999999999999d",
                "٣s"
            })
    void duration_malformed_isRefused(String text) {
        assertThatThrownBy(() -> Durations.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("must be a duration");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "5242880, 5242880",
        "100 B, 100",
        "64 MiB, 67108864",
        "512KiB, 524288",
        "3 GiB, 3221225472",
        "2 TiB, 2199023255552"
    })
    void size_wellFormed_isRead(String text, long expected) {
        assertThat(Sizes.parse(text)).isEqualTo(expected);
        assertThat(Sizes.parse(Sizes.text(expected))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "MiB",
                "1 MB",
                "1 kB",
                "1  MiB",
                "1 mib",
                "-1",
                "1.5 GiB",
                "9999999999 TiB",
                "9223372036854775808",
                "1 MiB "
            })
    void size_malformed_isRefused(String text) {
        assertThatThrownBy(() -> Sizes.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("must be a size");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:8080, 127.0.0.1, 8080, true",
        "127.9.9.9:1, 127.9.9.9, 1, true",
        "[::1]:443, ::1, 443, true",
        "localhost:0, localhost, 0, true",
        "0.0.0.0:80, 0.0.0.0, 80, false",
        "[::]:80, ::, 80, false",
        "127.0.0.1.example.org:80, 127.0.0.1.example.org, 80, false",
        "127.1:80, 127.1, 80, false",
        "localhost.example.org:80, localhost.example.org, 80, false",
        "node-1.site:65535, node-1.site, 65535, false"
    })
    void listenAddress_wellFormed_knowsWhetherItIsLoopback(
            String text, String host, int port, boolean loopback) {
        ListenAddress address = ListenAddress.parse(text);

        assertThat(address).isEqualTo(new ListenAddress(host, port)).hasToString(text);
        assertThat(address.isLoopback()).isEqualTo(loopback);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "host",
                "host:",
                ":80",
                "host:x",
                "host:65536",
                "host:-1",
                "host:+1",
                "::1:80",
                "[]:80",
                "a b:80",
                "host:080808",
                "http://x:80"
            })
    void listenAddress_malformed_isRefused(String text) {
        assertThatThrownBy(() -> ListenAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("must be host:port");
    }

    @ParameterizedTest
    @CsvSource({
        "wrokers, workers",
        "worker, workers",
        "drain_timout, drain_timeout",
        "prot, port",
        "xyz, ''",
        "completely_different, ''",
        "p, ''"
    })
    void nearest_typedWord_isTheOneMeant(String typed, String meant) {
        assertThat(
                        DidYouMean.nearest(
                                        typed, List.of("workers", "drain_timeout", "port", "bind"))
                                .orElse(""))
                .isEqualTo(meant);
    }
}
