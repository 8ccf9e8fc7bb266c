package dev.mapsovereign.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A folder on a disk that fails when told: full, slow, unable to write or sync, or without power.
 * What {@link FaultyFiles} is within this Java process this is for processes of their own: a FUSE
 * file system, {@code faulty-disk.c}, compiled here when it is first needed.
 *
 * <p>{@link #cutPower} leaves the real folder as a power cut might: of each page written since its
 * file's last sync either the old or the new content, of the names made, changed or removed since
 * their folder's last sync only the first few. What is there when this is mounted is durable. It
 * takes less care of order than a real file system does, so what survives here survives there.
 *
 * <p>Needs root, {@code /dev/fuse}, gcc and libfuse 3: {@link #obstacle} says what is missing. Safe
 * for use by several threads.
 */
public final class FaultyDisk implements AutoCloseable {
    /** What can be told to fail or to be slow. */
    public enum Operation {
        /** Opening or creating a file, creating a folder. */
        OPEN,
        /** A write; nothing of it is done. */
        WRITE,
        /** A write of which the first half is done, and whose other half fails. */
        SHORT,
        /**
         * A sync of a file or a folder; nothing of the file is made durable by it nor ever after.
         */
        SYNC,
        /** A rename; the path asked for is the new one. */
        RENAME,
        /** Setting a file's length. */
        TRUNCATE
    }

    /** Linux's numbers of errors. */
    public enum Failure {
        /** Input/output error. */
        EIO(5),
        /** No space left on device. */
        ENOSPC(28);

        private final int number;

        Failure(int number) {
            this.number = number;
        }
    }

    private static final String SOURCE = "faulty-disk.c";
    private static final Path FUSE = Path.of("/dev/fuse");
    private static final Path HEADER = Path.of("/usr/include/fuse3/fuse.h");
    private static final int COMPILE_SECONDS_MAX = 120;
    private static final int END_SECONDS_MAX = 30;

    private final Path real;
    private final Path lost;
    private final Process process;
    private final BufferedReader answers;
    private final Writer commands;

    /** Covers both ends of the process: a command and its answer belong together. */
    private final ReentrantLock turn = new ReentrantLock();

    private FaultyDisk(Path real, Path lost, Process process) {
        this.real = real;
        this.lost = lost;
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.commands = process.outputWriter(StandardCharsets.UTF_8);
    }

    /** Why this cannot be used here, if so; the reason to skip a test. */
    public static Optional<String> obstacle() {
        if (!TestFolders.isRoot()) {
            return Optional.of("a file system can be mounted by root alone");
        }
        if (!Files.exists(FUSE)) {
            return Optional.of("this kernel has no " + FUSE);
        }
        if (!Files.exists(HEADER)) {
            return Optional.of("no " + HEADER + ": apt-get install gcc libfuse3-dev fuse3");
        }
        return Optional.empty();
    }

    /**
     * Puts such a disk in the place of a folder: what was in it is seen as before, through the
     * disk, until this is closed.
     */
    public static FaultyDisk over(Path folder) throws IOException {
        Path program = program();
        Path real = folder.resolveSibling(folder.getFileName() + ".disk");
        Path lost = folder.resolveSibling(folder.getFileName() + ".lost");
        Files.move(folder, real);
        Files.createDirectory(folder);
        Files.createDirectories(lost);
        Process process =
                new ProcessBuilder(
                                program.toString(),
                                real.toString(),
                                lost.toString(),
                                folder.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        FaultyDisk disk = new FaultyDisk(real, lost, process);
        String ready = disk.answers.readLine();
        if (!"ready".equals(ready)) {
            disk.close();
            throw new IOException("no disk over " + folder + ": it said " + ready);
        }
        return disk;
    }

    /** The programs compiled before stay: one for each content of the source. */
    private static Path program() throws IOException {
        byte[] source;
        try (InputStream in = FaultyDisk.class.getResourceAsStream(SOURCE)) {
            if (in == null) {
                throw new IOException("no " + SOURCE + " on the class path");
            }
            source = in.readAllBytes();
        }
        Path program = TestFolders.cache().resolve("faulty-disk-" + digest(source));
        if (Files.isExecutable(program)) {
            return program;
        }
        Path folder = Files.createTempDirectory(TestFolders.cache(), "compiling-");
        Path file = folder.resolve(SOURCE);
        Path made = folder.resolve("faulty-disk");
        Files.write(file, source);
        compile(file, made);
        try {
            Files.move(made, program, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException e) {
            // another build was faster, with the same
        }
        TestFolders.delete(folder);
        return program;
    }

    private static void compile(Path file, Path program) throws IOException {
        Process compiler =
                new ProcessBuilder(
                                "gcc",
                                "-O1",
                                "-Wall",
                                "-Wextra",
                                "-D_FILE_OFFSET_BITS=64",
                                "-o",
                                program.toString(),
                                file.toString(),
                                "-lfuse3",
                                "-lpthread")
                        .redirectErrorStream(true)
                        .start();
        String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!ended(compiler, COMPILE_SECONDS_MAX) || compiler.exitValue() != 0) {
            throw new IOException("faulty-disk.c does not compile: " + said);
        }
    }

    private static String digest(byte[] source) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(source);
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Lets calls fail.
     *
     * @param part of the path of those meant, without spaces; empty for all
     * @param skip so many matching ones succeed first
     * @param times so many fail then
     */
    public void fail(Operation operation, String part, Failure failure, int skip, int times) {
        tell("fail %s %d %d %d %s".formatted(name(operation), failure.number, skip, times, part));
    }

    /** Lets every matching call take so much longer. */
    public void slow(Operation operation, String part, Duration by) {
        tell("slow %s %d %s".formatted(name(operation), by.toMillis(), part));
    }

    /** Leaves so many bytes of space. */
    public void space(long bytes) {
        tell("space " + bytes);
    }

    /** Lets everything succeed at once again, with as much space as the real disk has. */
    public void heal() {
        tell("heal");
    }

    /** How many calls of that kind there were since it was mounted. */
    public int calls(Operation operation) {
        return Integer.parseInt(ask("calls " + name(operation)));
    }

    /** Cuts the power; see above for what is left. From now on every call fails. */
    public void cutPower(long seed) {
        tell("cut " + (seed & Long.MAX_VALUE));
    }

    private static String name(Operation operation) {
        return operation.name().toLowerCase(Locale.ROOT);
    }

    private void tell(String command) {
        String answer = ask(command);
        if (!answer.equals("ok")) {
            throw new IllegalStateException("the faulty disk says: " + answer);
        }
    }

    private String ask(String command) {
        turn.lock();
        try {
            commands.write(command + "\n");
            commands.flush();
            return String.valueOf(answers.readLine());
        } catch (IOException e) {
            throw new UncheckedIOException("the faulty disk does not answer", e);
        } finally {
            turn.unlock();
        }
    }

    /** Unmounts it and puts the real folder, as it is now, back in its place. */
    @Override
    public void close() throws IOException {
        try {
            commands.close();
        } catch (IOException e) {
            // it has ended already
        }
        if (!ended(process, END_SECONDS_MAX)) {
            throw new IOException("the faulty disk over " + real + " does not end");
        }
        String name = String.valueOf(real.getFileName());
        Path folder = real.resolveSibling(name.substring(0, name.length() - ".disk".length()));
        Files.delete(folder);
        Files.move(real, folder);
        TestFolders.delete(lost);
    }

    private static boolean ended(Process process, int seconds) {
        boolean ended = false;
        try {
            ended = process.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!ended) {
            process.destroyForcibly();
        }
        return ended;
    }
}
