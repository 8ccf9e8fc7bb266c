package dev.mapsovereign.base.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretTest {
    @TempDir Path folder;

    @Test
    void close_wipesAndRefusesUse() {
        byte[] given = {1, 2, 3};
        Secret secret = Secret.copyOf(given);
        byte[] inside = secret.use(bytes -> bytes);
        assertThat(inside).isEqualTo(given).isNotSameAs(given);

        secret.close();

        assertThat(inside).containsOnly(0);
        assertThat(given).containsExactly(1, 2, 3);
        assertThat(secret.length()).isEqualTo(3);
        assertThatThrownBy(() -> secret.use(bytes -> bytes.length))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void toString_saysNothing() {
        assertThat(Secret.copyOf("hunter2".getBytes(StandardCharsets.UTF_8)))
                .hasToString("Secret[…]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "r--------", "rw-r-----", "r--r-----"})
    void readFile_closedMode_isRead(String mode) throws IOException {
        Path file = file("seed", "content\n", mode);
        try (Secret secret = Secret.readFile(file)) {
            assertThat(text(secret)).isEqualTo("content\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r--r--", "rw----r--", "rw-rw----", "rwx------", "rw-----w-"})
    void readFile_looserMode_isRefusedByName(String mode) throws IOException {
        Path file = file("seed", "content", mode);
        assertThatThrownBy(() -> Secret.readFile(file))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(mode)
                .hasMessageNotContaining("content");
    }

    @Test
    void readFile_linkFolderMissing_areRefused() throws IOException {
        Path file = file("seed", "content", "rw-------");
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);

        assertThatThrownBy(() -> Secret.readFile(link)).hasMessageContaining("link");
        assertThatThrownBy(() -> Secret.readFile(folder)).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> Secret.readFile(folder.resolve("none")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void readFile_tooLarge_isRefused() throws IOException {
        Path largest = file("largest", "x".repeat(65_536), "rw-------");
        Path tooLarge = file("larger", "x".repeat(65_537), "rw-------");

        try (Secret secret = Secret.readFile(largest)) {
            assertThat(secret.length()).isEqualTo(65_536);
        }
        assertThatThrownBy(() -> Secret.readFile(tooLarge)).hasMessageContaining("65536");
    }

    @Test
    void readLine_oneLineEnd_isTakenAway() throws IOException {
        assertThat(line("word\n")).isEqualTo("word");
        assertThat(line("word\r\n")).isEqualTo("word");
        assertThat(line("word\n\n")).isEqualTo("word\n");
        assertThat(line("word")).isEqualTo("word");
        assertThat(line("word\r")).isEqualTo("word\r");
        assertThat(line("")).isEmpty();
        assertThat(line("\n")).isEmpty();
    }

    private String line(String content) throws IOException {
        Files.deleteIfExists(folder.resolve("line"));
        try (Secret secret = Secret.readLine(file("line", content, "rw-------"))) {
            return text(secret);
        }
    }

    private static String text(Secret secret) {
        return secret.use(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private Path file(String name, String content, String mode) throws IOException {
        Path file = Files.writeString(folder.resolve(name), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }
}
