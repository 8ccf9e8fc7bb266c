package dev.mapsovereign.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code map ca revoke} and {@code map ca crl} on a site whose node does not run. */
class RevocationVerbsTest {
    @TempDir private Path temp;
    private String serial = "";

    private record Ended(int status, String out, String err) {
        JsonObject facts() {
            assertThat(status).as(err).isZero();
            return JsonReader.parseObject(
                    out.getBytes(StandardCharsets.UTF_8), JsonReader.Limits.DEFAULT);
        }
    }

    @BeforeEach
    void makeSite() throws IOException {
        for (String name : List.of("etc", "var", "run")) {
            Files.createDirectories(temp.resolve(name));
        }
        Files.writeString(
                temp.resolve("etc/map.toml"),
                """
                [node]
                name = "site"
                data = "%1$s/var"
                run = "%1$s/run"
                keys = "%1$s/etc/keys"
                [gateway]
                bind = "127.0.0.1:1"
                plain_http_on_loopback = true
                [database]
                url = "h2:%1$s/var/db/map"
                """
                        .formatted(temp));
        run("keys", "generate", "log").facts();
        run("ca", "init", "--quick", "--organization", "Test", "--name", "127.0.0.1").facts();
        serial =
                run(
                                "ca",
                                "issue",
                                "--profile",
                                "server",
                                "--name",
                                "127.0.0.1",
                                "--out",
                                temp.resolve("tls").toString())
                        .facts()
                        .text("serial")
                        .orElseThrow();
    }

    private Ended run(String... verb) {
        List<String> arguments = new ArrayList<>(List.of(verb));
        arguments.addAll(List.of("--output", "json"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status =
                Commands.run(
                        arguments.toArray(String[]::new),
                        Map.of(
                                "HOME", temp.toString(),
                                "MAP_CONFIG", temp.resolve("etc/map.toml").toString()),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Ended(
                status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void revoke_andLists_areShownByExpiry() {
        String later = Instant.now().plus(Duration.ofDays(8)).toString();
        assertThat(run("expiry", "--at", later).out()).doesNotContain("revocation list");

        JsonObject revoked = run("ca", "revoke", serial, "--reason", "superseded").facts();
        assertThat(revoked.text("reason")).contains("superseded");
        assertThat(revoked.bool("revoked_before")).contains(false);
        assertThat(revoked.object("crl").orElseThrow().integer("revoked")).hasValue(1);
        assertThat(run("ca", "revoke", serial).facts().bool("revoked_before")).contains(true);

        Path out = temp.resolve("pki");
        assertThat(run("ca", "crl", "--out", out.toString()).facts().array("crls"))
                .hasValueSatisfying(lists -> assertThat(lists.values()).hasSize(2));
        assertThat(out.resolve("server.crl")).isRegularFile();
        assertThat(out.resolve("agent.crl")).isRegularFile();
        assertThat(run("expiry", "--at", later).out())
                .contains("revocation list of the issuer server", "\"kind\":\"crl\"", "expired");
    }

    @Test
    void revoke_whatCannotBe_endsWithItsCode() {
        assertThat(run("ca", "revoke", "4711").status()).isEqualTo(1);
        assertThat(run("ca", "revoke", "no-number").status()).isEqualTo(2);
        assertThat(run("ca", "revoke", serial, "--reason", "whim").err()).contains("keyCompromise");
        assertThat(temp.resolve("var/ca/crl")).doesNotExist();
    }
}
