package dev.mapsovereign.node.client;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** Calls operations over HTTP as any agent does. Safe for use by several threads. */
public final class DispatchClient {
    private static final Duration CONNECT_MAX = Duration.ofSeconds(10);
    private static final Duration CALL_MAX = Duration.ofSeconds(60);

    private final ClientIdentity identity;
    private final HttpClient http;

    /** A client that trusts what {@code identity} names, and nothing else. */
    public DispatchClient(ClientIdentity identity) {
        this.identity = identity;
        HttpClient.Builder builder =
                HttpClient.newBuilder()
                        .connectTimeout(CONNECT_MAX)
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER);
        identity.trustFile().ifPresent(file -> builder.sslContext(SiteTrust.context(file)));
        this.http = builder.build();
    }

    /** What came back: 200 and the envelope, or a problem. */
    public record Answer(int status, JsonObject body) {
        /** Whether the call was answered rather than refused. */
        public boolean ok() {
            return status == 200;
        }
    }

    /**
     * One call.
     *
     * @throws OperatorException if no gateway could be reached or what answered is none
     */
    public Answer dispatch(
            String protocol,
            Optional<String> version,
            String operation,
            JsonObject input,
            Optional<String> idempotencyKey) {
        byte[] body =
                CanonicalJson.encode(
                        JsonObject.builder()
                                .put("input", input)
                                .put("operation", operation)
                                .put("protocol", protocol)
                                .putIfPresent("version", version)
                                .build());
        HttpRequest.Builder request =
                HttpRequest.newBuilder(identity.url().resolve("/v1/dispatch"))
                        .timeout(CALL_MAX)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        identity.apiKey()
                .ifPresent(key ->
                        request.header(
                                "Authorization",
                                "Bearer "
                                        + key.use(bytes ->
                                                new String(bytes, StandardCharsets.US_ASCII))));
        identity.agentDid().ifPresent(did -> request.header("X-Agent-Did", did));
        identity.tenant().ifPresent(tenant -> request.header("X-Tenant-Id", tenant));
        idempotencyKey.ifPresent(key -> request.header("Idempotency-Key", key));
        return send(request.build());
    }

    private Answer send(HttpRequest request) {
        try {
            HttpResponse<byte[]> response =
                    http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            return new Answer(
                    response.statusCode(),
                    JsonReader.parseObject(response.body(), JsonReader.Limits.DEFAULT));
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "couldn't call " + identity.url() + ": " + IoReason.of(e),
                    "is the node running, and does MAP_TLS_CA name the site's root certificate?");
        } catch (JsonException e) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    identity.url() + " did not answer as a gateway does: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperatorException(ExitCode.FAILED, "interrupted");
        }
    }
}
