package dev.mapsovereign.registry.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.MerkleProofs;
import dev.mapsovereign.config.ListenAddress;
import dev.mapsovereign.registry.Family;
import dev.mapsovereign.registry.RegistryMirror;
import dev.mapsovereign.registry.Site;
import dev.mapsovereign.registry.document.DocumentBuilder;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.snapshot.IssueDescription;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MirrorServerTest {
    @TempDir Path folder;
    private Site site;
    private RegistryMirror mirror;
    private MirrorServer server;

    private record Answer(int status, HttpURLConnection connection, byte[] body) {
        JsonObject json() {
            return (JsonObject) JsonReader.parse(body);
        }

        String header(String name) {
            return Objects.requireNonNullElse(connection.getHeaderField(name), "");
        }
    }

    @BeforeEach
    void start() throws IOException {
        site = new Site(folder);
        mirror = site.openMirror();
        server = MirrorServer.start(mirror, new ListenAddress("127.0.0.1", 0), "0.1.0");
    }

    @AfterEach
    void stop() {
        server.close();
        mirror.close();
    }

    private void importFirst() {
        site.issue();
        mirror.importFrom(site.publisherFolder);
    }

    private Answer get(String path) throws IOException {
        return send("GET", path, Map.of());
    }

    private Answer send(String method, String path, Map<String, String> headers)
            throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setRequestMethod(method);
        headers.forEach(connection::setRequestProperty);
        int status = connection.getResponseCode();
        try (InputStream in =
                status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
            return new Answer(status, connection, in == null ? new byte[0] : in.readAllBytes());
        }
    }

    @Test
    void identifiers_knownDid_isAResolutionResult() throws IOException {
        importFirst();
        OasDocument scout = site.family.scout;
        for (String did :
                List.of(
                        scout.did().text(),
                        URLEncoder.encode(scout.did().text(), StandardCharsets.UTF_8))) {
            Answer answer = get("/1.0/identifiers/" + did);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Content-Type")).isEqualTo("application/did-resolution");
            assertThat(answer.json().object("didDocument")).contains(scout.json());
            JsonObject metadata = answer.json().object("didDocumentMetadata").orElseThrow();
            assertThat(metadata.bool("deactivated")).contains(false);
            assertThat(metadata.text("versionId")).contains("1");
            assertThat(answer.header("X-Snapshot-Number")).isEqualTo("1");
            assertThat(answer.header("X-Snapshot-Age")).isEqualTo("0");
        }
    }

    @Test
    void identifiers_acceptDocument_isTheDocumentAlone() throws IOException {
        importFirst();
        String path = "/1.0/identifiers/" + site.family.alice.did();
        for (String type : List.of("application/did+ld+json", "application/did+json")) {
            Answer answer = send("GET", path, Map.of("Accept", type));
            assertThat(answer.header("Content-Type")).isEqualTo(type);
            assertThat(answer.body()).isEqualTo(site.family.alice.bytes());
        }
        assertThat(send("GET", path, Map.of("Accept", "image/png")).status()).isEqualTo(406);
    }

    @Test
    void identifiers_unknownOrWrong_areNamed() throws IOException {
        importFirst();
        Answer unknown = get("/1.0/identifiers/did:oas:acme:agent:nobody");
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(error(unknown)).isEqualTo("notFound");
        Answer wrong = get("/1.0/identifiers/did:web:example");
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(error(wrong)).isEqualTo("invalidDid");
    }

    private static String error(Answer answer) {
        return answer.json()
                .object("didResolutionMetadata")
                .flatMap(it -> it.text("error"))
                .orElseThrow();
    }

    @Test
    void revokedDid_is410WithItsDocument() throws IOException {
        importFirst();
        site.issueRevoking(
                "[{\"did\":\""
                        + site.family.scout.did()
                        + "\",\"status\":\"revoked\","
                        + "\"since\":\"2026-01-20T00:00:00Z\",\"sequence\":1,\"reason\":\"lost\"}]");
        mirror.importFrom(site.publisherFolder);
        Answer resolved = get("/1.0/identifiers/" + site.family.scout.did());
        assertThat(resolved.status()).isEqualTo(410);
        assertThat(resolved.json().object("didDocument")).contains(site.family.scout.json());
        Answer entry = get("/v1/entries/" + site.family.scout.did());
        assertThat(entry.status()).isEqualTo(410);
        assertThat(entry.json().text("status")).contains("revoked");
        assertThat(entry.json().text("reason")).contains("lost");
        JsonObject verdict =
                get("/v1/lineage/" + site.family.helper.did())
                        .json()
                        .object("verdict")
                        .orElseThrow();
        assertThat(verdict.bool("lineage_valid")).contains(false);
        assertThat(verdict.object("fault").flatMap(it -> it.text("kind")))
                .contains("ancestor_revoked");
    }

    @Test
    void entries_proof_leadsFromTheBytesServedToTheSignedRoot() throws IOException {
        site.issue();
        byte[] signed =
                IssueDescription.of(site.publisher.newest().orElseThrow().targets()).treeRoot();
        mirror.importFrom(site.publisherFolder);
        for (OasDocument document : site.family.all()) {
            JsonObject entry = get("/v1/entries/" + document.did()).json();
            assertThat(entry.object("document")).contains(document.json());
            JsonObject snapshot = entry.object("snapshot").orElseThrow();
            byte[] root = Hex.decode(snapshot.text("tree_root").orElseThrow());
            assertThat(root).isEqualTo(signed);
            assertThat(leads(entry.object("proof").orElseThrow(), root)).isTrue();
            String leaf = entry.object("proof").flatMap(it -> it.text("leaf")).orElseThrow();
            assertThat(leaf).contains(Hex.encode(document.digest()));
        }
    }

    private static boolean leads(JsonObject proof, byte[] root) {
        List<byte[]> hashes =
                proof.array("hashes").map(JsonArray::values).orElseThrow().stream()
                        .map(it -> Hex.decode(((JsonString) it).value()))
                        .toList();
        byte[] leaf = MerkleHash.leaf(Hex.decode(proof.text("leaf").orElseThrow()));
        return MerkleProofs.verifyInclusion(
                leaf,
                proof.integer("index").orElseThrow(),
                proof.integer("tree_size").orElseThrow(),
                hashes,
                root);
    }

    @Test
    void versions_ofTwoSnapshots_areBothProved() throws IOException {
        importFirst();
        OasDocument second =
                DocumentBuilder.next(site.family.helper, Family.NOW)
                        .name("second")
                        .sign(site.family.helperKey, Family.NOW);
        site.put(second);
        site.issue();
        mirror.importFrom(site.publisherFolder);

        Answer answer = get("/v1/entries/" + second.did() + "/versions");
        assertThat(answer.status()).isEqualTo(200);
        List<JsonObject> versions =
                answer.json().array("versions").orElseThrow().values().stream()
                        .map(JsonObject.class::cast)
                        .toList();
        assertThat(versions).hasSize(2);
        assertThat(versions.getFirst().integer("sequence")).hasValue(2);
        assertThat(versions.getFirst().bool("served")).contains(true);
        assertThat(versions.getFirst().text("sha256")).contains(Hex.encode(second.digest()));
        assertThat(versions.getLast().integer("sequence")).hasValue(1);
        assertThat(versions.getLast().bool("served")).contains(false);
        assertThat(versions.getLast().object("snapshot").orElseThrow().integer("number"))
                .hasValue(1);

        mirror.rollback(1);
        JsonObject newest =
                (JsonObject)
                        get("/v1/entries/" + second.did() + "/versions")
                                .json()
                                .array("versions")
                                .orElseThrow()
                                .values()
                                .getFirst();
        assertThat(newest.integer("sequence")).hasValue(2);
        assertThat(newest.bool("served")).contains(false);
        assertThat(get("/v1/entries/did:oas:acme:agent:nobody/versions").status()).isEqualTo(404);
        assertThat(get("/v1/entries/did:web:example/versions").status()).isEqualTo(400);
    }

    @Test
    void entries_unknownDid_is404WithItsNeighbours() throws IOException {
        importFirst();
        Answer answer = get("/v1/entries/did:oas:acme:agent:nobody");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        JsonObject absence =
                answer.json().object("details").flatMap(it -> it.object("absence")).orElseThrow();
        byte[] root = mirror.status().treeRoot();
        for (String side : List.of("before", "after")) {
            absence.object(side).ifPresent(proof -> assertThat(leads(proof, root)).isTrue());
        }
        assertThat(absence.members()).isNotEmpty();
    }

    @Test
    void lineage_leaf_isTheChainAndAVerdict() throws IOException {
        importFirst();
        JsonObject answer = get("/v1/lineage/" + site.family.helper.did()).json();
        assertThat(answer.array("chain").orElseThrow().values()).hasSize(4);
        JsonObject verdict = answer.object("verdict").orElseThrow();
        assertThat(verdict.bool("lineage_valid")).contains(true);
        assertThat(verdict.text("conformance_level")).contains("L1");
        assertThat(verdict.text("human_root")).contains(site.family.alice.did().text());
        assertThat(get("/v1/lineage/did:oas:acme:agent:nobody").status()).isEqualTo(404);
    }

    @Test
    void health_emptyThenFilledThenOld_saysSo() throws IOException {
        assertThat(get("/v1/health").status()).isEqualTo(503);
        assertThat(get("/v1/entries/" + site.family.alice.did()).status()).isEqualTo(404);
        importFirst();
        assertThat(get("/v1/health").json().text("status")).contains("ok");
        site.clock.advance(Duration.ofDays(31));
        assertThat(get("/v1/health").json().text("status")).contains("stale");
        site.clock.advance(Duration.ofDays(10));
        Answer expired = get("/v1/health");
        assertThat(expired.status()).isEqualTo(200);
        assertThat(expired.json().text("status")).contains("expired");
        Answer resolved = get("/1.0/identifiers/" + site.family.alice.did());
        assertThat(resolved.header("X-Snapshot-Expired")).isEqualTo("true");
        assertThat(resolved.header("X-Snapshot-Age")).isEqualTo(Long.toString(41L * 24 * 3600));
    }

    @Test
    void entityTag_unchanged_is304AndChangesWithTheSnapshot() throws IOException {
        importFirst();
        String path = "/1.0/identifiers/" + site.family.alice.did();
        String tag = get(path).header("ETag");
        assertThat(tag).isNotEmpty();
        assertThat(send("GET", path, Map.of("If-None-Match", tag)).status()).isEqualTo(304);
        site.issue();
        mirror.importFrom(site.publisherFolder);
        assertThat(send("GET", path, Map.of("If-None-Match", tag)).status()).isEqualTo(200);
    }

    @Test
    void otherMethodsAndPaths_areRefused() throws IOException {
        importFirst();
        Answer put = send("PUT", "/v1/entries/" + site.family.alice.did(), Map.of());
        assertThat(put.status()).isEqualTo(405);
        assertThat(put.header("Allow")).isEqualTo("GET");
        assertThat(get("/v1/entries/../../etc/passwd").status()).isEqualTo(404);
        assertThat(get("/").json().text("code")).contains("not_found");
        assertThat(get("/v1/entries/" + "x".repeat(2000)).status()).isEqualTo(400);
    }

    @Test
    void start_beyondLoopback_isRefused() {
        assertThatThrownBy(
                        () -> MirrorServer.start(mirror, new ListenAddress("0.0.0.0", 0), "0.1.0"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("loopback");
        assertThat(mirror.resolve(AgentDid.parse("did:oas:acme:agent:nobody"))).isEmpty();
    }
}
