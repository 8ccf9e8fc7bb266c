package dev.mapsovereign.base.durable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(SeededRandomExtension.class)
class DurableFilesTest {
    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "PRIVATE, rw-------, rwx------",
        "GROUP, rw-r-----, rwxr-x---",
        "PUBLIC, rw-r--r--, rwxr-xr-x"
    })
    void writeAndCreate_modes_areExact(Mode mode, String ofFile, String ofFolder)
            throws IOException {
        Path made = folder.resolve("a/b");
        DurableFiles.createDirectories(made, mode);
        DurableFiles.write(made.resolve("file"), new byte[] {1}, mode);
        DurableFiles.writeNew(made.resolve("new"), new byte[] {2}, mode);

        assertThat(mode(made)).isEqualTo(ofFolder);
        assertThat(mode(folder.resolve("a"))).isEqualTo(ofFolder);
        assertThat(mode(made.resolve("file"))).isEqualTo(ofFile);
        assertThat(mode(made.resolve("new"))).isEqualTo(ofFile);
        assertThat(names(made)).containsExactly("file", "new");
    }

    /** The shell that started us may have taken the group's rights away; it has no say. */
    @Test
    void write_umaskStricter_givesModeAsked() throws Exception {
        Path file = folder.resolve("file");
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "umask 077; exec \"$@\""));
        command.add("sh");
        command.addAll(SecondProcess.command("write", file.toString(), "GROUP"));

        int status = new ProcessBuilder(command).inheritIO().start().waitFor();

        assertThat(status).isZero();
        assertThat(mode(file)).isEqualTo("rw-r-----");
    }

    @Test
    void write_existing_isReplacedWithItsMode() throws IOException {
        Path file = Files.write(folder.resolve("file"), new byte[] {1});
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

        DurableFiles.write(file, new byte[] {2, 3}, Mode.PRIVATE);

        assertThat(file).hasBinaryContent(new byte[] {2, 3});
        assertThat(mode(file)).isEqualTo("rw-------");
        assertThat(names(folder)).containsExactly("file");
    }

    @Test
    void write_linkFolderOrNoFolder_isRefusedAndLeavesNothing() throws IOException {
        Path target = Files.write(folder.resolve("target"), new byte[] {1});
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);
        Path dangling =
                Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("none"));
        Path directory = Files.createDirectory(folder.resolve("directory"));
        Files.write(directory.resolve("inside"), new byte[] {1});

        for (Path refused : List.of(link, dangling, directory)) {
            assertThatThrownBy(() -> DurableFiles.write(refused, new byte[] {2}, Mode.PRIVATE))
                    .isInstanceOf(FileSystemException.class);
            assertThatThrownBy(() -> DurableFiles.writeNew(refused, new byte[] {2}, Mode.PRIVATE))
                    .isInstanceOf(FileAlreadyExistsException.class);
        }
        assertThatThrownBy(() ->
                        DurableFiles.write(folder.resolve("none/file"), new byte[0], Mode.PRIVATE))
                .isInstanceOf(NoSuchFileException.class);
        assertThat(target).hasBinaryContent(new byte[] {1});
        assertThat(names(folder)).containsExactly("dangling", "directory", "link", "target");
    }

    @Test
    void writeNew_existing_isRefusedAndUnchanged() throws IOException {
        Path file = folder.resolve("file");
        DurableFiles.writeNew(file, new byte[] {1}, Mode.PRIVATE);

        assertThatThrownBy(() -> DurableFiles.writeNew(file, new byte[] {2}, Mode.PRIVATE))
                .isInstanceOf(FileAlreadyExistsException.class);

        assertThat(file).hasBinaryContent(new byte[] {1});
        assertThat(names(folder)).containsExactly("file");
    }

    @Test
    void createDirectories_fileOrLink_isRefused() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Path directory = Files.createDirectory(folder.resolve("directory"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), directory);

        DurableFiles.createDirectories(directory, Mode.PRIVATE);
        for (Path refused : List.of(file, link)) {
            assertThatThrownBy(() -> DurableFiles.createDirectories(refused, Mode.PRIVATE))
                    .isInstanceOf(FileAlreadyExistsException.class);
        }
        DurableFiles.createDirectories(link.resolve("below"), Mode.PRIVATE);
        assertThat(directory.resolve("below")).isDirectory();
    }

    @Test
    void delete_fileLinkFolderNone_removesTheNameAlone() throws IOException {
        Path target = Files.createFile(folder.resolve("target"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);
        Path full = Files.createDirectory(folder.resolve("full"));
        Files.createFile(full.resolve("inside"));

        assertThat(DurableFiles.delete(link)).isTrue();
        assertThat(target).exists();
        assertThat(DurableFiles.delete(target)).isTrue();
        assertThat(DurableFiles.delete(target)).isFalse();
        assertThatThrownBy(() -> DurableFiles.delete(full))
                .isInstanceOf(DirectoryNotEmptyException.class);
    }

    @Test
    void move_fileAndFolder_takeTheNewName() throws IOException {
        Path from = Files.write(folder.resolve("from"), new byte[] {1});
        Path to = Files.write(folder.resolve("to"), new byte[] {2});
        Path bundle = Files.createDirectories(folder.resolve("unfinished/bundle"));
        Files.createFile(bundle.resolve("inside"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), to);

        DurableFiles.move(from, to);
        DurableFiles.move(bundle, folder.resolve("bundle-1"));

        assertThat(from).doesNotExist();
        assertThat(to).hasBinaryContent(new byte[] {1});
        assertThat(folder.resolve("bundle-1/inside")).exists();
        assertThatThrownBy(() -> DurableFiles.move(to, link))
                .isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> DurableFiles.move(link, from))
                .isInstanceOf(FileSystemException.class);
    }

    @Test
    void write_interrupted_failsAndKeepsOldContent() throws IOException {
        Path file = folder.resolve("file");
        DurableFiles.write(file, new byte[] {1}, Mode.PRIVATE);

        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> DurableFiles.write(file, new byte[] {2}, Mode.PRIVATE))
                    .isInstanceOf(ClosedByInterruptException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }

        assertThat(file).hasBinaryContent(new byte[] {1});
        assertThat(names(folder)).containsExactly("file");
    }

    @Test
    void write_processKilledAnyMoment_leavesOneWholeContent(SeededRandom random) throws Exception {
        Path file = folder.resolve("file");
        for (int round = 0; round < 4; round++) {
            Process process = SecondProcess.start("rewrite", file.toString());
            int said = 0;
            try (BufferedReader output =
                    new BufferedReader(
                            new InputStreamReader(
                                    process.getInputStream(), StandardCharsets.US_ASCII))) {
                int last = 1 + random.nextInt(20);
                while (said < last) {
                    said = Integer.parseInt(output.readLine());
                }
                Thread.sleep(0, random.nextInt(999_999));
                // By its handle: Process.destroyForcibly closes the output, of which more is there.
                process.toHandle().destroyForcibly();
                process.waitFor();
                for (String line = output.readLine(); line != null; line = output.readLine()) {
                    said = Integer.parseInt(line);
                }
            }
            byte[] left = Files.readAllBytes(file);
            assertOneOf(left, said, said + 1);
            DurableFiles.deleteLeftovers(folder);
            assertThat(names(folder)).containsExactly("file");
        }
    }

    @Test
    void deleteLeftovers_onlyItsOwnNames_areRemoved() throws IOException {
        Files.createFile(folder.resolve(".0a1b.tmp"));
        Files.createFile(folder.resolve("kept.tmp"));
        Files.createFile(folder.resolve(".kept"));
        Files.createDirectory(folder.resolve(".folder.tmp"));

        assertThat(DurableFiles.deleteLeftovers(folder)).isEqualTo(1);
        assertThat(names(folder)).containsExactly(".folder.tmp", ".kept", "kept.tmp");
    }

    private static void assertOneOf(byte[] left, int first, int second) {
        String content = new String(left, StandardCharsets.US_ASCII);
        int number = Integer.parseInt(content.substring(0, content.indexOf('\n')));
        assertThat(number).isIn(first, second);
        assertThat(left).isEqualTo(DurableProgram.content(number));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
