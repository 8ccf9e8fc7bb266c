package dev.mapsovereign.node.client;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * As whom a client calls, and where: environment first, then {@code ~/.map/config.json}.
 *
 * @param url base address of the gateway
 * @param apiKey the bearer key, if there is one
 * @param trustFile PEM file of the site's root; empty trusts nothing
 */
public record ClientIdentity(
        URI url,
        Optional<Secret> apiKey,
        Optional<String> agentDid,
        Optional<String> tenant,
        Optional<Path> trustFile) {
    private static final String URL_DEFAULT = "https://127.0.0.1:8443";

    /**
     * Reads both sources.
     *
     * @throws OperatorException if the file is not JSON
     */
    public static ClientIdentity read(Map<String, String> environment) {
        JsonObject file = file(environment);
        String url =
                Optional.ofNullable(environment.get("MAP_API_URL"))
                        .or(() -> file.text("api_url"))
                        .orElse(URL_DEFAULT);
        return new ClientIdentity(
                uri(url),
                Optional.ofNullable(environment.get("MAP_API_KEY"))
                        .or(() -> file.text("api_key"))
                        .map(text -> Secret.copyOf(text.getBytes(StandardCharsets.US_ASCII))),
                Optional.ofNullable(environment.get("MAP_AGENT_DID"))
                        .or(() -> file.text("agent_did")),
                Optional.ofNullable(environment.get("MAP_TENANT_ID"))
                        .or(() -> file.text("tenant_id")),
                Optional.ofNullable(environment.get("MAP_TLS_CA"))
                        .or(() -> file.text("tls_ca"))
                        .map(Path::of));
    }

    private static URI uri(String text) {
        try {
            URI uri = URI.create(text);
            if (uri.getHost() != null
                    && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Said below, with the form that is wanted.
        }
        throw new OperatorException(
                ExitCode.USAGE,
                "not an address of a gateway: " + text,
                "such as https://node1.example:443");
    }

    private static JsonObject file(Map<String, String> environment) {
        Path path =
                Path.of(Optional.ofNullable(environment.get("HOME")).orElse("/root"))
                        .resolve(".map/config.json");
        if (!Files.exists(path)) {
            return JsonObject.EMPTY;
        }
        try {
            return JsonReader.parseObject(Files.readAllBytes(path), JsonReader.Limits.DEFAULT);
        } catch (IOException | JsonException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "couldn't read " + path + ": " + IoReason.of(e), e);
        }
    }
}
