package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A medium whose block device a program serves ({@code nbdkit} behind {@code nbdfuse}): slow,
 * hanging, failing or gone when told. ext4 is on it, and the kernel below it sees what it sees with
 * such a stick. Needs root.
 */
final class ServedMedium implements AutoCloseable {
    private static final int TRIES_MAX = 600;
    private static final int TRY_MILLIS = 50;

    private final Path folder;
    private final Path image;
    private final Path served;
    private final Path writesFail;
    private final Path readsFail;
    private final long bitsPerSecond;
    private Process server;
    private String device = "";

    private ServedMedium(Path folder, long bitsPerSecond) throws IOException {
        this.folder = Files.createDirectories(folder.resolve("stick"));
        this.served = Files.createDirectories(folder.resolve("served"));
        this.image = folder.resolve("stick.img");
        this.writesFail = folder.resolve("writes-fail");
        this.readsFail = folder.resolve("reads-fail");
        this.bitsPerSecond = bitsPerSecond;
        this.server = serve();
    }

    /**
     * Makes and mounts one, or skips the test where that cannot be.
     *
     * @param bytesPerSecond how fast it takes and gives bytes
     */
    static ServedMedium create(Path folder, long bytes, long bytesPerSecond) throws IOException {
        for (String program : List.of("nbdkit", "nbdfuse", "losetup", "mkfs.ext4")) {
            Assumptions.assumeTrue(
                    Verifiers.hasProgram(program),
                    program + " is missing: failing devices were NOT tried");
        }
        boolean possible = Files.isWritable(Path.of("/dev")) && Files.exists(Path.of("/dev/fuse"));
        Assumptions.assumeTrue(
                possible,
                "failing media were NOT tested: this kernel has no /dev/fuse, or not root");
        Path image = folder.resolve("stick.img");
        run("truncate", "-s", Long.toString(bytes), image.toString());
        run("mkfs.ext4", "-q", "-F", image.toString());
        ServedMedium medium = new ServedMedium(folder, 8 * bytesPerSecond);
        medium.mount();
        return medium;
    }

    /** Where it is mounted. */
    Path folder() {
        return folder;
    }

    private Process serve() throws IOException {
        List<String> command = new ArrayList<>(List.of("nbdfuse", served.toString(), "--command"));
        command.addAll(List.of("nbdkit", "-s", "--exit-with-parent"));
        command.addAll(List.of("--filter=error", "--filter=rate", "file", image.toString()));
        command.addAll(List.of("rate=" + bitsPerSecond));
        for (String each : List.of("pwrite=EIO", "pwrite-rate=100%", "pwrite-file=" + writesFail)) {
            command.add("error-" + each);
        }
        for (String each : List.of("pread=EIO", "pread-rate=100%", "pread-file=" + readsFail)) {
            command.add("error-" + each);
        }
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private void mount() throws IOException {
        Path disk = served.resolve("nbd");
        for (int i = 0; i < TRIES_MAX && !Files.exists(disk); i++) {
            pause();
        }
        device = run("losetup", "-f", "--show", disk.toString()).strip();
        run("mount", "-o", "nosuid,nodev,noexec", device, folder.toString());
    }

    /** From now on each write to the device fails, as with a worn-out stick. */
    void failWrites() {
        create(writesFail);
    }

    /** From now on each read from the device fails. */
    void failReads() {
        create(readsFail);
    }

    /** From now on the device does not answer any more, until it goes on. */
    void hang() {
        run("kill", "-STOP", Long.toString(nbdkit().pid()));
    }

    /** It answers again. */
    void goOn() {
        run("kill", "-CONT", Long.toString(nbdkit().pid()));
    }

    /** The device is gone while its file system is mounted. */
    void vanish() throws IOException {
        ProcessHandle gone = nbdkit();
        Path arguments = Path.of("/proc", Long.toString(gone.pid()), "cmdline");
        gone.destroyForcibly();
        // Its parent does not collect it; what is left then has no arguments.
        for (int i = 0; i < TRIES_MAX && Files.exists(arguments); i++) {
            if (Files.readString(arguments).isEmpty()) {
                return;
            }
            pause();
        }
    }

    void readOnly() {
        run("mount", "-o", "remount,ro", folder.toString());
    }

    /** What a person does with a stick that has failed: out, in, and a look at its file system. */
    void plugInAgain() throws IOException {
        out();
        Files.deleteIfExists(writesFail);
        Files.deleteIfExists(readsFail);
        // Ends with 1 where it mended something.
        assertThat(Verifiers.run(List.of("fsck.ext4", "-p", image.toString())).exit())
                .isLessThan(4);
        server = serve();
        mount();
    }

    private void out() throws IOException {
        Verifiers.run(List.of("umount", "-l", folder.toString()));
        if (!device.isEmpty()) {
            Verifiers.run(List.of("losetup", "-d", device));
            device = "";
        }
        // Refused while the last file of the file system is open.
        int i = 0;
        while (Verifiers.run(List.of("umount", served.toString())).exit() != 0) {
            assertThat(i++).as("the device is still in use").isLessThan(TRIES_MAX);
            pause();
        }
        server.destroy();
    }

    private ProcessHandle nbdkit() {
        return server.children().findAny().orElseThrow();
    }

    private static void create(Path file) {
        try {
            Files.createFile(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(TRY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private static String run(String... command) {
        Verifiers.Outcome outcome = Verifiers.run(List.of(command));
        assertThat(outcome.exit()).as(String.join(" ", command) + outcome.output()).isZero();
        return outcome.output();
    }

    @Override
    public void close() throws IOException {
        out();
    }
}
