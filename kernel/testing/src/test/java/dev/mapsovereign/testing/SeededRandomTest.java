package dev.mapsovereign.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

class SeededRandomTest {
    private static final AtomicLong SEED_USED = new AtomicLong();

    @Test
    void bytes_sameSeed_areTheSame() {
        assertThat(new SeededRandom(7).bytes(100)).isEqualTo(new SeededRandom(7).bytes(100));
        assertThat(new SeededRandom(7).bytes(100)).isNotEqualTo(new SeededRandom(8).bytes(100));
    }

    @Test
    void extension_testFails_namesSeed() {
        Events tests =
                EngineTestKit.engine("junit-jupiter")
                        .selectors(DiscoverySelectors.selectClass(Failing.class))
                        .execute()
                        .testEvents();

        Throwable failure =
                tests.failed().stream()
                        .map(event ->
                                event.getRequiredPayload(
                                        org.junit.platform.engine.TestExecutionResult.class))
                        .map(result -> result.getThrowable().orElseThrow())
                        .findFirst()
                        .orElseThrow();
        assertThat(failure.getSuppressed())
                .extracting(Throwable::getMessage)
                .containsExactly("repeat with -Dmap.test.seed=" + SEED_USED.get());
    }

    /** Run by the test above alone: its name is none that a build looks for. */
    @ExtendWith(SeededRandomExtension.class)
    static final class Failing {
        @Test
        void fails(SeededRandom random) {
            SEED_USED.set(random.seed());
            throw new AssertionError("on purpose");
        }
    }
}
