package dev.mapsovereign.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code map ca revoke} and {@code map ca crl} on a site whose node does not run. */
class RevocationVerbsTest {
    @TempDir private Path temp;
    private CommandLineSite site;
    private String serial = "";

    @BeforeEach
    void makeSite() throws IOException {
        site = CommandLineSite.in(temp);
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

    private CommandLineSite.Ended run(String... verb) {
        return site.run(verb);
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
