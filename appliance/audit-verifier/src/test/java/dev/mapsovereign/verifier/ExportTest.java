package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditexport.ExportProgress;
import dev.mapsovereign.auditexport.ExportReport;
import dev.mapsovereign.auditexport.ExportRequest;
import dev.mapsovereign.auditexport.ExportStatus;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exports of a real log: borders, rotation of media, interruptions, and what is refused. */
final class ExportTest {
    private static final TenantId ACME = TenantId.of("acme");
    private static final TenantId ZETA = TenantId.of("zeta");

    @TempDir Path folder;

    private Path medium(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    private TestNode node() {
        return TestNode.create(folder.resolve("audit"), "alpha");
    }

    private void expectVerified(TestNode node, Path... media) {
        Object[] arguments = new Object[media.length + 2];
        System.arraycopy(media, 0, arguments, 0, media.length);
        arguments[media.length] = "--trust";
        arguments[media.length + 1] = node.trustFile(folder);
        Verifiers.Outcome java = Verifiers.inProcess(arguments);
        assertThat(java.exit()).as(java.output()).isZero();
    }

    private void expectVerifiedByPython(TestNode node, Path medium) {
        Verifiers.Outcome python = Verifiers.python(medium, "--trust", node.trustFile(folder));
        assertThat(python.exit()).as(python.output()).isZero();
    }

    private static ExportReport.Range range(ExportReport report, TenantId tenant) {
        return report.bundles().getLast().ranges().stream()
                .filter(range -> range.tenant().equals(tenant))
                .findFirst()
                .orElseThrow();
    }

    /** How far acme is exported by the ledger, which must agree with the report. */
    private static long exportedTo(TestNode node, ExportReport report) {
        long exported =
                node.exporter().status(node.log()).logs().stream()
                        .filter(log -> log.tenant().equals(ACME))
                        .mapToLong(ExportStatus.Log::exported)
                        .sum();
        assertThat(report.bundles())
                .allSatisfy(bundle ->
                        assertThat(bundle.ranges())
                                .allMatch(range ->
                                        !range.tenant().equals(ACME) || range.to() <= exported));
        return exported;
    }

    @Test
    void export_acrossTileBorders_verifiesAfterEach() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme", "zeta")) {
            node.fillTo("zeta", 3);
            for (long size : new long[] {1, 255, 256, 257, 511, 512, 600, 1024, 1025}) {
                node.fillTo("acme", size);
                ExportReport report = node.export(medium);
                assertThat(range(report, ACME).to()).isEqualTo(size);
                expectVerified(node, medium);
            }
            expectVerifiedByPython(node, medium);
        }
    }

    @Test
    void export_beyondATileOfLevelOne_verifies() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme")) {
            node.fillTo("acme", 65_400);
            node.export(medium);
            node.fillTo("acme", 65_536);
            node.export(medium);
            node.fillTo("acme", 65_900);
            ExportReport report = node.export(medium);
            assertThat(node.nodeFolder(medium).resolve("logs/acme/tile/1/000")).exists();
            assertThat(node.nodeFolder(medium).resolve("logs/acme/tile/2/000.p/1")).exists();
            assertThat(report.bundles().getFirst().previous()).hasValue(2);
            expectVerified(node, medium);
            expectVerifiedByPython(node, medium);
            // All at once to an empty medium gives the same log.
            Path other = medium("other");
            node.export(other);
            expectVerified(node, other, medium);
        }
    }

    @Test
    void export_again_addsWhatIsNewAndChangesNoFile() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme", "zeta").append("acme", 300)) {
            node.export(medium);
            Map<Path, byte[]> before = new HashMap<>();
            for (Path file : MediumFiles.evidence(node.nodeFolder(medium))) {
                before.put(file, MediumFiles.read(file));
                Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
            }
            node.append("acme", 300).append("zeta", 1);
            ExportReport report = node.export(medium);
            assertThat(range(report, ACME).from()).isEqualTo(300);
            assertThat(range(report, ZETA).from()).isZero();
            before.forEach((file, content) -> {
                assertThat(MediumFiles.read(file)).isEqualTo(content);
                assertThat(file.toFile().lastModified()).as(file.toString()).isZero();
            });
            expectVerified(node, medium);
        }
    }

    @Test
    void export_withNothingNew_statesThatToo() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 3)) {
            node.export(medium);
            ExportReport report = node.export(medium);
            // Only the record of the first export is new.
            assertThat(report.bundles().getFirst().ranges()).hasSize(1);
            expectVerified(node, medium);
            expectVerifiedByPython(node, medium);
        }
    }

    @Test
    void export_mediaInRotation_eachGetsWhatItLacks() throws Exception {
        Path one = medium("one");
        Path two = medium("two");
        try (TestNode node = node().tenants("acme")) {
            node.fillTo("acme", 10);
            node.export(one);
            node.fillTo("acme", 20);
            node.export(two);
            node.fillTo("acme", 30);
            ExportReport third = node.export(one);
            assertThat(range(third, ACME).from()).isEqualTo(10);
            assertThat(third.bundles().getFirst().number()).isEqualTo(3);
            assertThat(third.bundles().getFirst().previous()).hasValue(1);
            assertThat(third.medium().bundleNumbers()).containsExactly(1L);
            expectVerified(node, one);
            expectVerified(node, two, one);
        }
    }

    @Test
    void export_ofChosenTenants_alwaysHasNode() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme", "zeta").append("acme", 3).append("zeta", 3)) {
            ExportReport report =
                    node.export(
                            new ExportRequest(
                                    medium,
                                    Set.of(ZETA),
                                    OptionalLong.empty(),
                                    OptionalLong.empty(),
                                    false));
            assertThat(report.bundles().getFirst().ranges())
                    .extracting(ExportReport.Range::tenant)
                    .containsExactly(TenantId.NODE, ZETA);
            expectVerified(node, medium);
            expectVerified(node, medium);
            // The next export takes what was left.
            assertThat(range(node.export(medium), ACME).from()).isZero();
            expectVerified(node, medium);
        }
    }

    @Test
    void export_isRecordedWithItsManifest() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 3)) {
            ExportReport.Bundle bundle = node.export(medium).bundles().getFirst();
            long index = bundle.record().orElseThrow().index();
            AuditRecord record = AuditRecord.parse(node.log().record(TenantId.NODE, index));
            assertThat(record.eventType()).isEqualTo("AuditExported");
            assertThat(record.meta().text("manifest_sha256"))
                    .isEqualTo(bundle.manifestSha256())
                    .isPresent();
            assertThat(record.meta().text("number")).contains("1");
            Checkpoint kept = Checkpoint.parse(node.log().kept(ACME).getFirst().text());
            assertThat(kept.size()).isEqualTo(3);
        }
    }

    @Test
    void status_followsTheLedger() throws Exception {
        try (TestNode node = node().tenants("acme", "zeta").append("acme", 30)) {
            ExportStatus none = node.exporter().status(node.log());
            assertThat(none.exports()).isEmpty();
            assertThat(none.nodeKey()).isEqualTo(node.log().nodeKey().vkey());
            node.export(medium("usb"));
            node.append("acme", 7);
            ExportStatus status = node.exporter().status(node.log());
            assertThat(status.exports()).hasSize(1);
            assertThat(status.exports().getFirst().finished()).isTrue();
            ExportStatus.Log acme =
                    status.logs().stream().filter(l -> l.tenant().equals(ACME)).findFirst().get();
            assertThat(acme.exported()).isEqualTo(30);
            assertThat(acme.pending()).isEqualTo(7);
            node.restart();
            assertThat(node.exporter().status(node.log())).isEqualTo(status);
        }
    }

    @Test
    void export_dryRun_changesNothing() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 300)) {
            long size = node.log().head(TenantId.NODE).size();
            ExportReport report =
                    node.export(
                            new ExportRequest(
                                    medium,
                                    Set.of(),
                                    OptionalLong.empty(),
                                    OptionalLong.empty(),
                                    true));
            assertThat(report.dryRun()).isTrue();
            assertThat(range(report, ACME).to()).isEqualTo(300);
            assertThat(report.bundles().getFirst().bytes()).isGreaterThan(300 * 300);
            assertThat(MediumFiles.all(medium)).isEmpty();
            assertThat(node.log().head(TenantId.NODE).size()).isEqualTo(size);
            assertThat(node.export(medium).bundles().getFirst().number()).isEqualTo(1);
        }
    }

    @Test
    void export_interruptedAtAnyStep_leavesTheOldWholeAndIsFinishedByTheNext() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 250)) {
            node.export(medium);
            long steps = 0;
            for (int stop = 0; ; stop++) {
                node.append("acme", 20);
                Interruption interruption = new Interruption(stop);
                try {
                    node.exporter().export(ExportRequest.all(medium), node.log(), interruption);
                } catch (PulledException e) {
                    expectVerified(node, medium);
                    long whole = MediumFiles.all(node.nodeFolder(medium)).size();
                    assertThat(whole).isPositive();
                    if (stop % 2 == 0) {
                        node.restart();
                    }
                    long next = node.log().head(ACME).size();
                    ExportReport report = node.export(medium);
                    assertThat(exportedTo(node, report)).isEqualTo(next);
                    Verifiers.Outcome after =
                            Verifiers.inProcess(medium, "--trust", node.trustFile(folder));
                    assertThat(after.exit()).as(after.output()).isZero();
                    assertThat(after.output()).doesNotContain("no manifest read here lists");
                    assertThat(after.output()).doesNotContain("in none of these bundles");
                    steps++;
                    continue;
                }
                break;
            }
            assertThat(steps).isGreaterThan(15);
            expectVerifiedByPython(node, medium);
            // Every export that was begun is finished, and none is recorded less than once.
            ExportStatus status = node.exporter().status(node.log());
            assertThat(status.exports()).allMatch(ExportStatus.Export::finished);
        }
    }

    /** Stops an export at one of its steps, as pulling the stick does. */
    private static final class Interruption implements ExportProgress {
        private final int stop;
        private int step;

        Interruption(int stop) {
            this.stop = stop;
        }

        @Override
        public void at(String what, long bytesDone, long bytesTotal) {
            if (step++ == stop) {
                throw new PulledException();
            }
        }
    }

    private static final class PulledException extends RuntimeException {
        @java.io.Serial private static final long serialVersionUID = 1L;
    }

    @Test
    void export_resumed_rewritesNothingThatIsGood() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 1000)) {
            assertThatThrownBy(() ->
                            node.exporter()
                                    .export(
                                            ExportRequest.all(medium),
                                            node.log(),
                                            new Interruption(12)))
                    .isInstanceOf(PulledException.class);
            // A torn file among the good ones.
            Path torn = node.nodeFolder(medium).resolve("logs/acme/tile/entries/000");
            Files.write(torn, new byte[] {1, 2, 3});
            Map<Path, FileTime> times = new HashMap<>();
            for (Path file : MediumFiles.all(node.nodeFolder(medium).resolve("logs"))) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
                times.put(file, Files.getLastModifiedTime(file));
            }
            ExportReport report = node.export(medium);
            assertThat(report.bundles()).hasSize(2);
            assertThat(report.bundles().getFirst().filesKept()).isGreaterThanOrEqualTo(10);
            times.forEach((file, time) -> {
                if (!file.equals(torn)) {
                    assertThat(file.toFile().lastModified()).isZero();
                }
            });
            expectVerified(node, medium);
        }
    }

    @Test
    void export_interrupted_thenToAnotherMedium_takesANewNumber() throws Exception {
        Path one = medium("one");
        Path two = medium("two");
        try (TestNode node = node().tenants("acme").append("acme", 10)) {
            assertThatThrownBy(() ->
                            node.exporter()
                                    .export(
                                            ExportRequest.all(one),
                                            node.log(),
                                            new Interruption(5)))
                    .isInstanceOf(PulledException.class);
            assertThat(node.export(two).bundles().getFirst().number()).isEqualTo(2);
            node.append("acme", 10);
            ExportReport back = node.export(one);
            assertThat(back.bundles())
                    .extracting(ExportReport.Bundle::number)
                    .containsExactly(1L, 3L);
            expectVerified(node, one);
            expectVerified(node, two);
        }
    }

    @Test
    void export_foreignFiles_areNotTouched() throws Exception {
        Path medium = medium("usb");
        Path photo = medium.resolve("holiday.jpg");
        Path inside = medium.resolve("MAP-AUDIT/notes.txt");
        SyntheticNode.write(photo, new byte[] {1, 2, 3});
        SyntheticNode.write(inside, new byte[] {4});
        try (TestNode node = node().tenants("acme").append("acme", 3);
                TestNode other = TestNode.create(folder.resolve("other"), "beta")) {
            other.export(medium);
            Map<Path, byte[]> before = new HashMap<>();
            MediumFiles.all(medium).forEach(file -> before.put(file, MediumFiles.read(file)));
            ExportReport report = node.export(medium);
            assertThat(report.medium().otherNodes()).containsExactly(other.log().node());
            before.forEach((file, content) -> assertThat(file).hasBinaryContent(content));
        }
    }

    @Test
    void export_mediumWithALaterOwnCheckpoint_isRefusedAndRecorded() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme")) {
            node.append("acme", 10);
        }
        Path saved = MediumFiles.copy(folder.resolve("audit"), folder.resolve("snapshot"));
        try (TestNode node = node()) {
            node.append("acme", 10).export(medium);
        }
        // The machine is set back to its snapshot, and knows nothing of the export.
        try (TestNode setBack = TestNode.create(saved, "alpha")) {
            List<Path> before = MediumFiles.all(medium);
            assertThatThrownBy(() -> setBack.export(medium))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> {
                                assertThat(e.exit()).isEqualTo(ExitCode.TAMPERING);
                                assertThat(e).hasMessageContaining("20 of log acme");
                            });
            assertThat(MediumFiles.all(medium)).isEqualTo(before);
            long newest = setBack.log().head(TenantId.NODE).size() - 1;
            AuditRecord record = AuditRecord.parse(setBack.log().record(TenantId.NODE, newest));
            assertThat(record.eventType()).isEqualTo("SecurityViolation");
            // What it signed from now on would be a second history.
            assertThat(setBack.log().status().unavailable().orElseThrow())
                    .contains("second history");
            assertThatThrownBy(() -> setBack.log().publishCheckpoint(TenantId.NODE))
                    .isInstanceOf(AuditUnavailableException.class);
        }
    }

    @Test
    void export_mediumWithAnAlteredBundle_isRefused() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 10)) {
            node.export(medium);
            Path description = node.nodeFolder(medium).resolve("bundle-1/bundle.json");
            byte[] good = MediumFiles.read(description);
            Files.writeString(description, "{}");
            assertThatThrownBy(() -> node.export(medium))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> assertThat(e.exit()).isEqualTo(ExitCode.TAMPERING));
            Files.write(description, good);
            node.export(medium);
            expectVerified(node, medium);
        }
    }

    @Test
    void export_checkpointOfAStranger_doesNotStopIt() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 10)) {
            node.export(medium);
            Path checkpoint = node.nodeFolder(medium).resolve("logs/acme/checkpoint");
            String lie = Files.readString(checkpoint).replaceFirst("\n10\n", "\n99\n");
            Files.writeString(checkpoint, lie);
            node.append("acme", 1).export(medium);
            assertThat(Files.readString(checkpoint)).contains("\n11\n");
        }
    }

    @Test
    void export_noSpace_isRefusedBeforeAnythingIsWritten() throws Exception {
        Path medium = medium("usb");
        try (TestNode node =
                node().tenants("acme", "zeta").append("acme", 2000).append("zeta", 3)) {
            assertThatThrownBy(() -> node.export(limited(medium, 10_000)))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> {
                                assertThat(e.exit()).isEqualTo(ExitCode.ENVIRONMENT);
                                assertThat(e).hasMessageContaining("bytes");
                            });
            assertThat(MediumFiles.all(medium)).isEmpty();
            // Enough for all but a part of the large log.
            ExportReport report = node.export(limited(medium, 600_000));
            long end = range(report, ACME).to();
            assertThat(end).isBetween(256L, 1999L);
            assertThat(report.leftOut())
                    .contains(new ExportReport.Range(ACME, end, 2000))
                    .hasSizeLessThanOrEqualTo(2);
            expectVerified(node, medium);
            assertThat(range(node.export(medium("next")), ACME).to()).isEqualTo(2000);
        }
    }

    private static ExportRequest limited(Path medium, long bytes) {
        return new ExportRequest(
                medium, Set.of(), OptionalLong.empty(), OptionalLong.of(bytes), false);
    }

    @Test
    void export_maxSize_isNotExceeded() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 2000)) {
            ExportReport plan =
                    node.export(
                            new ExportRequest(
                                    medium,
                                    Set.of(),
                                    OptionalLong.empty(),
                                    OptionalLong.empty(),
                                    true));
            node.export(medium);
            long written =
                    MediumFiles.all(medium).stream().mapToLong(f -> f.toFile().length()).sum();
            assertThat(plan.bundles().getFirst().bytes()).isGreaterThanOrEqualTo(written);
        }
    }

    @Test
    void export_toNoFolder_orWithAnUnknownTenant_isAPlainError() throws Exception {
        try (TestNode node = node()) {
            assertThatThrownBy(() -> node.export(folder.resolve("missing")))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> assertThat(e.exit()).isEqualTo(ExitCode.ENVIRONMENT));
            Path medium = medium("usb");
            assertThatThrownBy(() ->
                            node.export(
                                    new ExportRequest(
                                            medium,
                                            Set.of(ACME),
                                            OptionalLong.empty(),
                                            OptionalLong.empty(),
                                            false)))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> assertThat(e.exit()).isEqualTo(ExitCode.USAGE));
            Files.createSymbolicLink(medium.resolve("MAP-AUDIT"), folder);
            assertThatThrownBy(() -> node.export(medium))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> assertThat(e.exit()).isEqualTo(ExitCode.TAMPERING));
        }
    }

    @Test
    void export_whileTheLogGrows_isConsistent() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 500)) {
            Thread writer = Thread.ofPlatform().start(() -> node.append("acme", 3000));
            for (int i = 0; i < 3; i++) {
                node.export(medium);
                expectVerified(node, medium);
            }
            writer.join();
            assertThat(exportedTo(node, node.export(medium))).isEqualTo(3500);
            expectVerified(node, medium);
        }
    }

    @Test
    void export_tenantsCreatedLater_areIntroducedInTheSameBundle() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 3)) {
            node.export(medium);
            for (int i = 0; i < 5; i++) {
                node.tenants("t" + i).append("t" + i, 2);
                node.export(medium);
                expectVerified(node, medium);
            }
            // Each bundle verifies alone, wherever its tenants were created.
            for (Path bundle : List.of(node.nodeFolder(medium).resolve("bundle-6"))) {
                expectVerified(node, bundle);
            }
        }
    }
}
