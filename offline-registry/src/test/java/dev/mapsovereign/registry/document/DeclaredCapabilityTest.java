package dev.mapsovereign.registry.document;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.EntityKind;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.registry.Family;
import dev.mapsovereign.registry.TestKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeclaredCapabilityTest {
    private static final Instant MAY = Instant.parse("2026-05-01T00:00:00Z");
    private static final Instant JUNE = Instant.parse("2026-06-01T00:00:00Z");

    private static DeclaredCapability read(String json) {
        JsonObject entry = (JsonObject) JsonReader.parse(json.getBytes(StandardCharsets.UTF_8));
        OasDocument document =
                Family.builder(EntityKind.AGENT, TestKey.of("scout"))
                        .member("capabilities", JsonArray.of(entry))
                        .sign(TestKey.of("scout"), Family.BORN);
        return document.capabilities().getFirst();
    }

    @Test
    void parse_allMembers_roundTrip() {
        String json =
                "{\"caveats\":[{\"in\":[\"acme\"],\"type\":\"tenant\"},"
                        + "{\"at\":\"2026-05-01T00:00:00Z\",\"type\":\"not_before\"},"
                        + "{\"in\":[\"v1.0.0\"],\"type\":\"protocol_version\"}],"
                        + "\"expires\":\"2026-06-01T00:00:00Z\",\"limits\":{\"calls_per_minute\":60},"
                        + "\"name\":\"map.max.audit_query\"}";
        DeclaredCapability capability = read(json);
        assertThat(CanonicalJson.text(capability.json())).isEqualTo(json);
        assertThat(capability.limit("calls_per_minute")).hasValue(60);
        assertThat(capability.permits("acme", "v1.0.0", MAY)).isTrue();
        assertThat(capability.permits("other", "v1.0.0", MAY)).isFalse();
        assertThat(capability.permits("acme", "v2.0.0", MAY)).isFalse();
        assertThat(capability.permits("acme", "v1.0.0", MAY.minusSeconds(1))).isFalse();
        assertThat(capability.permits("acme", "v1.0.0", JUNE)).isFalse();
    }

    @Test
    void permits_whatIsNotUnderstood_isNever() {
        String caveat =
                "{\"caveats\":[{\"moon\":\"full\",\"type\":\"moon\"}],\"name\":\"map.max.*\"}";
        String limit = "{\"limits\":{\"calls_per_moon\":1},\"name\":\"map.max.*\"}";
        for (String json : List.of(caveat, limit)) {
            DeclaredCapability capability = read(json);
            assertThat(capability.isUnderstood()).isFalse();
            assertThat(capability.permits("acme", "v1.0.0", MAY)).isFalse();
            assertThat(CanonicalJson.text(capability.json())).isEqualTo(json);
        }
    }

    @Test
    void narrowedBy_ancestor_takesTheStricterOfEach() {
        DeclaredCapability wide =
                new DeclaredCapability(
                        new CapabilityName("map.max.*"),
                        Optional.of(MAY),
                        Map.of("calls_per_minute", 10L),
                        List.of(new Caveat.Tenants(Set.of("acme"))));
        DeclaredCapability own =
                new DeclaredCapability(
                        new CapabilityName("map.max.audit_query"),
                        Optional.of(JUNE),
                        Map.of("calls_per_minute", 60L, "calls_per_day", 5L),
                        List.of());
        DeclaredCapability left = own.narrowedBy(wide).orElseThrow();
        assertThat(left.name().value()).isEqualTo("map.max.audit_query");
        assertThat(left.expires()).contains(MAY);
        assertThat(left.limits()).isEqualTo(Map.of("calls_per_minute", 10L, "calls_per_day", 5L));
        assertThat(left.caveats()).containsExactly(new Caveat.Tenants(Set.of("acme")));
        assertThat(wide.narrowedBy(own).orElseThrow().name().value())
                .as("a child that asks for more than its parent has gets what the parent has")
                .isEqualTo("map.max.audit_query");
        assertThat(own.narrowedBy(DeclaredCapability.of("map.mim.*"))).isEmpty();
    }
}
