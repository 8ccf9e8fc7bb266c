package dev.mapsovereign.node.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SwitchTest {
    private static final BackupProgress QUIET =
            new BackupProgress() {
                @Override
                public void at(String step, long done, long total) {}

                @Override
                public void say(String line) {}
            };

    @TempDir private Path temp;
    private Path tree = Path.of("");
    private Path before = Path.of("");
    private Path file = Path.of("");

    @BeforeEach
    void stage() throws IOException {
        tree = Files.createDirectory(temp.resolve("tree"));
        before = tree.resolve(".before-restore-T");
        file = temp.resolve("file");
        Files.writeString(file, "old");
        Files.writeString(temp.resolve("file.map-restore"), "new");
        for (String name : List.of("a", "b", "lock")) {
            Files.writeString(tree.resolve(name), "old");
        }
        Path staged = Files.createDirectory(tree.resolve(".map-restore"));
        for (String name : List.of("a", "c")) {
            Files.writeString(staged.resolve(name), "new");
        }
    }

    private void run() throws IOException {
        RestoreUnderWay restore =
                new RestoreUnderWay(
                        "backup",
                        "node",
                        "T",
                        false,
                        List.of(
                                new RestoreUnderWay.Place(tree, false),
                                new RestoreUnderWay.Place(file, true)));
        restore.write(temp);
        RestoreUnderWay read = RestoreUnderWay.read(temp).orElseThrow();
        assertThat(read).isEqualTo(restore);
        Switch names = new Switch(read);
        names.run(QUIET);
        assertThat(names.setAside()).containsExactly(before, temp.resolve("file.before-restore-T"));
    }

    private void assertSwitched() throws IOException {
        assertThat(tree.resolve("a")).hasContent("new");
        assertThat(tree.resolve("c")).hasContent("new");
        assertThat(tree.resolve("lock")).hasContent("old");
        assertThat(tree.resolve("b")).doesNotExist();
        assertThat(before.resolve("a")).hasContent("old");
        assertThat(before.resolve("b")).hasContent("old");
        assertThat(tree.resolve(".map-restore")).doesNotExist();
        assertThat(tree.resolve(".map-restored")).doesNotExist();
        assertThat(file).hasContent("new");
        assertThat(temp.resolve("file.before-restore-T")).hasContent("old");
    }

    @Test
    void run_fromTheBeginning_andAgain_doesItOnce() throws IOException {
        run();
        assertSwitched();
        run();
        assertSwitched();
    }

    @Test
    void run_oneOldEntryWasRenamed_renamesTheOther() throws IOException {
        Files.createDirectory(before);
        Files.move(tree.resolve("a"), before.resolve("a"));
        run();
        assertSwitched();
    }

    @Test
    void run_oneNewEntryWasRenamed_isNotTakenForAnOldOne() throws IOException {
        Files.createDirectory(before);
        Files.move(tree.resolve("a"), before.resolve("a"));
        Files.move(tree.resolve("b"), before.resolve("b"));
        Files.move(tree.resolve(".map-restore"), tree.resolve(".map-restored"));
        Files.move(tree.resolve(".map-restored/a"), tree.resolve("a"));
        Files.move(file, temp.resolve("file.before-restore-T"));
        run();
        assertSwitched();
    }

    @Test
    void requireNone_underWay_saysHowItEnds() throws IOException {
        RestoreUnderWay.requireNone(temp);
        run();
        assertThatThrownBy(() -> RestoreUnderWay.requireNone(temp))
                .hasMessageContaining("has not ended");
        RestoreUnderWay.end(temp);
        RestoreUnderWay.requireNone(temp);
    }
}
