package dev.mapsovereign.auditexport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.bundle.BundleFolder;
import dev.mapsovereign.base.crypto.Sha256;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MediumWriterTest {
    private static final byte[] CONTENT = {1, 2, 3};

    @TempDir Path folder;

    @Test
    void put_newFile_isThereAfterFlush() throws IOException {
        byte[] large = new byte[3 << 20];
        try (MediumWriter writer = new MediumWriter(folder)) {
            writer.put("a/b/c", CONTENT);
            writer.put("a/large", large);
            writer.put("a/empty", new byte[0]);
            writer.flush();
            assertThat(writer.filesKept()).isZero();
        }
        assertThat(folder.resolve("a/b/c")).hasBinaryContent(CONTENT);
        assertThat(folder.resolve("a/large")).hasBinaryContent(large);
        assertThat(folder.resolve("a/empty")).isEmptyFile();
    }

    @Test
    void put_fileWithTheRightBytes_isKept() throws IOException {
        Path file = Files.write(folder.resolve("a"), CONTENT);
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
        try (MediumWriter writer = new MediumWriter(folder)) {
            writer.put("a", CONTENT);
            writer.flush();
            assertThat(writer.filesKept()).isEqualTo(1);
        }
        assertThat(file.toFile().lastModified()).isZero();
    }

    @Test
    void put_fileWithOtherBytes_isReplaced() throws IOException {
        for (byte[] other : new byte[][] {{}, {1, 2}, {1, 2, 4}, {1, 2, 3, 4}}) {
            Files.write(folder.resolve("a"), other);
            try (MediumWriter writer = new MediumWriter(folder)) {
                writer.put("a", CONTENT);
                writer.flush();
                assertThat(writer.filesKept()).isZero();
            }
            assertThat(folder.resolve("a")).hasBinaryContent(CONTENT);
        }
    }

    @Test
    void verify_mediumThatHoldsOtherBytes_isRefused() throws IOException {
        byte[] digest = Sha256.hash(CONTENT);
        for (byte[] held : new byte[][] {{}, {1, 2, 4}, {1, 2, 3, 4}}) {
            String name = "lie" + held.length;
            try (MediumWriter writer = new MediumWriter(folder)) {
                writer.put(name, CONTENT);
                writer.flush();
                assertThat(writer.verify(name, digest)).isEqualTo(CONTENT.length);
                Files.write(folder.resolve(name), held);
                assertThatThrownBy(() -> writer.verify(name, digest))
                        .isInstanceOf(FileSystemException.class)
                        .hasMessageContaining("reads back other bytes");
            }
        }
    }

    @Test
    void flush_folderReplacedByAnother_isRefused() throws IOException {
        Path medium = Files.createDirectory(folder.resolve("medium"));
        try (MediumWriter writer = new MediumWriter(medium)) {
            writer.put("a", CONTENT);
            Files.move(medium, folder.resolve("pulled"));
            Files.createDirectory(medium);
            assertThatThrownBy(writer::flush).hasMessageContaining("no longer there");
            assertThat(medium).isEmptyDirectory();
        }
    }

    @Test
    void put_linkOrFolderInPlace_isRefused() throws IOException {
        Path outside = Files.write(folder.resolve("outside"), new byte[] {9});
        Path medium = Files.createDirectory(folder.resolve("medium"));
        Files.createSymbolicLink(medium.resolve("link"), outside);
        Files.createSymbolicLink(medium.resolve("linked"), folder);
        Files.createDirectory(medium.resolve("folder"));
        Files.write(medium.resolve("file"), CONTENT);
        try (MediumWriter writer = new MediumWriter(medium)) {
            for (String name : new String[] {"link", "linked/x", "folder", "file/x"}) {
                assertThatThrownBy(() -> writer.put(name, CONTENT))
                        .as(name)
                        .isInstanceOf(BundleFolder.NotPlainException.class);
            }
        }
        assertThat(outside).hasBinaryContent(new byte[] {9});
        assertThat(folder.resolve("x")).doesNotExist();
    }

    @Test
    void put_danglingLinkInPlace_isRefused() throws IOException {
        Path target = folder.resolve("target");
        Files.createSymbolicLink(folder.resolve("link"), target);
        try (MediumWriter writer = new MediumWriter(folder)) {
            assertThatThrownBy(() -> writer.put("link", CONTENT))
                    .isInstanceOf(FileSystemException.class);
        }
        assertThat(target).doesNotExist();
    }
}
