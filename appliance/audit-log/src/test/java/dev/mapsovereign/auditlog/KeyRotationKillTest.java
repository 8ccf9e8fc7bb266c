package dev.mapsovereign.auditlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Real processes that rotate their keys under load, really killed at any moment of it. */
@Tag("slow")
@ExtendWith(SeededRandomExtension.class)
class KeyRotationKillTest {
    private static final int KILLS = Integer.getInteger("map.test.kills", 12);

    @TempDir Path temporary;

    @Test
    void kill_whileKeysRotate_everyLogEndsWithOneSeedAndWholeRotations(SeededRandom random)
            throws Exception {
        Path folder = temporary.resolve("audit");
        Path seeds = Files.createDirectories(temporary.resolve("seeds"));
        Files.write(seeds.resolve("0"), new byte[] {0});
        int epoch = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            runAndKill(folder, seeds, random, kill % 3 == 0 ? "rotated" : "ready");
            try (AuditLog log = RotatingProcess.open(folder, seeds)) {
                LogCheck.check(log);
                assertThat(log.use(RotatingProcess.seed(RotatingProcess.newest(seeds))))
                        .isEqualTo(SeedUse.CURRENT);
                assertThat(log.keyEpoch()).isGreaterThanOrEqualTo(epoch);
                epoch = log.keyEpoch();
                for (TenantId tenant : log.tenants()) {
                    assertThat(log.keyEpochs(tenant).epochs()).hasSize(epoch + 1);
                }
            }
            try (var files = Files.list(seeds)) {
                assertThat(files).hasSize(1);
            }
        }
        assertThat(epoch).isPositive();
        System.out.println(KILLS + " kills, " + epoch + " rotations, " + random);
    }

    /** Some are killed in their first rotation, some in a later one, however slow the machine. */
    private void runAndKill(Path folder, Path seeds, SeededRandom random, String after)
            throws Exception {
        Path told = temporary.resolve("told");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                Appender.classPath(),
                                RotatingProcess.class.getName(),
                                folder.toString(),
                                seeds.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .redirectOutput(told.toFile())
                        .start();
        try {
            while (!Files.readString(told).contains(after) && process.isAlive()) {
                TestLog.breathe();
            }
            assertThat(process.isAlive()).isTrue();
            Thread.sleep(random.nextInt(400));
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }
    }
}
