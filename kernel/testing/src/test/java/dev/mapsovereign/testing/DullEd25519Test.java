package dev.mapsovereign.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SeededRandomExtension.class)
class DullEd25519Test {
    @Test
    void verify_publishedCases_givesTheirVerdict() {
        List<Ed25519Case> cases = Ed25519Cases.published();

        assertThat(cases).hasSize(151 + 12);
        for (Ed25519Case one : cases) {
            assertThat(DullEd25519.verify(one.publicKey(), one.message(), one.signature()))
                    .as(one.what())
                    .isEqualTo(one.valid());
        }
    }

    @Test
    void smallOrderPoints_areEight_withFiveHeights() {
        assertThat(Ed25519Cases.smallOrderPoints())
                .doesNotHaveDuplicates()
                .hasSize(8)
                .allMatch(DullEd25519.Point::isSmallOrder);
        assertThat(
                        Ed25519Cases.smallOrderPoints().stream()
                                .map(DullEd25519.Point::y)
                                .collect(Collectors.toSet()))
                .hasSize(5);
    }

    @Test
    void generated_holdAcceptedAndRefusedOnes(SeededRandom random) {
        Set<String> accepted =
                Ed25519Cases.generated(random).stream()
                        .filter(Ed25519Case::valid)
                        .map(Ed25519Case::what)
                        .collect(Collectors.toSet());

        assertThat(accepted).contains("as signed", "A and R of mixed order");
        assertThat(accepted).isSubsetOf("as signed", "A of mixed order", "A and R of mixed order");
    }
}
