package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditexport.ExportProgress;
import dev.mapsovereign.auditexport.ExportRequest;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Media that are slow, do not answer, fail, or vanish while their file system is mounted. */
@Tag("slow")
final class FailingMediumTest {
    private static final TenantId ACME = TenantId.of("acme");
    private static final long STICK_BYTES = 48 << 20;
    private static final long FAST = 1L << 30;

    /** A stick of the first generation. */
    private static final long SLOW = 500_000;

    private static final int WAIT_SECONDS_MAX = 120;

    @TempDir Path folder;

    private TestNode node() {
        return TestNode.create(folder.resolve("audit"), "alpha").tenants("acme");
    }

    /** What an export said of itself. */
    private record Report(String step, long done, long total) {}

    @Test
    void export_slowMedium_reportsOnTheWayWhileRecordsAreMade() throws Exception {
        try (ServedMedium stick = ServedMedium.create(folder, STICK_BYTES, SLOW);
                TestNode node = node().append("acme", 2000);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Report> reports = new ArrayList<>();
            long before = node.log().head(ACME).size();
            Future<?> export =
                    threads.submit(() ->
                            node.exporter()
                                    .export(
                                            ExportRequest.all(stick.folder()),
                                            node.log(),
                                            heardBy(reports)));
            while (!export.isDone()) {
                node.append("acme", 1);
            }
            export.get();

            assertThat(node.log().head(ACME).size() - before).isGreaterThan(100);
            expectSane(reports);
            expectVerified(node, stick.folder());
        }
    }

    private static ExportProgress heardBy(List<Report> reports) {
        return (step, done, total) -> reports.add(new Report(step, done, total));
    }

    /** From which a rate and a time left can be told, while writing and while reading back. */
    private static void expectSane(List<Report> reports) {
        for (String step : List.of("writing", "reading back")) {
            assertThat(reports.stream().filter(report -> report.step().startsWith(step)))
                    .hasSizeGreaterThan(5);
        }
        for (int i = 0; i < reports.size(); i++) {
            Report report = reports.get(i);
            assertThat(report.done()).as(report.toString()).isBetween(0L, report.total());
            if (i > 0 && report.step().equals(reports.get(i - 1).step())) {
                assertThat(report.done()).isGreaterThanOrEqualTo(reports.get(i - 1).done());
                assertThat(report.total()).isEqualTo(reports.get(i - 1).total());
            }
        }
    }

    @Test
    void export_mediumThatDoesNotAnswer_waitsAloneAndGoesOn() throws Exception {
        CountDownLatch hung = new CountDownLatch(1);
        try (ServedMedium stick = ServedMedium.create(folder, STICK_BYTES, FAST);
                TestNode node = node().append("acme", 600);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> export =
                    threads.submit(() ->
                            node.exporter()
                                    .export(
                                            ExportRequest.all(stick.folder()),
                                            node.log(),
                                            ExportStep.at(
                                                    "signing",
                                                    () -> {
                                                        stick.hang();
                                                        hung.countDown();
                                                    })));
            assertThat(hung.await(WAIT_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
            node.append("acme", 2000);
            assertThat(export).isNotDone();

            stick.goOn();
            export.get(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
            expectVerified(node, stick.folder());
            node.export(stick.folder());
            expectVerified(node, stick.folder());
        }
    }

    /** How a medium fails. */
    enum Fault {
        WRITES,
        READS,
        GONE;

        void happen(ServedMedium medium) throws IOException {
            switch (this) {
                case WRITES -> medium.failWrites();
                case READS -> medium.failReads();
                case GONE -> medium.vanish();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "WRITES, writing",
        "WRITES, signing",
        "WRITES, renaming",
        "READS, signing",
        "READS, reading back",
        "GONE, writing",
        "GONE, signing",
        "GONE, reading back",
        "GONE, renaming"
    })
    void export_mediumFailsAtAStep_leavesTheOldWholeAndIsFinishedByTheNext(Fault fault, String step)
            throws Exception {
        try (ServedMedium stick = ServedMedium.create(folder, STICK_BYTES, FAST);
                TestNode node = node().append("acme", 600)) {
            node.export(stick.folder());
            node.append("acme", 900);

            assertThatThrownBy(() ->
                            node.exporter()
                                    .export(
                                            ExportRequest.all(stick.folder()),
                                            node.log(),
                                            ExportStep.at(step, () -> fault.happen(stick))))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> {
                                assertThat(e.exit()).isEqualTo(ExitCode.FAILED);
                                assertThat(e.getMessage())
                                        .contains(stick.folder().toString(), "a further export")
                                        .containsAnyOf(
                                                "was pulled, or is faulty",
                                                "made it read-only after an error");
                            });

            stick.plugInAgain();
            assertThat(Verifiers.expectManifestsHold(node.nodeFolder(stick.folder()))).isPositive();
            expectVerified(node, stick.folder());
            List<Report> reports = new ArrayList<>();
            node.exporter().export(ExportRequest.all(stick.folder()), node.log(), heardBy(reports));
            expectSane(reports);
            assertThat(Verifiers.expectManifestsHold(node.nodeFolder(stick.folder())))
                    .isGreaterThan(1);
            expectVerified(node, stick.folder());
        }
    }

    @Test
    void export_olderBundleCannotBeRead_isNotTakenForTampering() throws Exception {
        try (ServedMedium stick = ServedMedium.create(folder, STICK_BYTES, FAST);
                TestNode node = node().append("acme", 10)) {
            node.export(stick.folder());
            stick.plugInAgain();
            // What the folders hold is known by now, what the files hold is not.
            assertThat(MediumFiles.all(stick.folder())).isNotEmpty();
            stick.failReads();

            assertThatThrownBy(() -> node.export(stick.folder()))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> assertThat(e.exit()).isEqualTo(ExitCode.FAILED))
                    .hasMessageContaining("was pulled, or is faulty");
            assertThat(node.exporter().status(node.log()).exports()).hasSize(1);

            stick.plugInAgain();
            node.export(stick.folder());
            expectVerified(node, stick.folder());
        }
    }

    @Test
    void export_mediumMountedReadOnly_isRefusedBeforeAnythingIsPlanned() throws Exception {
        try (ServedMedium stick = ServedMedium.create(folder, STICK_BYTES, FAST);
                TestNode node = node().append("acme", 10)) {
            node.export(stick.folder());
            node.append("acme", 10);
            stick.readOnly();

            assertThatThrownBy(() -> node.export(stick.folder()))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> {
                                assertThat(e.exit()).isEqualTo(ExitCode.ENVIRONMENT);
                                assertThat(e.hint().orElseThrow()).contains("mounted read-only");
                            })
                    .hasMessage("cannot write to " + stick.folder());
            assertThat(node.exporter().status(node.log()).exports()).hasSize(1);
        }
    }

    private void expectVerified(TestNode node, Path medium) {
        Verifiers.Outcome java = Verifiers.inProcess(medium, "--trust", node.trustFile(folder));
        assertThat(java.exit()).as(java.output()).isZero();
    }
}
