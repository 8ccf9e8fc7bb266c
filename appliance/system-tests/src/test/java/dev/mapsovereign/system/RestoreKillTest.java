package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A restore is killed at one rename after the other, then run again. By strace, since a rename is
 * what a restore does in an instant.
 */
@Tag("slow")
class RestoreKillTest {
    private static final Path STRACE = Path.of("/usr/bin/strace");
    private static final int SIGKILL_STATUS = 128 + 9;

    /** More renames than a restore of this site has. */
    private static final int RENAMES_MAX = 400;

    @TempDir private Path folder;

    @Test
    void restore_killedAtManyRenames_isFinishedByTheNext() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(STRACE), "no strace: apt-get install strace");
        try (Site site = new Site(folder)) {
            Files.createDirectories(folder.resolve("stick"));
            String backup =
                    site.run("backup", "--to", site.path("stick"), "--with-keys")
                            .text("backup")
                            .orElseThrow();
            String[] restore = {"restore", "--from", backup, "--yes", "--replace"};
            site.run(restore);
            Map<String, String> whole = contents();
            int kills = 0;
            int whileRenaming = 0;
            int rename = 1;
            while (killedAt(site, rename, restore)) {
                kills++;
                if (Files.exists(folder.resolve("var/restore-under-way"))) {
                    whileRenaming++;
                    Site.Ended refused = site.end("tenant", "list");
                    assertThat(refused.status()).as(refused.said()).isEqualTo(1);
                    assertThat(refused.said()).contains("run map restore again");
                }
                assertThat(site.run(restore).bool("done")).as("rename %d", rename).contains(true);
                assertThat(contents()).as("rename %d", rename).isEqualTo(whole);
                assertThat(folder.resolve("var/restore-under-way")).doesNotExist();
                rename += 1 + rename / 3;
                assertThat(rename).as("renames").isLessThan(RENAMES_MAX);
            }
            assertThat(kills).isGreaterThan(7);
            assertThat(whileRenaming).isGreaterThan(3);
            assertThat(contents()).isEqualTo(whole);
            JsonObject planned = site.run("audit", "new-log", "--dry-run");
            String former = planned.text("former_node").orElseThrow();
            site.run("audit", "new-log", "--end", former, "--reason", "killed often");
            assertThat(site.run("audit", "status").bool("available")).contains(true);
        }
    }

    /** Whether the process was killed before it had ended. */
    private static boolean killedAt(Site site, int rename, String... restore) throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                STRACE.toString(),
                                "-f",
                                "-qq",
                                "-e",
                                "trace=rename,renameat,renameat2",
                                "-e",
                                "inject=rename,renameat,renameat2:signal=SIGKILL:when=" + rename,
                                "-o",
                                site.path("strace.log")));
        List<String> program = new ArrayList<>(List.of("dev.mapsovereign.node.Main"));
        program.addAll(List.of(restore));
        ProcessBuilder java = site.java(program.toArray(String[]::new));
        command.addAll(java.command());
        Process process = java.command(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        assertThat(status).as(said).isIn(0, SIGKILL_STATUS);
        return status != 0;
    }

    /** All of the site but locks, what was set aside, halves of files, and when it was restored. */
    private Map<String, String> contents() throws IOException {
        Map<String, String> found = new TreeMap<>();
        for (String name : List.of("etc", "var")) {
            try (Stream<Path> all = Files.walk(folder.resolve(name))) {
                for (Path file : all.filter(Files::isRegularFile).toList()) {
                    String path = folder.relativize(file).toString();
                    String last = file.getFileName().toString();
                    if (!path.contains(".before-restore-")
                            && !last.startsWith("lock")
                            && !last.endsWith(".tmp")) {
                        found.put(
                                path,
                                last.equals("restored")
                                        ? ""
                                        : Hex.encode(Sha256.hash(Files.readAllBytes(file))));
                    }
                }
            }
        }
        assertThat(found).hasSizeGreaterThan(40);
        return found;
    }
}
