package dev.mapsovereign.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code map policy …} on a site whose node does not run. */
class PolicyVerbsTest {
    private static final String DID = "did:oas:acme:agent:clerk";
    private static final String CAP =
            "permit (principal, action == Action::\"map.max.audit_query\", resource)"
                    + " when { resource.limit < 100 };\n";

    @TempDir private Path temp;
    private CommandLineSite site;
    private Path file;

    @BeforeEach
    void makeSite() throws IOException {
        site = CommandLineSite.in(temp);
        site.run("keys", "generate", "log").facts();
        site.run("migrate", "apply").facts();
        site.run("tenant", "create", "acme").facts();
        file = Files.writeString(temp.resolve("cap.cedar"), CAP);
    }

    private CommandLineSite.Ended author(String version, String... more) {
        List<String> verb =
                new ArrayList<>(
                        List.of(
                                "policy",
                                "author",
                                "--id",
                                "ops.cap",
                                "--version",
                                version,
                                "--file",
                                file.toString()));
        verb.addAll(List.of(more));
        return site.run(verb.toArray(String[]::new));
    }

    private List<String> states() {
        List<String> states = new ArrayList<>();
        for (JsonValue row :
                site.run("policy", "list").facts().array("policies").orElseThrow().values()) {
            JsonObject policy = (JsonObject) row;
            states.add(policy.text("version").orElse("") + " " + policy.text("state").orElse(""));
        }
        return states;
    }

    private CommandLineSite.Ended test(String input, String... more) {
        List<String> verb =
                new ArrayList<>(
                        List.of(
                                "policy",
                                "test",
                                "--did",
                                DID,
                                "--operation",
                                "MAX.audit_query",
                                "--input",
                                input));
        verb.addAll(List.of(more));
        return site.run(verb.toArray(String[]::new));
    }

    @Test
    void versions_overTheirLife_areListedWithTheirStates() throws IOException {
        JsonObject authored = author("v1.0.0", "--reason", "audits").facts();
        assertThat(authored.bool("authored")).contains(true);
        assertThat(authored.integer("statements")).hasValue(1);
        assertThat(authored.array("findings")).contains(JsonArray.of());
        assertThat(states()).containsExactly("v1.0.0 authored");

        assertThat(site.run("policy", "activate", "ops.cap", "v1.0.0").facts().text("state"))
                .contains("in force");
        Files.writeString(file, CAP.replace("100", "50"));
        author("v1.1.0", "--active-from", "2099-01-01T00:00:00Z").facts();
        site.run("policy", "activate", "ops.cap", "v1.1.0").facts();
        assertThat(states()).containsExactly("v1.0.0 in force", "v1.1.0 waits");
        assertThat(site.run("policy", "show", "ops.cap").facts().text("body")).contains(CAP);

        assertThat(site.run("policy", "retire", "ops.cap").facts().array("retired"))
                .contains(JsonArray.ofStrings(List.of("v1.0.0", "v1.1.0")));
        assertThat(states()).containsExactly("v1.0.0 retired", "v1.1.0 retired");
    }

    @Test
    void author_versionThatIsThere_isRefusedWithAnotherText() throws IOException {
        author("v1.0.0").facts();
        author("v1.0.0").facts();
        Files.writeString(file, CAP + CAP);

        CommandLineSite.Ended ended = author("v1.0.0");

        assertThat(ended.status()).isOne();
        assertThat(ended.err()).contains("ops.cap v1.0.0 is here already with another text");
    }

