package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent that comes with a certificate of the site's own authority, by openssl and curl. */
class MtlsTest {
    @TempDir private Path folder;

    @Test
    void agentWithACertificateForItsDidsKey_callsUntilItIsRevoked() throws Exception {
        try (Site site = new Site(folder)) {
            String key = site.path("agent.pem");
            site.run(
                    "keys",
                    "export",
                    "--key",
                    site.path("etc/identity/clerk/did.key"),
                    "--out",
                    key);
            String request = site.path("agent.csr");
            String out = site.path("agent-tls");
            tool("openssl", "req", "-new", "-key", key, "-subj", "/", "-out", request);
            String[] issue = {
                "ca", "issue", "--profile", "agent", "--name", site.agentDid(), "--out", out
            };
            assertThat(site.end(issue).said()).contains("is for a key that its DID has");
            List<String> withRequest = new ArrayList<>(List.of(issue));
            withRequest.addAll(List.of("--csr", request));
            JsonObject issued = site.run(withRequest.toArray(String[]::new));
            site.start();

            for (String version : List.of("--http1.1", "--http2")) {
                JsonObject answer = call(site, version, key, out);
                assertThat(answer.object("metadata").orElseThrow().text("tenant_id"))
                        .as("%s: %s", version, answer)
                        .contains("acme");
            }
            site.run("ca", "revoke", issued.text("serial").orElseThrow());
            JsonObject refusal = call(site, "--http1.1", key, out);
            assertThat(refusal.text("code")).contains("unauthenticated");
            assertThat(refusal.text("message").orElseThrow()).contains("revoked");
        }
    }

    private static JsonObject call(Site site, String version, String key, String out)
            throws IOException, InterruptedException {
        byte[] answer =
                tool(
                        "curl",
                        "-sS",
                        "--max-time",
                        "20",
                        version,
                        "--cacert",
                        site.path("var/ca/root.pem"),
                        "--cert",
                        out + "/fullchain.pem",
                        "--key",
                        key,
                        "-H",
                        "Content-Type: application/json",
                        "--data-binary",
                        "{\"protocol\":\"OAS\",\"operation\":\"resolve\",\"input\":{\"did\":\""
                                + site.agentDid()
                                + "\"}}",
                        "https://127.0.0.1:" + site.port() + "/v1/dispatch");
        return JsonReader.parseObject(answer, JsonReader.Limits.DEFAULT);
    }

    private static byte[] tool(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        byte[] said = process.getInputStream().readAllBytes();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(new String(said, StandardCharsets.UTF_8)).isZero();
        return said;
    }
}
