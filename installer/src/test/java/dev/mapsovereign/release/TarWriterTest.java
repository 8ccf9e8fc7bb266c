package dev.mapsovereign.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Read by the tar of this machine. */
class TarWriterTest {
    private static final Instant TIME = Instant.ofEpochSecond(1_700_000_000);

    @TempDir Path folder;

    @Test
    void tree_longNamesAndModes_areReadByTar() throws IOException, InterruptedException {
        Path tree = Files.createDirectories(folder.resolve("tree"));
        String deep = "a".repeat(60) + "/" + "b".repeat(60) + "/file";
        Files.createDirectories(tree.resolve(deep).getParent());
        Files.writeString(tree.resolve(deep), "x".repeat(513));
        Path program = Files.writeString(tree.resolve("program"), "#!/bin/sh\n");
        FileTree.makeExecutable(program);
        Path archive = Files.write(folder.resolve("a.tar"), written(tree));

        Shell.Result listed =
                Shell.run(folder, "tar", "--utc", "--full-time", "-tvf", archive.toString());
        assertThat(listed.status()).as(listed.text()).isZero();
        assertThat(listed.text().lines())
                .contains(
                        "-rwxr-xr-x 0/0              10 2023-11-14 22:13:20 top/program",
                        "-rw-r--r-- 0/0             513 2023-11-14 22:13:20 top/" + deep,
                        "drwxr-xr-x 65532/65532       0 2023-11-14 22:13:20 state/");
        Path out = Files.createDirectories(folder.resolve("out"));
        assertThat(Shell.run(out, "tar", "-xf", archive.toString()).status()).isZero();
        assertThat(out.resolve("top").resolve(deep)).hasContent("x".repeat(513));
    }

    @Test
    void tree_writtenTwice_isTheSameBytes() throws IOException {
        Path tree = Files.createDirectories(folder.resolve("tree"));
        for (String name : new String[] {"z", "a", "m"}) {
            Files.writeString(tree.resolve(name), name);
        }
        byte[] first = written(tree);
        Files.setLastModifiedTime(
                tree.resolve("m"), java.nio.file.attribute.FileTime.fromMillis(1));
        assertThat(written(tree)).isEqualTo(first);
    }

    @Test
    void tree_aLink_isRefused() throws IOException {
        Path tree = Files.createDirectories(folder.resolve("tree"));
        Files.createSymbolicLink(tree.resolve("link"), Path.of("file"));
        assertThatThrownBy(() -> written(tree)).hasMessageContaining("is a link");
    }

    private static byte[] written(Path tree) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarWriter tar = new TarWriter(bytes, TIME)) {
            tar.tree(tree, "top");
            tar.folder("state", 0755, 65532);
        }
        return bytes.toByteArray();
    }
}
