package dev.mapsovereign.base.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgentDidTest {
    @ParameterizedTest
    @CsvSource({
        "did:oas:l1fe:agent:0xa3f9c1a4b5, l1fe, AGENT, 0xa3f9c1a4b5",
        "did:oas:l1fe:hmr:alice, l1fe, HUMAN_ROOT, alice",
        "did:oas:acme:ao:research-lab, acme, AUTONOMOUS_ORGANIZATION, research-lab",
        "did:oas:l1fe:agent:instance:z6MkhaXg, l1fe, AGENT_INSTANCE, z6MkhaXg",
        "did:oas:l1fe:agent:instance, l1fe, AGENT, instance",
        "did:oas:a:service:A.b_c-9, a, SERVICE, A.b_c-9",
        "did:oas:agent:agent:agent, agent, AGENT, agent",
        "did:oas:a-b-1:enr:x, a-b-1, ENTITY_NAME_RECORD, x"
    })
    void parse_wellFormed_hasItsParts(
            String text, String namespace, EntityKind kind, String identifier) {
        AgentDid did = AgentDid.parse(text);

        assertThat(did.namespace()).isEqualTo(namespace);
        assertThat(did.kind()).isEqualTo(kind);
        assertThat(did.identifier()).isEqualTo(identifier);
        assertThat(did).hasToString(text);
        assertThat(did.isLegacy()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(EntityKind.class)
    void parse_everyKind_isKnown(EntityKind kind) {
        assertThat(AgentDid.parse("did:oas:acme:" + kind.token() + ":x").kind()).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ''                              | must begin with did:oas:
                    did:web:example.org             | must begin with did:oas:
                    DID:oas:a:agent:x               | must begin with did:oas:
                    did:l1fe:router:mim-prod        | must begin with did:oas:
                    did:oas:                        | must have the form did:oas:<namespace>:<kind>:<identifier>
                    did:oas:a                       | must have the form did:oas:<namespace>:<kind>:<identifier>
                    did:oas:a:agent                 | must have the form did:oas:<namespace>:<kind>:<identifier>
                    did:oas::agent:x                | must have a namespace of 1 to 63 characters
                    did:oas:A:agent:x               | must have a namespace of a-z, 0-9 and inner hyphens
                    did:oas:-a:agent:x              | must have a namespace of a-z, 0-9 and inner hyphens
                    did:oas:a-:agent:x              | must have a namespace of a-z, 0-9 and inner hyphens
                    did:oas:a.b:agent:x             | must have a namespace of a-z, 0-9 and inner hyphens
                    did:oas:a:robot:x               | has an unknown kind
                    did:oas:a::x                    | has an unknown kind
                    did:oas:a:Agent:x               | has an unknown kind
                    did:oas:a:agent:                | must have an identifier of 1 to 128 characters
                    did:oas:a:agent:instance:       | must have an identifier of 1 to 128 characters
                    did:oas:a:agent:.x              | must have an identifier that begins with a letter or a digit
                    did:oas:a:agent:x:y             | must have an identifier of a-z, A-Z, 0-9, '.', '_' and '-'
                    did:oas:a:agent:x/y             | must have an identifier of a-z, A-Z, 0-9, '.', '_' and '-'
                    did:oas:a:agent:x#key           | must have an identifier of a-z, A-Z, 0-9, '.', '_' and '-'
                    did:oas:a:agent:x%41            | must have an identifier of a-z, A-Z, 0-9, '.', '_' and '-'
                    """)
    void parse_malformed_namesTheRule(String text, String rule) {
        assertThatThrownBy(() -> AgentDid.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("DID \"" + text + "\" " + rule);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " did:oas:a:agent:x",
                "did:oas:a:agent:x ",
                "did:oas:a:agent:x\n",
                "did:oas:a:agent:é"
            })
    void parse_strayCharacter_isRefused(String text) {
        assertThatThrownBy(() -> AgentDid.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void parse_lengths_endWhereTheyShould() {
        String namespace = "n".repeat(63);
        String identifier = "i".repeat(128);

        assertThat(
                        AgentDid.parse("did:oas:" + namespace + ":agent:instance:" + identifier)
                                .identifier())
                .isEqualTo(identifier);
        assertThatThrownBy(() -> AgentDid.parse("did:oas:n" + namespace + ":agent:x"))
                .hasMessageContaining("namespace of 1 to 63");
        assertThatThrownBy(() -> AgentDid.parse("did:oas:a:agent:i" + identifier))
                .hasMessageContaining("identifier of 1 to 128");
        assertThatThrownBy(() -> AgentDid.parse("did:oas:a:agent:" + "x".repeat(300)))
                .hasMessageContaining("at most 256 bytes");
    }

    @Test
    void parse_hugeText_isNotRepeatedWhole() {
        assertThatThrownBy(() -> AgentDid.parse("\u0007".repeat(1_000_000)))
                .satisfies(e -> assertThat(e.toString().length()).isLessThan(700));
    }

    @Test
    void parse_legacyAllowed_isRead() {
        AgentDid router = AgentDid.parse("did:l1fe:router:mim-prod", true);
        AgentDid agent = AgentDid.parse("did:l1fe:agent:0xabc", true);

        assertThat(router.isLegacy()).isTrue();
        assertThat(router.namespace()).isEqualTo("l1fe");
        assertThat(router.kind()).isEqualTo(EntityKind.SERVICE);
        assertThat(router.identifier()).isEqualTo("mim-prod");
        assertThat(agent.kind()).isEqualTo(EntityKind.AGENT);
        assertThat(AgentDid.parse("did:oas:a:agent:x", true).isLegacy()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "did:l1fe:",
                "did:l1fe::x",
                "did:l1fe:router",
                "did:l1fe:router:",
                "did:l1fe:Router:x",
                "did:l1fe:router:a:b"
            })
    void parse_legacyMalformed_isRefused(String text) {
        assertThatThrownBy(() -> AgentDid.parse(text, true))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void entityKind_roots_areTheThree() {
        assertThat(EntityKind.values())
                .filteredOn(EntityKind::isRoot)
                .containsExactly(
                        EntityKind.HUMAN_ROOT,
                        EntityKind.MULTI_HUMAN_ROOT,
                        EntityKind.ENTITY_NAME_RECORD);
        assertThat(EntityKind.values())
                .filteredOn(EntityKind::isHumanRoot)
                .containsExactly(EntityKind.HUMAN_ROOT, EntityKind.MULTI_HUMAN_ROOT);
    }
}
