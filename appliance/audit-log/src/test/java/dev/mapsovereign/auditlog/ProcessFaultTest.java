package dev.mapsovereign.auditlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.testing.FaultyDisk;
import dev.mapsovereign.testing.FaultyDisk.Failure;
import dev.mapsovereign.testing.FaultyDisk.Operation;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real process under load on a real file system that fails: loses power, fills up, fails, writes
 * half, is slow. {@link FaultTest} does the same within one process, more finely; here nothing of
 * Java stands between the log and the kernel.
 */
@ExtendWith(SeededRandomExtension.class)
@Tag("slow")
class ProcessFaultTest {
    private static final int CUTS = Integer.getInteger("map.test.cuts", 8);

    private static final List<Operation> OPERATIONS = List.of(Operation.values());

    /** Every part of the audit folder that is written while a log runs. */
    private static final List<String> PARTS =
            List.of(".segment", "/standby", "/checkpoints", "/tile", "/state", "");

    @TempDir Path temporary;

    private Path folder = Path.of("");
    private Appender appender = new Appender(folder, folder);

    @BeforeEach
    void needed() throws IOException {
        FaultyDisk.obstacle().ifPresent(reason -> Assumptions.abort(reason));
        folder = Files.createDirectory(temporary.resolve("audit"));
        appender = new Appender(folder, temporary.resolve("told"));
    }

    @Test
    void powerCut_underLoad_losesNothingAnswered(SeededRandom random) throws Exception {
        for (int cut = 0; cut < CUTS; cut++) {
            String what = "power cut " + cut + ", " + random;
            try (FaultyDisk disk = FaultyDisk.over(folder)) {
                Appender.Run run = appender.start(List.of());
                run.awaitAnswers(random.nextInt(200));
                Thread.sleep(random.nextInt(200));
                disk.cutPower(random.nextLong());
                assertThat(run.kill()).as(what).isTrue();
            }
            appender.check(what);
        }
        assertThat(appender.answers()).isGreaterThan(CUTS);
        System.out.printf(
                "%d power cuts, %d answers, %d intents, %s%n",
                CUTS, appender.answers(), appender.intents(), random);
    }

    @Test
    void space_runsOutAtAnyStep_comesBackWithoutARestart(SeededRandom random) throws Exception {
        for (int round = 0; round < 6; round++) {
            long space = round == 0 ? 0 : random.nextLong(3 * TestLog.SEGMENT_BYTES);
            String what = "round " + round + ", " + space + " bytes left, " + random;
            try (FaultyDisk disk = FaultyDisk.over(folder)) {
                Appender.Run run = appender.start(List.of());
                run.awaitAnswers(50);
                disk.space(space);
                awaitSilence(run);
                disk.heal();
                run.awaitAnswers(run.said() + 200);
                assertThat(run.isAlive()).as(what).isTrue();
                assertThat(run.kill()).as(what).isTrue();
            }
            appender.check(what);
        }
    }

    @Test
    void disk_failsAnywhereForAWhile_isWellAgainWithoutARestart(SeededRandom random)
            throws Exception {
        for (int round = 0; round < 4; round++) {
            String what = "round " + round + ", " + random;
            try (FaultyDisk disk = FaultyDisk.over(folder)) {
                Appender.Run run = appender.start(List.of());
                run.awaitAnswers(50);
                for (int fault = 0; fault < 4; fault++) {
                    disk.fail(
                            OPERATIONS.get(random.nextInt(OPERATIONS.size())),
                            PARTS.get(random.nextInt(PARTS.size())),
                            random.nextBoolean() ? Failure.EIO : Failure.ENOSPC,
                            random.nextInt(30),
                            1 + random.nextInt(3));
                    Thread.sleep(random.nextInt(150));
                }
                disk.heal();
                run.awaitAnswers(run.said() + 200);
                assertThat(run.isAlive()).as(what).isTrue();
                assertThat(run.kill()).as(what).isTrue();
            }
            appender.check(what);
        }
    }

    @Test
    void disk_failsAtAnyStepOfAStart_losesNothingAnswered(SeededRandom random) throws Exception {
        for (int round = 0; round < 6; round++) {
            String what = "round " + round + ", " + random;
            try (FaultyDisk disk = FaultyDisk.over(folder)) {
                disk.fail(
                        OPERATIONS.get(random.nextInt(OPERATIONS.size())),
                        PARTS.get(random.nextInt(PARTS.size())),
                        random.nextBoolean() ? Failure.EIO : Failure.ENOSPC,
                        random.nextInt(8),
                        1);
                Appender.Run run = appender.start(List.of());
                run.awaitAnswers(20);
                run.kill();
            }
            appender.check(what);
        }
    }

    @Test
    void disk_slowByASecond_answersLateButAll(SeededRandom random) throws Exception {
        try (FaultyDisk disk = FaultyDisk.over(folder)) {
            Appender.Run run = appender.start(List.of());
            run.awaitAnswers(50);
            disk.slow(Operation.SYNC, "", Duration.ofSeconds(1));
            run.awaitAnswers(run.said() + 40);
            assertThat(run.kill()).isTrue();
        }
        appender.check("a slow disk, " + random);
    }

    /** Waits until nothing is answered any more. */
    private static void awaitSilence(Appender.Run run) throws Exception {
        int before = -1;
        for (int same = 0; same < 5 && run.isAlive(); Thread.sleep(100)) {
            same = run.said() == before ? same + 1 : 0;
            before = run.said();
        }
    }
}
