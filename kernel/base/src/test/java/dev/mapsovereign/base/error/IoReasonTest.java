package dev.mapsovereign.base.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IoReasonTest {
    @TempDir private Path folder;

    @Test
    void of_whatTheFileSystemSays_isInWordsWithoutThePath() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(reason(() -> Files.readString(folder.resolve("absent"))))
                .isEqualTo("no such file or folder");
        assertThat(reason(() -> Files.createFile(file))).isEqualTo("it is there already");
        assertThat(IoReason.of(new NotDirectoryException("/root/x"))).isEqualTo("not a folder");
        assertThat(reason(() -> Files.readString(file.resolve("below"))))
                .isEqualTo("Not a directory");
        assertThat(IoReason.of(new AccessDeniedException("/root/x")))
                .isEqualTo("not permitted to this user");
        assertThat(IoReason.of(new IOException("broken"))).isEqualTo("broken");
        assertThat(IoReason.of(new IOException())).isEqualTo("IOException");
    }

    private static String reason(Attempt attempt) {
        return IoReason.of(catchThrowableOfType(IOException.class, attempt::run));
    }

    private interface Attempt {
        void run() throws IOException;
    }
}
