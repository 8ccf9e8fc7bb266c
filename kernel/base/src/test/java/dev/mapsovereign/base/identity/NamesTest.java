package dev.mapsovereign.base.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "0",
                "acme",
                "a_b-c",
                "9lives",
                "console",
                "com10",
                "abcdefghijklmnopqrstuvwxyz012345"
            })
    void tenantId_wellFormed_isTaken(String text) {
        assertThat(TenantId.of(text)).hasToString(text);
        assertThat(TenantId.of(text).isNode()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "A",
                "Acme",
                "-a",
                "_a",
                "_node_",
                "__node",
                "a.b",
                "a/b",
                "..",
                "a b",
                "é",
                "a\n",
                "con",
                "prn",
                "aux",
                "nul",
                "com1",
                "lpt9",
                "abcdefghijklmnopqrstuvwxyz0123456"
            })
    void tenantId_malformed_isRefused(String text) {
        assertThatThrownBy(() -> TenantId.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("tenant id \"");
    }

    @Test
    void tenantId_node_isTheOnlyOneWithAnUnderscore() {
        assertThat(TenantId.of("_node")).isEqualTo(TenantId.NODE);
        assertThat(TenantId.NODE.isNode()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "site-1.example", "1", "a.", "node..x"})
    void nodeName_wellFormed_isTaken(String text) {
        assertThat(NodeName.of(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".a",
                "-a",
                "A",
                "a_b",
                "a/b",
                "con",
                "con.local",
                "nul.x.y",
                "abcdefghijklmnopqrstuvwxyz0123456789-.abcd"
            })
    void nodeName_malformed_isRefused(String text) {
        assertThatThrownBy(() -> NodeName.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("node name \"");
    }

    @Test
    void correlationId_random_hasOneSpelling() {
        CorrelationId id = CorrelationId.random();

        assertThat(id.value().version()).isEqualTo(4);
        assertThat(CorrelationId.parse(id.toString())).isEqualTo(id);
        assertThat(CorrelationId.random()).isNotEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "0F8FAD5B-D9CB-469F-A165-70867728950E",
                "0f8fad5bd9cb469fa16570867728950e",
                "0f8fad5b-d9cb-169f-a165-70867728950e",
                "0f8fad5b-d9cb-469f-c165-70867728950e",
                "0f8fad5b-d9cb-469f-a165-70867728950e ",
                "00000000-0000-0000-0000-000000000000",
                "zf8fad5b-d9cb-469f-a165-70867728950e"
            })
    void correlationId_otherSpellingOrVersion_isRefused(String text) {
        assertThatThrownBy(() -> CorrelationId.parse(text))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CorrelationId(new UUID(0, 0)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "map.max.audit_query",
                "map.max.*",
                "map.*.*",
                "map.a-b_1.x.y.Z",
                "map.oas.resolve"
            })
    void capability_wellFormed_isTaken(String text) {
        assertThat(new CapabilityName(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "map",
                "map.",
                "map.max",
                "map.max.",
                "map..x",
                "map.max..x",
                "map.max.x.",
                "max.audit_query",
                "MAP.max.x",
                "map.MAX.x",
                "map.*.x",
                "map.*",
                "map.m*.x",
                "map.max.a*",
                "map.max.*.x",
                "map.max.x.*",
                "map.max.a b",
                "map.max.**",
                "map.*.*.*",
                "*",
                "map.max.é"
            })
    void capability_malformed_isRefused(String text) {
        assertThatThrownBy(() -> new CapabilityName(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("capability \"");
    }

    @ParameterizedTest
    @CsvSource({
        "map.max.audit_query, map.max.audit_query, true",
        "map.max.audit_query, map.max.audit, false",
        "map.max.audit, map.max.audit_query, false",
        "map.max.a, map.max.a.b, false",
        "map.max.*, map.max.audit_query, true",
        "map.max.*, map.max.a.b, true",
        "map.max.*, map.max.*, true",
        "map.max.*, map.maxi.a, false",
        "map.max.*, map.*.*, false",
        "map.max.a, map.max.*, false",
        "map.*.*, map.max.audit_query, true",
        "map.*.*, map.max.*, true",
        "map.*.*, map.*.*, true"
    })
    void covers_heldAndWanted_isAsWritten(String held, String wanted, boolean covered) {
        assertThat(new CapabilityName(held).covers(new CapabilityName(wanted))).isEqualTo(covered);
    }

    @Test
    void capability_of_lowersTheProtocolAlone() {
        CapabilityName name = CapabilityName.of("MAX", "audit_query");

        assertThat(name).hasToString("map.max.audit_query");
        assertThat(name.protocol()).isEqualTo("max");
        assertThat(name.operation()).isEqualTo("audit_query");
        assertThat(name.isPattern()).isFalse();
        assertThat(new CapabilityName("map.max.*").isPattern()).isTrue();
        assertThat(CapabilityName.of("X", "Do.It").operation()).isEqualTo("Do.It");
    }

    @Test
    void capability_ofCallersText_neverBecomesAPattern() {
        // The operation comes from a request body: "*" must not ask for, or match as, a pattern.
        assertThatThrownBy(() -> CapabilityName.of("MAX", "*"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CapabilityName.of("*", "*"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CapabilityName.of("a.b", "c"))
                .isInstanceOf(IllegalArgumentException.class);
        // The Kelvin sign, which Java's lower case makes a plain k.
        assertThatThrownBy(() -> CapabilityName.of("\u212a", "x"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
