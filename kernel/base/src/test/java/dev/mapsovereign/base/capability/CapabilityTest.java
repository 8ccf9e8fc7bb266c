package dev.mapsovereign.base.capability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CapabilityTest {
    private static final Instant MAY = Instant.parse("2026-05-01T00:00:00Z");
    private static final Instant JUNE = Instant.parse("2026-06-01T00:00:00Z");

    private static Capability read(String json) {
        return Capability.parse(
                JsonReader.parseObject(
                        json.replace('\'', '"').getBytes(StandardCharsets.UTF_8),
                        JsonReader.Limits.DEFAULT));
    }

    private static CallFacts call(
            String tenant, Instant now, String version, boolean readOnly, long bytes, long tokens) {
        return new CallFacts(
                tenant,
                now,
                Set.of("eu", "de"),
                Optional.of(
                        new CallFacts.Call(
                                version,
                                readOnly,
                                bytes,
                                tokens < 0 ? OptionalLong.empty() : OptionalLong.of(tokens))));
    }

    private static CallFacts call(String tenant, Instant now, String version) {
        return call(tenant, now, version, true, 10, -1);
    }

    @Test
    void parse_allMembers_roundTrip() {
        String json =
                "{'caveats':[{'in':['acme'],'type':'tenant'},"
                        + "{'at':'2026-05-01T00:00:00Z','type':'not_before'},"
                        + "{'in':['v1.0.0'],'type':'protocol_version'},'time:22-06',"
                        + "'jurisdiction:eu','action_kind:read-only'],"
                        + "'expires':'2026-06-01T00:00:00Z','limits':{'max_per_hour':60},"
                        + "'name':'map.max.audit_query'}";

        Capability capability = read(json);

        assertThat(CanonicalJson.text(capability.json())).isEqualTo(json.replace('\'', '"'));
        assertThat(capability.limit("max_per_hour")).hasValue(60);
        assertThat(capability.unmet(call("acme", MAY, "v1.0.0"))).isEmpty();
        assertThat(capability.unmet(call("other", MAY, "v1.0.0")))
                .hasValueSatisfying(
                        text -> assertThat(text).contains("acme").endsWith("is not met"));
        assertThat(capability.unmet(call("acme", MAY, "v2.0.0"))).isPresent();
        assertThat(capability.unmet(call("acme", MAY.minusSeconds(1), "v1.0.0"))).isPresent();
        assertThat(capability.unmet(call("acme", JUNE, "v1.0.0")))
                .contains("expired at 2026-06-01T00:00:00Z");
        assertThat(capability.unmet(call("acme", MAY, "v1.0.0", false, 10, -1)))
                .contains("action_kind:read-only is not met");
    }

    @ParameterizedTest
    @CsvSource({
        "time:09-17,       2026-05-01T08:59:59Z, false",
        "time:09-17,       2026-05-01T09:00:00Z, true",
        "time:09-17,       2026-05-01T16:59:59Z, true",
        "time:09-17,       2026-05-01T17:00:00Z, false",
        "time:22-06,       2026-05-01T23:00:00Z, true",
        "time:22-06,       2026-05-01T05:59:59Z, true",
        "time:22-06,       2026-05-01T06:00:00Z, false",
        "time:00-24,       2026-05-01T00:00:00Z, true",
        "jurisdiction:de,  2026-05-01T00:00:00Z, true",
        "jurisdiction:us,  2026-05-01T00:00:00Z, false",
        "weekly_budget:10, 2026-05-01T00:00:00Z, false"
    })
    void unmet_oneCaveat(String caveat, Instant now, boolean met) {
        Capability capability = read("{'name':'map.max.*','caveats':['" + caveat + "']}");

        assertThat(capability.unmet(call("acme", now, "v1.0.0")).isEmpty()).isEqualTo(met);
    }

    @ParameterizedTest
    @CsvSource({
        "input_bytes_max, 10, -1, true",
        "input_bytes_max, 11, -1, false",
        "max_tokens,      99, 10, true",
        "max_tokens,      99, 11, false",
        "max_tokens,      99, -1, false",
        "max_per_hour,    99, -1, true",
        "max_per_moon,    99, -1, false"
    })
    void unmet_oneLimitOfTen(String limit, long bytes, long tokens, boolean met) {
        Capability capability = read("{'name':'map.max.*','limits':{'" + limit + "':10}}");

        assertThat(capability.unmet(call("acme", MAY, "v1.0.0", true, bytes, tokens)).isEmpty())
                .isEqualTo(met);
    }

    @Test
    void unmet_withoutACall_whatOnlyACallCanMeetIsLeftOpen() {
        Capability capability =
                read(
                        "{'name':'map.max.*','limits':{'max_tokens':1,'input_bytes_max':1},"
                                + "'caveats':['action_kind:read-only']}");

        assertThat(capability.unmet(new CallFacts("acme", MAY, Set.of(), Optional.empty())))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'name':'map'}                                | must have the form",
                "{}                                            | name must be a text",
                "{'name':'map.a.b','x':1}                      | no member x is known",
                "{'name':'map.a.b','expires':'soon'}           | expires must be a time",
                "{'name':'map.a.b','expires':1}                | expires must be a time",
                "{'name':'map.a.b','limits':[]}                | limits must be an object",
                "{'name':'map.a.b','limits':{'a':-1}}          | limits.a must be a whole number",
                "{'name':'map.a.b','limits':{'a':1.5}}         | limits.a must be a whole number",
                "{'name':'map.a.b','caveats':{}}               | caveats must be an array",
                "{'name':'map.a.b','caveats':[1]}              | caveats[0] must be a text or",
                "{'name':'map.a.b','caveats':['time:9-17']}    | caveats[0] must be two different",
                "{'name':'map.a.b','caveats':['time:09-09']}   | caveats[0] must be two different",
                "{'name':'map.a.b','caveats':['time:24-09']}   | caveats[0] must be two different",
                "{'name':'map.a.b','caveats':['time:09-25']}   | caveats[0] must be two different",
                "{'name':'map.a.b','caveats':['jurisdiction:E']} | must name a jurisdiction",
                "{'name':'map.a.b','caveats':[{'type':'tenant','in':[1]}]} | array of 1 to 64 texts",
                "{'name':'map.a.b','caveats':[{'type':'tenant'}]}  | array of 1 to 64 texts",
                "{'name':'map.a.b','caveats':[{'type':'not_before','at':'x'}]} | a time like"
            })
    void parse_malformed_namesMemberAndRule(String json, String message) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void unmet_whatIsNotUnderstood_isNever() {
        String caveat = "{'caveats':[{'moon':'full','type':'moon'}],'name':'map.max.*'}";
        String limit = "{'limits':{'calls_per_moon':1},'name':'map.max.*'}";
        for (String json : List.of(caveat, limit)) {
            Capability capability = read(json);
            assertThat(capability.notUnderstood()).hasSize(1);
            assertThat(capability.unmet(call("acme", MAY, "v1.0.0"))).isPresent();
            assertThat(CanonicalJson.text(capability.json())).isEqualTo(json.replace('\'', '"'));
        }
    }

    @Test
    void narrowedBy_ancestor_takesTheStricterOfEach() {
        Capability wide =
                new Capability(
                        new CapabilityName("map.max.*"),
                        Optional.of(MAY),
                        Map.of("calls_per_minute", 10L),
                        List.of(new Caveat.Tenants(Set.of("acme"))));
        Capability own =
                new Capability(
                        new CapabilityName("map.max.audit_query"),
                        Optional.of(JUNE),
                        Map.of("calls_per_minute", 60L, "calls_per_day", 5L),
                        List.of());
        Capability left = own.narrowedBy(wide).orElseThrow();
        assertThat(left.name().value()).isEqualTo("map.max.audit_query");
        assertThat(left.expires()).contains(MAY);
        assertThat(left.limits()).isEqualTo(Map.of("calls_per_minute", 10L, "calls_per_day", 5L));
        assertThat(left.caveats()).containsExactly(new Caveat.Tenants(Set.of("acme")));
        assertThat(wide.narrowedBy(own).orElseThrow().name().value())
                .as("a child that asks for more than its parent has gets what the parent has")
                .isEqualTo("map.max.audit_query");
        assertThat(own.narrowedBy(Capability.of("map.mim.*"))).isEmpty();
    }
}
