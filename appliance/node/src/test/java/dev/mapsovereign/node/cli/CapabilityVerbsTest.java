package dev.mapsovereign.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code map capability …} on a site whose node does not run. */
class CapabilityVerbsTest {
    private static final String DID = "did:oas:acme:agent:clerk";

    @TempDir private Path temp;
    private CommandLineSite site;

    @BeforeEach
    void makeSite() throws IOException {
        site = CommandLineSite.in(temp);
        site.run("keys", "generate", "log").facts();
        site.run("migrate", "apply").facts();
        site.run("tenant", "create", "acme").facts();
    }

    private CommandLineSite.Ended grant(String... more) {
        List<String> verb =
                new ArrayList<>(List.of("capability", "grant", "--tenant", "acme", "--did", DID));
        verb.addAll(List.of(more));
        return site.run(verb.toArray(String[]::new));
    }

    private List<JsonValue> grants() {
        return site.run("capability", "list", "--tenant", "acme")
                .facts()
                .array("grants")
                .orElseThrow()
                .values();
    }

    private CommandLineSite.Ended explainAt(String time) {
        return site.run("capability", "explain", DID, "MAX.audit_query", "--at", time);
    }

    @Test
    void grantOnTerms_isListedAndExplained() {
        JsonObject granted =
                grant("map.max.audit_query", "--limit", "max_per_hour=9", "--caveat", "time:09-17")
                        .facts();

        assertThat(granted.object("limits").orElseThrow().integer("max_per_hour")).hasValue(9);
        assertThat(grants()).hasSize(1);
        assertThat(explainAt("2027-01-01T12:00:00Z").facts().text("rule").orElseThrow())
                .endsWith("on terms");
        CommandLineSite.Ended atNight = explainAt("2027-01-01T23:00:00Z");
        assertThat(atNight.status()).isOne();
        assertThat(atNight.json().text("rule").orElseThrow()).endsWith("time:09-17 is not met");
    }

    @Test
    void grantOnTerms_whereMoreIsHeld_saysThatItNarrowsNothing() {
        assertThat(grant("map.max.*").err()).doesNotContain("note:");

        CommandLineSite.Ended narrower = grant("map.max.audit_query", "--caveat", "time:09-17");

        assertThat(narrower.status()).isZero();
        assertThat(narrower.err()).contains("map.max.* is held without terms besides (granted)");
    }

    @Test
    void explain_severalTenants_asksForOne() {
        site.run("tenant", "create", "bolt").facts();

        CommandLineSite.Ended ended = explainAt("2027-01-01T12:00:00Z");

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.err()).contains("2 tenants", "--tenant");
    }

    @ParameterizedTest
    @CsvSource({
        "--limit,   max_per_hour,        NAME=NUMBER",
        "--limit,   max_per_hour=,       NAME=NUMBER",
        "--limit,   max_per_hour=-1,     NAME=NUMBER",
        "--limit,   max_per_hour=1e3,    NAME=NUMBER",
        "--limit,   max_per_moon=1,      max_per_moon is known",
        "--caveat,  weekly_budget:5,     weekly_budget:5 is known",
        "--caveat,  time:9-17,           two different hours",
        "--caveat,  jurisdiction:E U,    must name a jurisdiction",
        "--expires, tomorrow,            expires is not a time"
    })
    void grant_termsThatCannotBe_isUsageAndGrantsNothing(
            String option, String value, String message) {
        CommandLineSite.Ended ended = grant("map.max.audit_query", option, value);

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.err()).contains(message);
        assertThat(grants()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "did:oas:acme:agent:clerk, MAX,             map.<protocol>.<operation>",
        "did:oas:acme:agent:clerk, map.max.*,       is a pattern",
        "did:oas:acme:agent:clerk, MAX.,            operation",
        "nobody,                   MAX.audit_query, did"
    })
    void explain_whatCannotBe_isUsage(String did, String operation, String message) {
        CommandLineSite.Ended ended = site.run("capability", "explain", did, operation);

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.err()).contains(message);
    }
}
