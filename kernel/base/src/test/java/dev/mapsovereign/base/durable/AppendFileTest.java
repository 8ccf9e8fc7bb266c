package dev.mapsovereign.base.durable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.testing.FaultyChannel;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(SeededRandomExtension.class)
class AppendFileTest {
    @TempDir Path folder;
    private Path path;

    @BeforeEach
    void choosePath() {
        path = folder.resolve("journal");
    }

    @Test
    void append_severalBuffers_standOneAfterTheOther() throws IOException {
        try (AppendFile file = AppendFile.create(path, Mode.PRIVATE)) {
            file.append(bytes(1, 2), bytes(), bytes(3));
            file.append(bytes(4));
            file.sync();

            assertThat(file.size()).isEqualTo(4);
            assertThat(file.allocated()).isEqualTo(4);
        }
        assertThat(path).hasBinaryContent(new byte[] {1, 2, 3, 4});
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
    }

    @Test
    void open_existing_goesOnAtEnd() throws IOException {
        Files.write(path, new byte[] {1, 2});
        try (AppendFile file = AppendFile.open(path)) {
            file.append(bytes(3));
        }
        assertThat(path).hasBinaryContent(new byte[] {1, 2, 3});
    }

    @Test
    void preallocate_thenAppend_writesOverZeros() throws IOException {
        try (AppendFile file = AppendFile.create(path, Mode.PRIVATE)) {
            file.preallocate(3_000_000);
            assertThat(file.size()).isZero();
            assertThat(file.allocated()).isEqualTo(3_000_000);
            assertThat(Files.size(path)).isEqualTo(3_000_000);

            file.append(bytes(7, 8));
            file.preallocate(100);

            assertThat(file.size()).isEqualTo(2);
            assertThat(file.allocated()).isEqualTo(3_000_000);
        }
        assertThat(Arrays.copyOf(Files.readAllBytes(path), 4)).containsExactly(7, 8, 0, 0);
    }

    @Test
    void resumeAtAndTruncate_withinFile_moveTheEnd() throws IOException {
        Files.write(path, new byte[] {1, 2, 3, 4, 5});
        try (AppendFile file = AppendFile.open(path)) {
            file.resumeAt(2);
            file.append(bytes(9));
            assertThat(file.size()).isEqualTo(3);
            file.truncate(4);
            assertThat(file.allocated()).isEqualTo(4);
            assertThat(file.size()).isEqualTo(3);
            file.truncate(1);
            assertThat(file.size()).isEqualTo(1);

            assertThatThrownBy(() -> file.resumeAt(2)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.resumeAt(-1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.truncate(2)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(path).hasBinaryContent(new byte[] {1});
    }

    @Test
    void read_beyondEnd_givesWhatThereIs() throws IOException {
        Files.write(path, new byte[] {1, 2, 3});
        try (AppendFile file = AppendFile.open(path)) {
            ByteBuffer into = ByteBuffer.allocate(8);
            assertThat(file.read(into, 1)).isEqualTo(2);
            assertThat(file.read(into, 3)).isZero();
            assertThat(into.array()).startsWith(2, 3, 0);
        }
    }

    @Test
    void createAndOpen_linkOrExisting_areRefused() throws IOException {
        Path target = Files.write(folder.resolve("target"), new byte[] {1});
        Files.createSymbolicLink(path, target);

        assertThatThrownBy(() -> AppendFile.open(path)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> AppendFile.create(path, Mode.PRIVATE))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> AppendFile.create(target, Mode.PRIVATE))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(target).hasBinaryContent(new byte[] {1});
    }

    @Test
    void append_diskFull_refusesEverythingAfterwards() throws IOException {
        FaultyChannel channel = FaultyChannel.open(path);
        try (AppendFile file = AppendFile.over(path, channel)) {
            channel.fillUpAfter(3);

            assertThatThrownBy(() -> file.append(bytes(1, 2, 3, 4)))
                    .hasMessageContaining("No space left");

            channel.fillUpAfter(Long.MAX_VALUE);
            assertBroken(file);
        }
    }

    @Test
    void sync_fails_refusesASecondThatWouldSucceed() throws IOException {
        FaultyChannel channel = FaultyChannel.open(path);
        try (AppendFile file = AppendFile.over(path, channel)) {
            file.append(bytes(1));
            channel.failForces(1);

            assertThatThrownBy(file::sync).hasMessageContaining("Input/output");

            assertBroken(file);
        }
    }

    @Test
    void powerCut_anyMoment_keepsWhatWasSynced(SeededRandom random) throws IOException {
        for (int round = 0; round < 200; round++) {
            Files.deleteIfExists(path);
            byte[] content = random.bytes(6000);
            FaultyChannel channel = FaultyChannel.open(path);
            int synced = 0;
            try (AppendFile file = AppendFile.over(path, channel)) {
                if (random.nextBoolean()) {
                    file.preallocate(random.nextInt(8000));
                }
                for (int batch = random.nextInt(8); batch > 0; batch--) {
                    int from = (int) file.size();
                    file.append(ByteBuffer.wrap(content, from, random.nextInt(700)));
                    if (random.nextBoolean()) {
                        file.sync();
                        synced = (int) file.size();
                    }
                }
                channel.cutPower(random);
            }
            assertThat(Arrays.copyOf(Files.readAllBytes(path), synced))
                    .as("round %d, %d bytes synced", round, synced)
                    .isEqualTo(Arrays.copyOf(content, synced));
        }
    }

    private static void assertBroken(AppendFile file) {
        assertThatThrownBy(() -> file.append(bytes(1))).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(file::sync).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> file.preallocate(10)).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> file.truncate(0)).isInstanceOf(FileSystemException.class);
    }

    private static ByteBuffer bytes(int... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length);
        for (int value : values) {
            buffer.put((byte) value);
        }
        return buffer.flip();
    }
}
