package dev.mapsovereign.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code map delegation …} and {@code map treaty …} on two sites whose nodes do not run. */
class AgreementVerbsTest {
    private final String tomorrow = inDays(1);
    private final String yesterday = inDays(-1);

    @TempDir private Path temp;
    private CommandLineSite site;
    private Path home;
    private Path abroad;
    private JsonObject made;
    private JsonObject madeAbroad;

    private static String inDays(int days) {
        return Instant.now().plus(days, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    @BeforeEach
    void makeSites() throws IOException {
        home = Files.createDirectory(temp.resolve("home"));
        abroad = Files.createDirectory(temp.resolve("abroad"));
        site = CommandLineSite.in(home);
        CommandLineSite other = CommandLineSite.in(abroad);
        made = begin(site, "acme");
        madeAbroad = begin(other, "abroad");
        publish();
    }

    private static JsonObject begin(CommandLineSite site, String tenant) {
        site.run("keys", "generate", "log", "did", "registry").facts();
        site.run("migrate", "apply").facts();
        return site.run("init", "--tenant", tenant).facts();
    }

    /** One registry with the identities of both. */
    private void publish() throws IOException {
        Path documents = home.resolve("etc/identity/documents");
        try (Stream<Path> files = Files.list(abroad.resolve("etc/identity/documents"))) {
            for (Path file : files.toList()) {
                Files.copy(file, documents.resolve("abroad-" + file.getFileName()));
            }
        }
        Path medium = Files.createDirectory(temp.resolve("medium"));
        String root =
                site.run("registry", "create", "--from", documents + "", "--to", medium + "")
                        .facts()
                        .text("root_file")
                        .orElseThrow();
        Files.writeString(
                home.resolve("etc/map.toml"),
                """

                [registry]
                folder = "%s/var/registry"
                root_file = "%s"
                roots = ["%s", "%s"]
                """
                        .formatted(
                                home,
                                root,
                                made.text("human_root_pin").orElseThrow(),
                                madeAbroad.text("human_root_pin").orElseThrow()),
                StandardOpenOption.APPEND);
        site.run("registry", "import", medium.toString()).facts();
    }

    private String did(JsonObject of, String member) {
        return of.text(member).orElseThrow();
    }

    private Path key(Path of, String name) {
        return of.resolve("etc/identity/" + name + "/did.key");
    }

    private CommandLineSite.Ended create(Path key, String out, String... more) {
        return site.run(
                Stream.concat(
                                Stream.of(
                                        "delegation",
                                        "create",
                                        "--tenant",
                                        "acme",
                                        "--from",
                                        did(made, "agent_did"),
                                        "--to",
                                        did(made, "second_agent_did"),
                                        "--key",
                                        key.toString(),
                                        "--expires",
                                        tomorrow,
                                        "--out",
                                        temp.resolve(out).toString()),
                                Stream.of(more))
                        .toArray(String[]::new));
    }

    private CommandLineSite.Ended explain(String did) {
        return site.run("capability", "explain", did, "MAX.audit_query", "--tenant", "acme");
    }

    @Test
    void delegation_createdImportedUsedAndEnded() {
        String guest = did(made, "second_agent_did");
        assertThat(explain(guest).status()).isEqualTo(1);
        assertThat(create(key(home, "clerk"), "d.json", "map.max.audit_query").status()).isZero();
        String file = temp.resolve("d.json").toString();

        assertThat(site.run("delegation", "import", "--dry-run", file).facts().bool("dry_run"))
                .contains(true);
        assertThat(explain(guest).status()).as("after a dry run").isEqualTo(1);
        String id = site.run("delegation", "import", file).facts().text("id").orElseThrow();
        site.run("delegation", "import", file).facts();

        JsonObject explained = explain(guest).facts();
        assertThat(explained.text("source")).contains("delegated");
        assertThat(explained.text("delegator")).contains(did(made, "agent_did"));
        assertThat(explained.text("delegation")).contains(id);

        site.run("delegation", "end", id, "--reason", "done").facts();

        assertThat(explain(guest).status()).isEqualTo(1);
        JsonObject listed =
                (JsonObject)
                        site.run("delegation", "list", "--tenant", "acme")
                                .facts()
                                .array("delegations")
                                .map(JsonArray::values)
                                .map(List::getFirst)
                                .orElseThrow();
        assertThat(listed.bool("holds")).contains(false);
        assertThat(listed.text("reason")).contains("done");
        assertThat(site.run("delegation", "import", file).err()).contains("it was ended here");
    }

    @Test
    void delegation_ofMoreThanIsHeld_isRefused() {
        create(key(home, "clerk"), "d.json", "map.test.read");

        CommandLineSite.Ended refused =
                site.run("delegation", "import", temp.resolve("d.json").toString());

        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("cannot give map.test.read: it is not held at all");
    }

    @Test
    void delegation_signedByAnothersKey_isRefused() {
        create(key(home, "guest"), "d.json", "map.max.audit_query");

        assertThat(site.run("delegation", "import", temp.resolve("d.json").toString()).err())
                .contains("is by none of the keys that its document lists");
    }

    @Test
    void create_badInputs_areNamed() throws IOException, GeneralSecurityException {
        Path clerk = key(home, "clerk");
        assertThat(create(clerk, "d.json", "test.read").err()).contains("must have the form map.");
        assertThat(create(clerk, "d.json", "--limit", "often=3", "map.test.read").err())
                .contains("often is no limit or caveat that this release can enforce");
        assertThat(create(clerk, "d.json", "--limit", "often", "map.test.read").err())
                .contains("a limit is NAME=NUMBER");
        assertThat(create(temp.resolve("absent"), "d.json", "map.test.read").err())
                .contains("no such file");
        assertThat(create(temp, "d.json", "map.test.read").err()).contains("not a regular file");
        Path readable = pem("readable.pem", "Ed25519", "rw-r--r--");
        assertThat(create(readable, "d.json", "map.test.read").err())
                .contains("is looser than a secret's");
        Path rsa = pem("rsa.pem", "RSA", "rw-------");
        assertThat(create(rsa, "d.json", "map.test.read").err())
                .contains("holds a key of another kind than Ed25519");
        assertThat(temp.resolve("d.json")).doesNotExist();

        Path own = pem("own.pem", "Ed25519", "rw-------");
        assertThat(create(own, "d.json", "map.test.read").status()).isZero();
        assertThat(create(own, "d.json", "map.test.read").err()).contains("it is there already");
    }

    private Path pem(String name, String algorithm, String mode)
            throws IOException, GeneralSecurityException {
        byte[] key =
                KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPrivate().getEncoded();
        Path file =
                Files.createFile(
                        temp.resolve(name),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString(mode)));
        return Files.writeString(
                file,
                "-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder().encodeToString(key)
                        + "\n-----END PRIVATE KEY-----\n");
    }

    private Path treaty() throws IOException {
        return Files.writeString(
                temp.resolve("treaty.json"),
                """
                {"type": "map-treaty-v1", "id": "t1",
                 "parties": [
                   {"tenant": "acme", "represented_by": "%s", "agents": ["did:oas:acme:*"]},
                   {"tenant": "abroad", "represented_by": "%s", "agents": ["did:oas:abroad:*"]}],
                 "grants_to_abroad": [{"capability": "map.max.audit_query"}],
                 "effective_from": "%s", "expires_at": "%s"}
                """
                        .formatted(
                                did(made, "human_root"),
                                did(madeAbroad, "human_root"),
                                yesterday,
                                tomorrow));
    }

    private CommandLineSite.Ended sign(Path treaty, JsonObject by, Path of) {
        return site.run(
                "treaty",
                "sign",
                "--did",
                did(by, "human_root"),
                "--key",
                key(of, "human-root").toString(),
                treaty.toString());
    }

    @Test
    void treaty_signedByBothImportedAndTerminated() throws IOException {
        Path treaty = treaty();
        String foreign = did(madeAbroad, "agent_did");
        sign(treaty, madeAbroad, abroad).facts();
        assertThat(site.run("treaty", "import", treaty.toString()).err())
                .contains("it is not signed by " + did(made, "human_root"));
        assertThat(sign(treaty, made, home).facts().array("signed_by").orElseThrow().values())
                .hasSize(2);
        assertThat(explain(foreign).facts().text("source"))
                .as("its document declares it, and nothing says yet that it is another's")
                .contains("declared");

        site.run("treaty", "import", "--dry-run", treaty.toString()).facts();
        assertThat(explain(foreign).facts().text("source"))
                .as("after a dry run")
                .contains("declared");
        site.run("treaty", "import", treaty.toString()).facts();

        JsonObject explained = explain(foreign).facts();
        assertThat(explained.text("source")).contains("treaty");
        assertThat(explained.text("treaty")).contains("t1");
        assertThat(site.run("treaty", "show", "t1").facts().object("document")).isPresent();

        site.run("treaty", "terminate", "t1", "--reason", "notice").facts();

        assertThat(explain(foreign).facts().text("source")).contains("declared");
        assertThat(site.run("treaty", "show", "t2").err()).contains("there is no treaty t2 here");
        assertThat(site.run("treaty", "terminate", "t2", "--reason", "x").status()).isEqualTo(1);
    }

    @Test
    void treaty_ofStrangers_isRefused() throws IOException {
        Path treaty = treaty();
        Files.writeString(
                treaty,
                Files.readString(treaty).replace("acme\"", "else\"").replace("\"t1", "\"t3"));
        sign(treaty, made, home).facts();
        sign(treaty, madeAbroad, abroad).facts();

        assertThat(site.run("treaty", "import", treaty.toString()).err())
                .contains("neither else nor abroad is a tenant of this site");
        assertThat(
                        site.run(
                                        "treaty",
                                        "sign",
                                        "--did",
                                        did(made, "agent_did"),
                                        "--key",
                                        key(home, "clerk").toString(),
                                        treaty.toString())
                                .err())
                .contains("represents none of the treaty's parties");
    }
}
