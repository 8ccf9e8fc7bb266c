package dev.mapsovereign.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.testing.FaultyDisk.Failure;
import dev.mapsovereign.testing.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultyDiskTest {
    @TempDir private Path temporary;

    private Path folder = Path.of("");

    @BeforeEach
    void needed() throws IOException {
        FaultyDisk.obstacle().ifPresent(reason -> Assumptions.abort(reason));
        folder = Files.createDirectory(temporary.resolve("folder"));
    }

    @Test
    void cutPower_takesWhatIsNotSyncedAndNothingElse() throws IOException {
        Set<String> seen = new TreeSet<>();
        for (int seed = 0; seed < 40; seed++) {
            try (FaultyDisk disk = FaultyDisk.over(folder)) {
                write("synced", 'a', true);
                write("half", 'a', true);
                sync(folder);
                write("half", 'b', false);
                write("new", 'c', true);
                Files.move(
                        folder.resolve("synced"),
                        folder.resolve("moved"),
                        StandardCopyOption.ATOMIC_MOVE);
                disk.cutPower(seed);
                assertThatThrownBy(() -> write("late", 'd', false)).isInstanceOf(IOException.class);
            }
            byte[] half = Files.readAllBytes(folder.resolve("half"));
            assertThat(half).hasSize(8192).doesNotContain((byte) 0);
            seen.add((char) half[0] + "" + (char) half[4096]);
            boolean moved = Files.exists(folder.resolve("moved"));
            assertThat(Files.exists(folder.resolve("synced"))).isEqualTo(!moved);
            assertThat(folder.resolve(moved ? "moved" : "synced")).hasBinaryContent(content('a'));
            // Names are kept in order: the move came after the creation.
            assertThat(Files.exists(folder.resolve("new")) || !moved).isTrue();
            seen.add(moved ? "moved" : "not moved");
            TestFolders.delete(folder);
            Files.createDirectory(folder);
        }
        assertThat(seen).contains("aa", "ab", "ba", "bb", "moved", "not moved");
    }

    @Test
    void cutPower_removedAndReplacedFiles_areBack() throws IOException {
        boolean both = false;
        for (int seed = 0; seed < 20; seed++) {
            write("removed", 'r', true);
            write("replaced", 'o', true);
            try (FaultyDisk disk = FaultyDisk.over(folder)) {
                Files.delete(folder.resolve("removed"));
                write("other", 'n', true);
                Files.move(
                        folder.resolve("other"),
                        folder.resolve("replaced"),
                        StandardCopyOption.ATOMIC_MOVE);
                disk.cutPower(seed);
            }
            byte[] replaced = Files.readAllBytes(folder.resolve("replaced"));
            assertThat(replaced).isIn(content('o'), content('n'));
            both |= Files.exists(folder.resolve("removed")) && replaced[0] == 'o';
            if (Files.exists(folder.resolve("removed"))) {
                assertThat(folder.resolve("removed")).hasBinaryContent(content('r'));
                assertThat(replaced).isEqualTo(content('o'));
            }
        }
        assertThat(both).isTrue();
    }

    @Test
    void fail_eachOperation_failsAsOftenAsTold() throws IOException {
        try (FaultyDisk disk = FaultyDisk.over(folder)) {
            disk.fail(Operation.WRITE, "file", Failure.EIO, 1, 1);
            write("file", '1', false);
            assertThatThrownBy(() -> write("file", '2', false))
                    .hasMessageContaining("Input/output error");
            write("file", '3', false);
            disk.fail(Operation.SHORT, "file", Failure.EIO, 0, 1);
            assertThatThrownBy(() -> write("file", '4', false)).isInstanceOf(IOException.class);
            byte[] half = content('3');
            Arrays.fill(half, 0, half.length / 2, (byte) '4');
            assertThat(folder.resolve("file")).hasBinaryContent(half);
            disk.fail(Operation.SYNC, "", Failure.EIO, 0, 1);
            assertThatThrownBy(() -> write("file", '5', true)).isInstanceOf(IOException.class);
            disk.space(100);
            assertThatThrownBy(() -> write("large", '6', false))
                    .hasMessageContaining("No space left");
            assertThat(Files.getFileStore(folder).getUsableSpace()).isLessThanOrEqualTo(100);
            disk.heal();
            write("large", '7', true);
            assertThat(disk.calls(Operation.SYNC)).isEqualTo(2);
        }
        assertThat(folder.resolve("large")).hasBinaryContent(content('7'));
    }

    @Test
    void file_thatNobodyWrites_canBeMapped() throws IOException {
        write("mapped", 'm', true);
        try (FaultyDisk disk = FaultyDisk.over(folder);
                FileChannel channel = FileChannel.open(folder.resolve("mapped"))) {
            byte[] seen = new byte[8192];
            channel.map(FileChannel.MapMode.READ_ONLY, 0, seen.length).get(seen);
            assertThat(seen).isEqualTo(content('m'));
            assertThat(disk.calls(Operation.SYNC)).isZero();
        }
    }

    private void write(String name, char letter, boolean synced) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        folder.resolve(name),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content(letter));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            if (synced) {
                channel.force(true);
            }
        }
    }

    private static byte[] content(char letter) {
        byte[] bytes = new byte[8192];
        Arrays.fill(bytes, (byte) letter);
        return bytes;
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
