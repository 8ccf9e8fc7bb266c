package dev.mapsovereign.auditlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real process whose system calls the kernel refuses, by strace, on whatever file system there
 * is; as root and as somebody else. strace counts each thread's calls for itself.
 */
@ExtendWith(SeededRandomExtension.class)
@Tag("slow")
class SyscallFaultTest {
    private static final int NOBODY = 65534;
    private static final int ROUNDS = Integer.getInteger("map.test.syscalls", 10);

    /** What Java asks the kernel for when the log writes, syncs, renames, cuts and creates. */
    private static final List<String> CALLS =
            List.of(
                    "fdatasync",
                    "fsync",
                    "writev",
                    "pwrite64",
                    "rename,renameat,renameat2",
                    "ftruncate",
                    "mkdir,mkdirat",
                    "openat");

    /** EINTR is no failure: the call is to be made again. */
    private static final List<String> FATES = List.of("error=EIO", "error=ENOSPC", "error=EINTR");

    @TempDir Path temporary;

    private Path folder = Path.of("");
    private Appender appender = new Appender(folder, folder);

    @BeforeEach
    void needed() throws Exception {
        Process strace =
                new ProcessBuilder("sh", "-c", "strace -f --seccomp-bpf -o /dev/null true")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        Assumptions.assumeTrue(
                strace.waitFor(60, TimeUnit.SECONDS) && strace.exitValue() == 0,
                "strace is missing or may not trace here");
        folder = Files.createDirectory(temporary.resolve("audit"));
        appender = new Appender(folder, temporary.resolve("told"));
    }

    @Test
    void syscall_failsAnywhere_losesNothingAnswered(SeededRandom random) throws Exception {
        storm(random, List.of());
    }

    @Test
    void syscall_failsAnywhereForAUserWithoutRights_losesNothingAnswered(SeededRandom random)
            throws Exception {
        Assumptions.assumeTrue(
                (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0,
                "these tests run as an ordinary user already");
        List<String> asNobody =
                List.of(
                        "setpriv",
                        "--reuid=" + NOBODY,
                        "--regid=" + NOBODY,
                        "--clear-groups",
                        "--");
        List<String> reads = new ArrayList<>(asNobody);
        reads.addAll(List.of("test", "-r", Appender.classPath().split(":", -1)[0]));
        Assumptions.assumeTrue(
                new ProcessBuilder(reads).start().waitFor() == 0,
                "nobody may not read the classes under test");
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
        storm(random, asNobody);
    }

    private void storm(SeededRandom random, List<String> user) throws Exception {
        int took = 0;
        long injected = 0;
        Path trace = temporary.resolve("trace");
        for (int round = 0; round < ROUNDS; round++) {
            // Each call once before any is drawn again.
            String call = CALLS.get(round % CALLS.size());
            String fate = FATES.get(random.nextInt(FATES.size()));
            int first = 1 + random.nextInt(12);
            String often = random.nextBoolean() ? "" : "+" + (2 + random.nextInt(5));
            String inject = "inject=%s:%s:when=%d%s".formatted(call, fate, first, often);
            String what = "round " + round + ", " + inject + ", " + user + " " + random;
            Files.write(trace, new byte[0]);
            if (!user.isEmpty()) {
                own(folder);
                own(trace);
            }
            List<String> prefix = new ArrayList<>(user);
            prefix.addAll(List.of("strace", "-f", "-qq", "--seccomp-bpf", "-o", trace.toString()));
            prefix.addAll(List.of("-e", "trace=" + call, "-e", inject));
            if (call.equals("openat")) {
                files().forEach(file -> prefix.addAll(List.of("-P", file.toString())));
            }
            Appender.Run run = appender.start(prefix);
            run.awaitAnswers(random.nextInt(300));
            if (run.kill()) {
                took++;
            }
            injected += injected(trace);
            appender.check(what);
        }
        // Not each call is made often enough to be the one; most are.
        assertThat(injected).as("%s", random).isGreaterThan(ROUNDS / 2);
        // A fault at the start may keep a process from starting; it must not be the rule.
        assertThat(took).as("%s", random).isGreaterThan(ROUNDS / 2);
        System.out.printf(
                "%d rounds, %d system calls failed, %d processes took records, %d answers, %s%n",
                ROUNDS, injected, took, appender.answers(), random);
    }

    /** How many calls strace let fail. */
    private static long injected(Path trace) throws IOException {
        try (Stream<String> lines = Files.lines(trace, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.contains("(INJECTED)")).count();
        }
    }

    /** The files that a log opens; a Java process opens hundreds of others. */
    private List<Path> files() {
        List<Path> files = new ArrayList<>();
        Path journal = folder.resolve("journal");
        for (int number = 1; number <= 9; number++) {
            files.add(journal.resolve("standby-" + number));
            files.add(SegmentImage.path(folder, number));
            files.add(
                    folder.resolve("checkpoints")
                            .resolve(String.format(Locale.ROOT, "%016d.notes", number)));
        }
        files.add(journal);
        files.add(folder.resolve("state"));
        files.add(folder.resolve("checkpoints"));
        return files;
    }

    private static void own(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.toList()) {
                Files.setAttribute(each, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(each, "unix:gid", NOBODY, LinkOption.NOFOLLOW_LINKS);
            }
        }
    }
}