    @Test
    void author_whatNoCallCanMatch_isNoted() throws IOException {
        Files.writeString(
                file,
                "permit (principal is User, action == Action::\"map.market.trade\", resource)\n"
                        + "when { principal.role == \"x\" && context.tine == 1 };\n"
                        + "forbid (principal, action == Action::\"map.max.*\", resource);\n"
                        + "forbid (principal, action == Action::\"map.max.audit_query\", resource)"
                        + " when { resource.limti > 1 };");

        CommandLineSite.Ended ended = author("v1.0.0", "--dry-run");

        assertThat(ended.facts().bool("authored")).contains(false);
        assertThat(ended.err())
                .contains(
                        "Action::\"map.market.trade\" is no operation that this node serves now",
                        "the principal of a call is never of the type User",
                        "no call has the attribute principal.role",
                        "no call has the attribute context.tine",
                        "Action::\"map.max.*\" is a group; no call is equal to it, write in",
                        "no call has the attribute resource.limti");
        assertThat(states()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "permit (principal;,     v1.0.0, 1, '1:18: after principal one of =='",
        "permit,                 v1.0.0, 1, '1:7: ( is expected, not the end of the text'",
        "'',                     v1.0.0, 2, body is missing",
        "permit,                 1.0,    2, has the form v1.0.0",
    })
    void author_whatCannotBe_isRefusedAndKeepsNothing(
            String text, String version, int status, String message) throws IOException {
        Files.writeString(file, text);

        CommandLineSite.Ended ended = author(version);

        assertThat(ended.status()).isEqualTo(status);
        assertThat(ended.err()).contains(message);
        assertThat(states()).isEmpty();
    }

    @Test
    void author_timesTenantsAndFilesThatCannotBe_areRefused() {
        assertThat(author("v1.0.0", "--active-from", "2020-01-01T00:00:00Z").err())
                .contains("active_from is past");
        assertThat(author("v1.0.0", "--tenant", "nobody").err()).contains("no tenant nobody");
        assertThat(site.run("policy", "activate", "ops.cap", "v1.0.0").err())
                .contains("there is no policy ops.cap");
        assertThat(site.run("policy", "retire", "Ops").err()).contains("a policy's id has");
        file = temp.resolve("gone.cedar");
        CommandLineSite.Ended ended = author("v1.0.0");
        assertThat(ended.status()).isEqualTo(3);
        assertThat(ended.err()).contains("couldn't read");
    }

    @Test
    void test_fileThatIsTried_saysWhatWouldBeDecidedAndByWhich() throws IOException {
        site.run("capability", "grant", "--tenant", "acme", "--did", DID, "map.max.audit_query")
                .facts();
        Path cap = file;

        JsonObject allowed = test("{\"limit\":5}", "--file", cap.toString()).facts();
        assertThat(allowed.bool("allowed")).contains(true);
        assertThat(allowed.text("rule"))
                .contains("map.max.audit_query is permitted by policy test v0.0.0");

        CommandLineSite.Ended refused =
                test("{\"limit\":500}", "--file", cap.toString(), "--id", "ops.cap");
        assertThat(refused.status()).isOne();
        assertThat(refused.json().bool("policies_allow")).contains(false);
        assertThat(refused.json().bool("capability_held")).contains(true);
        assertThat(refused.json().text("rule").orElseThrow())
                .startsWith("no policy permits map.max.audit_query")
                .endsWith("ops.cap v0.0.0");

        Files.writeString(file, "forbid (principal, action, resource);");
        author("v1.0.0").facts();
        site.run("policy", "activate", "ops.cap", "v1.0.0").facts();
        assertThat(test("{}").json().text("rule").orElseThrow())
                .endsWith("is forbidden to " + DID + " by policy ops.cap v1.0.0");
        Files.writeString(file, CAP);
        assertThat(test("{\"limit\":5}", "--file", cap.toString(), "--id", "ops.cap").status())
                .isZero();
        assertThat(test("{\"limit\":5}", "--file", cap.toString()).status()).isOne();
        assertThat(test("{\"limit\":5}", "--file", cap.toString(), "--alone").status()).isZero();
        assertThat(
                        site.run("capability", "explain", DID, "MAX.audit_query")
                                .facts()
                                .array("policies"))
                .contains(JsonArray.ofStrings(List.of("ops.cap v1.0.0")));
    }
}
