package dev.mapsovereign.engine.module;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ProtocolVersionTest {
    /** The order that Semantic Versioning 2.0 §11.4 gives as its example, and around it. */
    private static final List<String> ASCENDING =
            List.of(
                    "v0.9.9",
                    "v1.0.0-alpha",
                    "v1.0.0-alpha.1",
                    "v1.0.0-alpha.beta",
                    "v1.0.0-beta",
                    "v1.0.0-beta.2",
                    "v1.0.0-beta.11",
                    "v1.0.0-rc.1",
                    "v1.0.0",
                    "v1.0.1",
                    "v1.2.0",
                    "v1.10.0",
                    "v2.0.0-a",
                    "v2.0.0");

    @Test
    void compareTo_shuffled_sortsAsTheStandardSays() {
        List<ProtocolVersion> versions = new ArrayList<>();
        ASCENDING.forEach(text -> versions.add(ProtocolVersion.parse(text)));
        Collections.shuffle(versions, new Random(7));

        Collections.sort(versions);

        assertThat(versions).map(ProtocolVersion::toString).isEqualTo(ASCENDING);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1.0.0",
                "v1",
                "v1.0",
                "v01.0.0",
                "v1.0.0-",
                "v1.0.0-01",
                "v1.0.0+build",
                "v1.0.0-a..b",
                "v1.0.0.0",
                "V1.0.0",
                "v1.0.0 ",
                "v1000000.0.0",
                "v-1.0.0"
            })
    void parse_otherForms_isRefused(String text) {
        assertThatThrownBy(() -> ProtocolVersion.parse(text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void stable_preRelease_isNot() {
        assertThat(ProtocolVersion.parse("v1.0.0-rc.1").stable()).isFalse();
        assertThat(ProtocolVersion.parse("v1.0.0").stable()).isTrue();
    }
}
