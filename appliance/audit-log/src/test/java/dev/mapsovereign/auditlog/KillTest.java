package dev.mapsovereign.auditlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, really killed, under load. */
@ExtendWith(SeededRandomExtension.class)
class KillTest {
    private static final int KILLS = Integer.getInteger("map.test.kills", 20);
    private static final int STORMS_BY_NIGHT = 10;
    private static final int KILLS_BY_NIGHT = Integer.getInteger("map.test.kills", 50);

    @TempDir Path temporary;

    @Test
    void kill_underLoad_losesNothingAnswered(SeededRandom random) throws Exception {
        storm("log", KILLS, random);
    }

    @Test
    @Tag("nightly")
    void kill_fiveHundredTimes_losesNothingAnswered(SeededRandom random) throws Exception {
        // The whole log is checked after each kill, so it must not grow for ever.
        for (int storm = 1; storm <= STORMS_BY_NIGHT; storm++) {
            storm("log" + storm, KILLS_BY_NIGHT, random);
        }
    }

    private void storm(String log, int kills, SeededRandom random) throws Exception {
        Path folder = Files.createDirectory(temporary.resolve(log));
        Appender appender = new Appender(folder.resolve("audit"), folder.resolve("told"));
        for (int kill = 0; kill < kills; kill++) {
            Appender.Run run = appender.start(List.of());
            run.awaitAnswers(0);
            Thread.sleep(random.nextInt(400));
            assertThat(run.kill()).as("kill %d, %s", kill, random).isTrue();
            appender.check("kill " + kill + ", " + random);
        }
        assertThat(appender.answers()).isGreaterThan(kills);
        assertThat(appender.intents()).isPositive();
        System.out.printf(
                "%d kills, %d answers, %d intents, %s%n",
                kills, appender.answers(), appender.intents(), random);
    }
}
