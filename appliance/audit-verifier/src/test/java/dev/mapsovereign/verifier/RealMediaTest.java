package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditexport.ExportProgress;
import dev.mapsovereign.auditexport.ExportReport;
import dev.mapsovereign.auditexport.ExportRequest;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** File systems that are really mounted, really full, and really go away. */
@Tag("slow")
final class RealMediaTest {
    private static final long STICK_BYTES = 48 << 20;

    /** Where the stick is pulled: the progress of an export by counts, then by names. */
    private static final List<Integer> PULLED_AT = List.of(0, 1, 2, 5, 9, 14, 18);

    private static final List<String> PULLED_AT_STEP = List.of("signing", "reading", "renaming");

    @TempDir Path folder;

    private TestNode node() {
        return TestNode.create(folder.resolve("audit"), "alpha");
    }

    @ParameterizedTest
    @EnumSource(
            value = MountedMedium.Kind.class,
            names = {"EXT4", "EXFAT", "NTFS"})
    void export_pulledAtTenPoints_leavesTheOldWholeAndIsFinishedByTheNext(MountedMedium.Kind kind)
            throws IOException {
        try (MountedMedium stick = MountedMedium.create(kind, folder, STICK_BYTES);
                TestNode node = node().tenants("acme").append("acme", 600)) {
            node.export(stick.folder());
            for (int at : PULLED_AT) {
                pullAndExportAgain(node, stick, (step, what) -> step == at);
            }
            for (String name : PULLED_AT_STEP) {
                pullAndExportAgain(node, stick, (step, what) -> what.startsWith(name));
            }
            expectVerified(node, stick.folder());
        }
    }

    private interface Moment {
        boolean isNow(int step, String what);
    }

    private void pullAndExportAgain(TestNode node, MountedMedium stick, Moment moment)
            throws IOException {
        node.append("acme", 300);
        int[] step = {0};
        boolean[] pulled = {false};
        ExportProgress pulling =
                (what, done, total) -> {
                    if (!pulled[0] && moment.isNow(step[0]++, what)) {
                        pulled[0] = true;
                        stick.pull();
                    }
                };
        assertThatThrownBy(() ->
                        node.exporter()
                                .export(ExportRequest.all(stick.folder()), node.log(), pulling))
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        e -> assertThat(e.exit()).as(e.getMessage()).isEqualTo(ExitCode.FAILED));
        assertThat(pulled[0]).isTrue();
        assertThat(stick.folder()).as("nothing is written beside the stick").isEmptyDirectory();

        stick.plugIn();
        Verifiers.expectManifestsHold(node.nodeFolder(stick.folder()));
        expectVerified(node, stick.folder());
        ExportReport report = node.export(stick.folder());
        assertThat(report.bundles()).isNotEmpty();
        Verifiers.expectManifestsHold(node.nodeFolder(stick.folder()));
    }

    @Test
    void export_mediumFilledMeanwhile_saysSoAndTouchesNoForeignFile() throws IOException {
        try (MountedMedium stick = MountedMedium.create(MountedMedium.Kind.TMPFS, folder, 8 << 20);
                TestNode node = node().tenants("acme").append("acme", 3000)) {
            Path filler = stick.folder().resolve("film.mkv");
            ExportProgress filling =
                    (what, done, total) -> {
                        if (done > 100_000 && !Files.exists(filler)) {
                            fill(filler);
                        }
                    };
            assertThatThrownBy(() ->
                            node.exporter()
                                    .export(ExportRequest.all(stick.folder()), node.log(), filling))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> assertThat(e.exit()).isEqualTo(ExitCode.FAILED))
                    .hasMessageContaining("the medium is full");
            assertThat(filler).exists();
            Files.delete(filler);
            node.export(stick.folder());
            expectVerified(node, stick.folder());
        }
    }

    @Test
    void export_mediumTooSmall_isPlannedAndCut() throws IOException {
        try (MountedMedium stick = MountedMedium.create(MountedMedium.Kind.TMPFS, folder, 3 << 20);
                TestNode node = node().tenants("acme").append("acme", 6000)) {
            ExportReport report = node.export(stick.folder());
            assertThat(report.leftOut()).hasSize(1);
            Verifiers.expectManifestsHold(node.nodeFolder(stick.folder()));
            expectVerified(node, stick.folder());
        }
    }

    private static void fill(Path file) {
        try (OutputStream out = Files.newOutputStream(file)) {
            byte[] block = new byte[4096];
            while (true) {
                out.write(block);
            }
        } catch (IOException e) {
            // The medium is full, as it should be.
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private void expectVerified(TestNode node, Path medium) {
        Verifiers.Outcome java = Verifiers.inProcess(medium, "--trust", node.trustFile(folder));
        assertThat(java.exit()).as(java.output()).isZero();
    }
}
