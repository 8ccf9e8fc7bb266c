package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditexport.ExportProgress;
import dev.mapsovereign.auditexport.ExportReport;
import dev.mapsovereign.auditexport.ExportRequest;
import dev.mapsovereign.auditexport.ExportStatus;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.age.AgeDecryption;
import dev.mapsovereign.base.age.AgeIdentity;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Media: encrypted, small, lying, lost, copied, taken away. */
final class ExportMediaTest {
    private static final TenantId ACME = TenantId.of("acme");
    private static final int ENTRIES_BYTES_MAX = 17 << 20;

    @TempDir Path folder;

    private final AgeIdentity auditor = AgeIdentity.generate(new SecureRandom());
    private final AgeIdentity stranger = AgeIdentity.generate(new SecureRandom());

    private Path medium(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    private TestNode node() {
        return TestNode.create(folder.resolve("audit"), "alpha");
    }

    private static ExportRequest encrypted(Path medium, AgeIdentity... to) {
        return ExportRequest.all(medium)
                .encryptedTo(List.of(to).stream().map(AgeIdentity::recipient).toList());
    }

    private static ExportRequest since(Path medium, long index) {
        return new ExportRequest(
                medium, Set.of(), OptionalLong.of(index), OptionalLong.empty(), false);
    }

    /** As a person without any program of ours: each manifest by sha256sum. */
    private static void expectEveryManifestHolds(Path nodeFolder, int bundles) throws IOException {
        List<Path> manifests =
                MediumFiles.all(nodeFolder).stream()
                        .filter(file -> file.endsWith("manifest.txt"))
                        .filter(file -> !file.toString().contains(".part/"))
                        .toList();
        assertThat(manifests).hasSize(bundles);
        for (Path manifest : manifests) {
            Verifiers.Outcome sums =
                    Verifiers.run(
                            List.of("sha256sum", "-c", "--strict", "--quiet", manifest.toString()),
                            nodeFolder);
            assertThat(sums.exit()).as(sums.output()).isZero();
        }
    }

    private void expectVerified(TestNode node, Path... media) {
        Object[] arguments = new Object[media.length + 2];
        System.arraycopy(media, 0, arguments, 0, media.length);
        arguments[media.length] = "--trust";
        arguments[media.length + 1] = node.trustFile(folder);
        Verifiers.Outcome java = Verifiers.inProcess(arguments);
        assertThat(java.exit()).as(java.output()).isZero();
    }

    private static List<Path> entries(Path nodeFolder) {
        return MediumFiles.all(nodeFolder).stream()
                .filter(file -> file.toString().contains("/tile/entries/"))
                .toList();
    }

    /** Each encrypted entry bundle beside the plain one of another medium. */
    private void expectDecrypts(Path encrypted, Path plain, AgeIdentity by) throws IOException {
        assertThat(entries(encrypted)).allMatch(file -> file.toString().endsWith(".age"));
        // The last entries of _node differ from export to export.
        List<Path> files = entries(encrypted.resolve("logs/acme"));
        assertThat(files).hasSize(3);
        for (Path file : files) {
            String name = encrypted.relativize(file).toString();
            Path same = plain.resolve(name.substring(0, name.length() - ".age".length()));
            byte[] decrypted =
                    AgeDecryption.decrypt(MediumFiles.read(file), List.of(by), ENTRIES_BYTES_MAX);
            assertThat(same).hasBinaryContent(decrypted);
        }
    }

    @Test
    void export_encrypted_onlyEntriesAre_andARecordSaysToWhom() throws Exception {
        Path plain = medium("plain");
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 700)) {
            node.export(medium("spare"));
            ExportReport report = node.export(encrypted(medium, stranger, auditor));
            node.export(plain);

            expectEveryManifestHolds(node.nodeFolder(medium), 1);
            expectDecrypts(node.nodeFolder(medium), node.nodeFolder(plain), auditor);
            expectDecrypts(node.nodeFolder(medium), node.nodeFolder(plain), stranger);
            long index = report.bundles().getFirst().record().orElseThrow().index();
            AuditRecord record = AuditRecord.parse(node.log().record(TenantId.NODE, index));
            assertThat(record.eventType()).isEqualTo("AuditExported");
            assertThat(
                            new String(
                                    node.log().record(TenantId.NODE, index),
                                    java.nio.charset.StandardCharsets.UTF_8))
                    .contains(
                            auditor.recipient().toString(),
                            stranger.recipient().toString(),
                            report.bundles().getFirst().manifestSha256().orElseThrow());
            assertThat(node.folder().resolve("exports/2/seed")).doesNotExist();
        }
    }

    @Test
    void export_plainAndEncryptedToOneMedium_doNotClash() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 300)) {
            node.export(medium);
            node.append("acme", 300).export(encrypted(medium, auditor));
            node.append("acme", 300).export(medium);
            // The same records once more, in the other form.
            node.export(since(medium, 0).encryptedTo(List.of(auditor.recipient())));
            node.export(since(medium, 0));

            expectEveryManifestHolds(node.nodeFolder(medium), 5);
        }
    }

    @Test
    void export_encryptedAgain_keepsWhatAnOlderBundleLists() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 1000)) {
            node.export(encrypted(medium, auditor));
            node.append("acme", 10);
            ExportReport again =
                    node.export(since(medium, 0).encryptedTo(List.of(auditor.recipient())));

            assertThat(again.bundles().getLast().number()).isEqualTo(2);
            expectEveryManifestHolds(node.nodeFolder(medium), 2);

            List<Path> before = MediumFiles.all(medium);
            assertThatThrownBy(() ->
                            node.export(
                                    since(medium, 0).encryptedTo(List.of(stranger.recipient()))))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> assertThat(e.exit()).isEqualTo(ExitCode.ENVIRONMENT))
                    .hasMessageContaining("encrypted to others");
            assertThat(MediumFiles.all(medium)).isEqualTo(before);
            // What comes next is nobody's yet.
            node.append("acme", 1000).export(encrypted(medium, stranger));
            expectEveryManifestHolds(node.nodeFolder(medium), 3);
        }
    }

    @Test
    void export_encryptedAndInterrupted_isResumedWithoutRewriting() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 2000)) {
            assertThatThrownBy(() ->
                            node.exporter()
                                    .export(
                                            encrypted(medium, auditor),
                                            node.log(),
                                            ExportStep.at(
                                                    "signing ",
                                                    () -> {
                                                        throw new IllegalStateException("pulled");
                                                    })))
                    .hasMessage("pulled");
            assertThat(node.folder().resolve("exports/1/seed")).exists();
            Map<Path, byte[]> written = new HashMap<>();
            for (Path file : entries(node.nodeFolder(medium))) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
                written.put(file, MediumFiles.read(file));
            }
            node.restart();
            // Whatever is asked now, what was begun is finished as it was planned.
            ExportReport report = node.export(medium);

            assertThat(report.bundles().getFirst().encryptedTo())
                    .containsExactly(auditor.recipient().toString());
            assertThat(written).hasSizeGreaterThan(7);
            written.forEach((file, content) -> {
                assertThat(file).hasBinaryContent(content);
                assertThat(file.toFile().lastModified()).isZero();
            });
            assertThat(node.folder().resolve("exports/1/seed")).doesNotExist();
            expectEveryManifestHolds(node.nodeFolder(medium), 2);
        }
    }

    @Test
    void export_toSmallMedia_cutsTheLogAndTheNextTakesTheRest() throws Exception {
        try (TestNode node = node().tenants("acme", "zeta").append("acme", 3000)) {
            node.append("zeta", 40);
            Path[] media = new Path[20];
            int count = 0;
            long acme = 0;
            List<ExportReport.Range> left;
            do {
                Path medium = medium("usb" + count);
                media[count++] = medium;
                ExportReport report =
                        node.export(
                                new ExportRequest(
                                        medium,
                                        Set.of(),
                                        OptionalLong.of(acme),
                                        OptionalLong.of(700_000),
                                        false));
                long written =
                        MediumFiles.all(medium).stream().mapToLong(f -> f.toFile().length()).sum();
                assertThat(written).isLessThan(700_000);
                left = report.leftOut();
                acme =
                        left.stream()
                                .filter(range -> range.tenant().equals(ACME))
                                .mapToLong(ExportReport.Range::from)
                                .findFirst()
                                .orElse(0);
                assertThat(acme % 256).isZero();
                expectEveryManifestHolds(node.nodeFolder(medium), 1);
            } while (!left.isEmpty() && count < media.length);

            assertThat(left).isEmpty();
            assertThat(count).isGreaterThan(2);
            expectVerified(node, java.util.Arrays.copyOf(media, count));
            assertThat(node.exporter().status(node.log()).logs())
                    .filteredOn(log -> log.tenant().equals(ACME))
                    .allMatch(log -> log.pending() == 0);
        }
    }

    @Test
    void export_stickThatWritesOverItself_isFoundAndMendedByTheNext() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme").append("acme", 600)) {
            node.export(medium);
            node.append("acme", 600);
            Path early = node.nodeFolder(medium).resolve("logs/acme/tile/entries/002");
            ExportProgress wrapping =
                    ExportStep.at(
                            "signing ",
                            () -> {
                                byte[] content = MediumFiles.read(early);
                                content[5000] ^= 1;
                                Files.write(early, content);
                            });
            assertThatThrownBy(() ->
                            node.exporter().export(ExportRequest.all(medium), node.log(), wrapping))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> assertThat(e.exit()).isEqualTo(ExitCode.FAILED))
                    .hasMessageContaining("entries/002")
                    .hasMessageContaining("faulty or smaller than it claims");
            assertThat(node.nodeFolder(medium).resolve("bundle-2")).doesNotExist();
            expectEveryManifestHolds(node.nodeFolder(medium), 1);

            node.export(medium);
            expectEveryManifestHolds(node.nodeFolder(medium), 3);
            expectVerified(node, medium);
        }
    }

    @Test
    void export_mediumTakenAway_leavesNothingWhereItWas() throws Exception {
        Path medium = medium("usb");
        Path pulled = folder.resolve("pulled");
        try (TestNode node = node().tenants("acme").append("acme", 600)) {
            node.export(medium);
            node.append("acme", 2000);
            // What an unmounted stick leaves: the empty folder of the host's own disk.
            ExportProgress pulling =
                    ExportStep.at(
                            "signing ",
                            () -> {
                                Files.move(medium, pulled);
                                Files.createDirectory(medium);
                            });
            assertThatThrownBy(() ->
                            node.exporter().export(ExportRequest.all(medium), node.log(), pulling))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> assertThat(e.exit()).isEqualTo(ExitCode.FAILED))
                    .hasMessageContaining("pulled");
            assertThat(medium).isEmptyDirectory();
            expectEveryManifestHolds(node.nodeFolder(pulled), 1);

            Files.delete(medium);
            Files.move(pulled, medium);
            node.export(medium);
            expectVerified(node, medium);
        }
    }

    @Test
    void export_fiveTimes_everyOlderManifestHolds_alsoInAPlainCopy() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme", "zeta")) {
            for (int i = 1; i <= 5; i++) {
                node.append("acme", 137 * i).append("zeta", 11).export(medium);
                expectEveryManifestHolds(node.nodeFolder(medium), i);
            }
            Path copy = folder.resolve("copy");
            assertThat(
                            Verifiers.run(List.of("cp", "-r", medium.toString(), copy.toString()))
                                    .exit())
                    .isZero();
            for (Path file : MediumFiles.all(copy)) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwxrwx"));
            }
            expectEveryManifestHolds(node.nodeFolder(copy), 5);
            expectVerified(node, copy);
        }
    }

    @Test
    void export_linksOnTheMedium_areNotFollowed() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "mine");
        try (TestNode node = node().tenants("acme").append("acme", 300)) {
            String[] places = {
                "logs",
                "logs/acme",
                "logs/acme/tile",
                "logs/acme/tile/entries",
                "logs/acme/checkpoint"
            };
            for (int i = 0; i < places.length; i++) {
                Path medium = medium("usb" + i);
                Path outside = medium("outside" + i);
                Path place = node.nodeFolder(medium).resolve(places[i]);
                Files.createDirectories(place.getParent());
                Files.createSymbolicLink(place, i == places.length - 1 ? secret : outside);

                assertThatThrownBy(() -> node.export(medium))
                        .as(places[i])
                        .isInstanceOf(OperatorException.class);

                assertThat(MediumFiles.all(outside)).isEmpty();
                assertThat(secret).hasContent("mine");
            }
        }
    }

    @Test
    void export_twoNodesOfOneIdentity_areFoundAtTheNextExport() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = node().tenants("acme")) {
            node.append("acme", 10).export(medium);
        }
        // Somebody clones the machine, and both go on.
        Path clone = MediumFiles.copy(folder.resolve("audit"), folder.resolve("clone"));
        try (TestNode one = node();
                TestNode other = TestNode.create(clone, "alpha")) {
            one.append("acme", 5).export(medium);
            other.append("acme", 50);
            assertThatThrownBy(() -> other.export(medium))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> assertThat(e.exit()).isEqualTo(ExitCode.TAMPERING))
                    .hasMessageContaining("a second node uses its keys");
        }
    }

    @Test
    void status_rotation_saysWhatEachMediumAloneHolds() throws Exception {
        Path one = medium("one");
        Path two = medium("two");
        try (TestNode node = node().tenants("acme").append("acme", 100)) {
            node.export(one);
            node.append("acme", 100).export(two);
            node.append("acme", 100).export(one);
            node.append("acme", 7);

            ExportStatus status = node.exporter().status(node.log());

            assertThat(status.media())
                    .extracting(ExportStatus.Medium::bundles)
                    .containsExactly(List.of(1L, 3L), List.of(2L));
            assertThat(onlyHere(status, 0)).containsExactly(range(200, 300));
            assertThat(onlyHere(status, 1)).isEmpty();
            assertThat(status.logs())
                    .filteredOn(log -> log.tenant().equals(ACME))
                    .singleElement()
                    .satisfies(log -> {
                        assertThat(log.exported()).isEqualTo(300);
                        assertThat(log.missing()).containsExactly(range(300, 307));
                    });
            // The first stick is lost: what it alone held goes out again.
            node.export(since(medium("three"), onlyHere(status, 0).getFirst().from()));
            assertThat(onlyHere(node.exporter().status(node.log()), 0)).isEmpty();
        }
    }

    private static ExportReport.Range range(long from, long to) {
        return new ExportReport.Range(ACME, from, to);
    }

    private static List<ExportReport.Range> onlyHere(ExportStatus status, int medium) {
        return status.media().get(medium).onlyHere().stream()
                .filter(range -> range.tenant().equals(ACME))
                .toList();
    }
}
