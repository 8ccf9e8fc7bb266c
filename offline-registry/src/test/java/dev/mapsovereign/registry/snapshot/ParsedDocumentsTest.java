package dev.mapsovereign.registry.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.identity.EntityKind;
import dev.mapsovereign.registry.Family;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.SigningKey;
import dev.mapsovereign.registry.TestKey;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ParsedDocumentsTest {
    private final byte[] one = document("one");
    private final byte[] two = document("two");

    private static byte[] document(String name) {
        SigningKey key = TestKey.of(name);
        return Family.builder(EntityKind.AGENT, key).sign(key, Family.BORN).bytes();
    }

    @Test
    void at_samePositionAgain_isTheSameObject() {
        ParsedDocuments parsed = new ParsedDocuments(one.length + two.length);
        assertThat(parsed.at(0, one)).isSameAs(parsed.at(0, one));
        assertThat(parsed.at(1, two).bytes()).isEqualTo(two);
        assertThat(parsed.at(0, one)).isSameAs(parsed.at(0, one)).isNotSameAs(parsed.at(1, two));
    }

    @Test
    void at_moreBytesThanAllowed_beginsAnew() {
        ParsedDocuments parsed = new ParsedDocuments(one.length + two.length - 1);
        var first = parsed.at(0, one);
        var second = parsed.at(1, two);
        assertThat(parsed.at(1, two)).as("what came last is kept").isSameAs(second);
        assertThat(parsed.at(0, one)).as("what came before is not").isNotSameAs(first);
    }

    @Test
    void at_noDocument_isRefusedEachTime() {
        ParsedDocuments parsed = new ParsedDocuments(1000);
        byte[] none = "{}".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> parsed.at(7, none))
                    .isInstanceOf(RegistryException.class)
                    .hasMessageContaining("position 7");
        }
    }
}
