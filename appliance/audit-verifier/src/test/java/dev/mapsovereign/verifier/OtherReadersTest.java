package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.testing.SeededRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our logs by other people's code: Go's sumdb libraries, over our tile server. */
@Tag("slow")
final class OtherReadersTest {
    @TempDir static Path folder;

    private static TestNode node;
    private static Path nodeFolder;
    private static GoReader reader;
    private static TileServer server;

    @BeforeAll
    static void export() throws Exception {
        reader = GoReader.build(folder);
        node = TestNode.create(folder.resolve("audit"), "alpha").tenants("acme", "zeta");
        Path medium = Files.createDirectories(folder.resolve("medium"));
        node.append("acme", 300).append("zeta", 7);
        node.export(medium);
        node.append("acme", 1000);
        node.export(medium);
        nodeFolder = node.nodeFolder(medium);
        server = new TileServer(ServeTilesCommand.logs(nodeFolder), 0);
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        server.serve();
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
    }

    @AfterAll
    static void close() throws IOException {
        if (server != null) {
            server.close();
            node.close();
        }
    }

    private static Verifiers.Outcome read(String tenant, long seed) throws IOException {
        try (Stream<Path> files =
                Files.walk(nodeFolder)
                        .filter(file -> file.toString().contains("/checkpoints/" + tenant + "/"))) {
            return reader.read(
                    server.url() + tenant + "/",
                    node.log().keys(TenantId.of(tenant)).getFirst().vkey(),
                    seed,
                    files.toArray(Path[]::new));
        }
    }

    @Test
    void go_readsEveryLog() throws IOException {
        long seed = SeededRandom.create().seed();
        for (String tenant : List.of("_node", "acme", "zeta")) {
            Verifiers.Outcome outcome = read(tenant, seed);
            assertThat(outcome.exit()).as(outcome.output()).isZero();
            assertThat(outcome.output()).contains("entries");
        }
    }

    @Test
    void go_refusesWhatWeRefuse() throws IOException {
        SeededRandom random = SeededRandom.create();
        List<Path> files =
                MediumFiles.all(nodeFolder.resolve("logs/acme")).stream()
                        // Go's reader needs the newest tiles only, not the partial ones of size
                        // 300.
                        .filter(file -> !file.endsWith("001.p/44"))
                        .filter(file -> !file.endsWith("tile/1/000.p/1"))
                        .toList();
        assertThat(files.size()).isGreaterThan(10);
        for (Path file : files) {
            byte[] good = MediumFiles.read(file);
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] ^= (byte) (1 + random.nextInt(255));
            Files.write(file, bad);
            try {
                Verifiers.Outcome outcome = read("acme", random.seed());
                assertThat(outcome.exit()).as("%s: %s", file, outcome.output()).isEqualTo(4);
            } finally {
                Files.write(file, good);
            }
        }
        assertThat(read("acme", random.seed()).exit()).isZero();
    }

    @Test
    void go_withAStrangersKey_believesNothing() throws IOException {
        Verifiers.Outcome outcome =
                reader.read(
                        server.url() + "acme/",
                        new SyntheticLog(node.log().node(), "acme", "x").keys().getFirst().vkey(),
                        1);
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(4);
    }
}
