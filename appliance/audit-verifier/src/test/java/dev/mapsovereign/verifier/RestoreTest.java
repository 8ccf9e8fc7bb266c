package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditexport.ExportRequest;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What media and mirrors give back: records for a database, tiles for readers. */
final class RestoreTest {
    @TempDir Path folder;

    private static void expect(Verifiers.Outcome outcome, int exit, String word) {
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(exit);
        assertThat(outcome.output()).contains(word);
    }

    private static List<String> lines(TestNode node, String... tenants) {
        List<String> lines = new ArrayList<>();
        for (String name : tenants) {
            TenantId tenant = TenantId.of(name);
            for (long index = 0; index < node.log().head(tenant).size(); index++) {
                lines.add(
                        "{\"node\":\"%s\",\"record\":%s,\"record_hash\":\"%s\"}"
                                .formatted(
                                        node.log().node(),
                                        new String(
                                                node.log().record(tenant, index),
                                                StandardCharsets.UTF_8),
                                        Hex.encode(node.log().recordHash(tenant, index))));
            }
        }
        return lines;
    }

    @Test
    void restore_fromAMirror_givesEveryRecordOnce() throws Exception {
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha").tenants("acme")) {
            Path one = Files.createDirectories(folder.resolve("one"));
            Path two = Files.createDirectories(folder.resolve("two"));
            Path trust = node.trustFile(folder);
            Station station = Station.create(folder, "vault-1");
            node.append("acme", 300);
            node.export(one);
            assertThat(station.visit(one, trust).exit()).isZero();
            node.append("acme", 300);
            // From the beginning again, so that the mirror has one record in two bundles.
            node.export(two);
            assertThat(station.visit(two, trust).exit()).isZero();
            Path mirror = station.state.resolve("mirror");
            Path out = folder.resolve("rows.jsonl");

            expect(
                    Verifiers.command(
                            "restore",
                            mirror,
                            "--trust",
                            trust,
                            "--to",
                            "jsonl",
                            "--out",
                            out,
                            "--tenant",
                            "acme"),
                    0,
                    "600 records written");

            assertThat(Files.readAllLines(out)).containsExactlyElementsOf(lines(node, "acme"));
            expect(
                    Verifiers.command(
                            "restore", mirror, "--trust", trust, "--to", "jsonl", "--out", out),
                    3,
                    "exists already");
        }
    }

    @Test
    void restore_ofAChangedMedium_leavesNothing() throws Exception {
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha").tenants("acme")) {
            Path medium = Files.createDirectories(folder.resolve("one"));
            Path trust = node.trustFile(folder);
            node.append("acme", 300);
            node.export(medium);
            Path tile = node.nodeFolder(medium).resolve("logs/acme/tile/entries/001.p/44");
            byte[] bytes = MediumFiles.read(tile);
            bytes[bytes.length - 3] ^= 1;
            Files.write(tile, bytes);
            Path out = folder.resolve("rows.sql");

            expect(
                    Verifiers.command(
                            "restore", medium, "--trust", trust, "--to", "sql", "--out", out),
                    4,
                    "record 299");

            assertThat(folder).isDirectoryNotContaining("glob:**rows*");
        }
    }

    @Test
    void restore_ofARangeWithoutItsBeginning_saysWhatIsMissing() throws Exception {
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha").tenants("acme")) {
            Path trust = node.trustFile(folder);
            node.append("acme", 300);
            node.export(Files.createDirectories(folder.resolve("lost")));
            node.append("acme", 10);
            Path medium = Files.createDirectories(folder.resolve("one"));
            node.export(
                    new ExportRequest(
                            medium, Set.of(), OptionalLong.of(300), OptionalLong.empty(), false));
            Path out = folder.resolve("rows.jsonl");
            expect(
                    Verifiers.command(
                            "restore",
                            medium,
                            "--trust",
                            trust,
                            "--to",
                            "jsonl",
                            "--out",
                            out,
                            "--tenant",
                            "acme"),
                    0,
                    "records 0 to 299");
            assertThat(Files.readAllLines(out))
                    .containsExactlyElementsOf(lines(node, "acme").subList(300, 310));
        }
    }

    @Test
    void tiles_areServed_andNothingElseIs() throws Exception {
        SyntheticNode node = new SyntheticNode("alpha");
        SyntheticLog acme = node.tenant("acme").append(300);
        Path medium = Files.createDirectories(folder.resolve("one"));
        node.export(medium, java.util.Map.of(TenantId.NODE, 0L, acme.tenant(), 0L));
        Path logs = ServeTilesCommand.logs(node.folder(medium));
        Files.writeString(logs.resolve("acme/secret"), "x");
        Files.createSymbolicLink(logs.resolve("acme/checkpoint"), logs.resolve("acme/secret"));
        try (TileServer server = new TileServer(logs, 0)) {
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            server.serve();
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    });
            URI url = URI.create(server.url());
            assertThat(ask(url, "GET /acme/tile/0/000 HTTP/1.1"))
                    .startsWith("HTTP/1.1 200")
                    .contains("Content-Length: 8192");
            assertThat(ask(url, "HEAD /acme/tile/entries/001.p/44 HTTP/1.1"))
                    .startsWith("HTTP/1.1 200")
                    .contains("immutable");
            for (String other :
                    List.of(
                            "GET /acme/secret HTTP/1.1",
                            "GET /acme/checkpoint HTTP/1.1",
                            "GET /acme/tile/0/../../secret HTTP/1.1",
                            "GET /../x HTTP/1.1",
                            "GET /acme/tile/0/999 HTTP/1.1",
                            "GET http://else/acme/tile/0/000 HTTP/1.1")) {
                assertThat(ask(url, other)).as(other).startsWith("HTTP/1.1 404");
            }
            assertThat(ask(url, "POST /acme/tile/0/000 HTTP/1.1")).startsWith("HTTP/1.1 405");
            assertThat(ask(url, "GET /acme/tile/0/000 HTTP/1.1\r\nContent-Length: 3"))
                    .startsWith("HTTP/1.1 400");
            assertThat(ask(url, "rubbish")).startsWith("HTTP/1.1 400");
            assertThat(ask(url, "GET /" + "x".repeat(9000))).isEmpty();
        }
    }

    private static String ask(URI url, String request) throws IOException {
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write(
                            (request + "\r\nConnection: close\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (java.net.SocketException e) {
            return ""; // closed without an answer
        }
    }
}
