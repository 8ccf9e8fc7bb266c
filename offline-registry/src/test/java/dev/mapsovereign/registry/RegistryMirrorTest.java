package dev.mapsovereign.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.EntityKind;
import dev.mapsovereign.registry.document.DocumentBuilder;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.lineage.ConformanceLevel;
import dev.mapsovereign.registry.lineage.LineageFault;
import dev.mapsovereign.registry.lineage.LineageVerdict;
import dev.mapsovereign.registry.lineage.LineageVerdict.RevocationStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryMirrorTest {
    @TempDir Path folder;
    private Site site;

    @BeforeEach
    void publish() throws IOException {
        site = new Site(folder);
        site.issue();
    }

    private static String revocation(OasDocument document, String status, long sequence) {
        return "[{\"did\":\""
                + document.did()
                + "\",\"status\":\""
                + status
                + "\",\"since\":\"2026-01-20T00:00:00Z\",\"sequence\":"
                + sequence
                + ",\"reason\":\"test\"}]";
    }

    @Test
    void importFrom_firstIssue_resolvesAndVerifiesEverybody() {
        try (RegistryMirror mirror = site.openMirror()) {
            assertThat(mirror.resolve(site.family.scout.did())).isEmpty();
            assertThat(mirror.status().isPresent()).isFalse();

            ImportReport report = mirror.importFrom(site.publisherFolder);

            assertThat(report.changed()).isTrue();
            assertThat(report.issue().number()).isEqualTo(1);
            assertThat(report.issue().treeSize()).isEqualTo(4);
            for (OasDocument document : site.family.all()) {
                RegistryEntry entry = mirror.resolve(document.did()).orElseThrow();
                assertThat(entry.document().orElseThrow().bytes()).isEqualTo(document.bytes());
                assertThat(entry.proof().verifies(report.issue().treeRoot())).isTrue();
            }
            LineageVerdict verdict = mirror.verify(site.family.helper.did());
            assertThat(verdict.fault()).isEmpty();
            assertThat(verdict.lineageDepth()).isEqualTo(3);
            assertThat(verdict.humanRoot()).contains(site.family.alice.did());
            assertThat(verdict.conformanceLevel()).isEqualTo(ConformanceLevel.L1);
            assertThat(verdict.snapshot()).isEqualTo(1);
            assertThat(site.records.drafts).hasSize(1);
            assertThat(site.records.drafts.getFirst().meta().integer("snapshot")).hasValue(1);
        }
    }

    @Test
    void absence_unknownDid_isProved() {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
            SnapshotStatus status = mirror.status();
            for (int i = 0; i < 50; i++) {
                AgentDid stranger = AgentDid.parse("did:oas:acme:agent:stranger-" + i);
                assertThat(mirror.resolve(stranger)).isEmpty();
                RegistryAbsence absence = mirror.absence(stranger).orElseThrow();
                assertThat(absence.verifies()).isTrue();
                assertThat(absence.issue().treeRoot()).isEqualTo(status.treeRoot());
            }
            assertThat(mirror.absence(site.family.alice.did())).isEmpty();
        }
    }

    @Test
    void reopen_afterImport_servesTheSameWithoutAMedium() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
        }
        try (RegistryMirror mirror = site.openMirror()) {
            assertThat(mirror.resolve(site.family.scout.did())).isPresent();
            assertThat(mirror.status().number()).isEqualTo(1);
        }
    }

    @Test
    void open_whileOpen_isRefusedAsBusy() {
        try (RegistryMirror mirror = site.openMirror()) {
            assertThat(mirror.status().isPresent()).isFalse();
            assertThatThrownBy(site::openMirror)
                    .isInstanceOfSatisfying(
                            RegistryException.class,
                            e -> assertThat(e.fault()).isEqualTo(RegistryFault.BUSY));
        }
    }

    @Test
    void importFrom_sameIssueAgain_changesNothing() {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
            assertThat(mirror.importFrom(site.publisherFolder).changed()).isFalse();
            assertThat(site.records.drafts).hasSize(1);
        }
    }

    @Test
    void importFrom_revocation_actsOnTheNextCallAndTakesTheSubtree() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
            assertThat(mirror.verify(site.family.helper.did()).lineageValid()).isTrue();

            site.issueRevoking(revocation(site.family.scout, "revoked", 1));
            mirror.importFrom(site.publisherFolder);

            LineageVerdict scout = mirror.verify(site.family.scout.did());
            assertThat(scout.revocationStatus()).isEqualTo(RevocationStatus.REVOKED);
            assertThat(scout.conformanceLevel()).isEqualTo(ConformanceLevel.NONE);
            assertThat(scout.fault().orElseThrow().kind()).isEqualTo(LineageFault.REVOKED);
            LineageVerdict helper = mirror.verify(site.family.helper.did());
            assertThat(helper.fault().orElseThrow().kind())
                    .isEqualTo(LineageFault.ANCESTOR_REVOKED);
            assertThat(helper.capabilities()).isEmpty();
            assertThat(mirror.verify(site.family.acme.did()).lineageValid()).isTrue();
            assertThat(mirror.resolve(site.family.scout.did()).orElseThrow().document())
                    .as("revoked documents still resolve")
                    .isPresent();
        }
    }

    @Test
    void importFrom_tombstone_takesTheDocumentAway() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
            Files.delete(site.fileOf(site.family.helper));
            site.issueRevoking(revocation(site.family.helper, "tombstone", 1));
            mirror.importFrom(site.publisherFolder);

            RegistryEntry entry = mirror.resolve(site.family.helper.did()).orElseThrow();
            assertThat(entry.status()).isEqualTo(EntityStatus.TOMBSTONE);
            assertThat(entry.document()).isEmpty();
            assertThat(mirror.verify(site.family.helper.did()).fault().orElseThrow().kind())
                    .isEqualTo(LineageFault.TOMBSTONE);
        }
    }

    @Test
    void rollback_olderSnapshot_keepsRevocationsAndFloors() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
            OasDocument second =
                    DocumentBuilder.next(site.family.helper, Family.NOW)
                            .name("second")
                            .sign(site.family.helperKey, Family.NOW);
            site.put(second);
            site.issueRevoking(revocation(site.family.scout, "revoked", 1));
            mirror.importFrom(site.publisherFolder);
            assertThat(mirror.resolve(second.did()).orElseThrow().sequence()).isEqualTo(2);

            mirror.rollback(1);

            assertThat(mirror.resolve(second.did()).orElseThrow().sequence()).isEqualTo(1);
            assertThat(mirror.resolve(site.family.scout.did()).orElseThrow().status())
                    .isEqualTo(EntityStatus.REVOKED);
            assertThat(mirror.status().number()).isEqualTo(1);
            assertThat(mirror.status().newest()).isEqualTo(2);
        }
        try (RegistryMirror mirror = site.openMirror()) {
            assertThat(mirror.status().number()).as("survives a restart").isEqualTo(1);
            assertThat(mirror.resolve(site.family.scout.did()).orElseThrow().status())
                    .isEqualTo(EntityStatus.REVOKED);
            assertThatThrownBy(() -> mirror.rollback(7))
                    .isInstanceOfSatisfying(
                            RegistryException.class,
                            e -> assertThat(e.fault()).isEqualTo(RegistryFault.NO_SNAPSHOT));
        }
    }

    @Test
    void diff_betweenTwoIssues_namesWhoIsNewChangedAndEnded() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
            site.put(
                    DocumentBuilder.next(site.family.helper, Family.NOW)
                            .name("second")
                            .sign(site.family.helperKey, Family.NOW));
            Files.delete(site.fileOf(site.family.scout));
            site.issueRevoking(revocation(site.family.scout, "tombstone", 1));
            mirror.importFrom(site.publisherFolder);

            RegistryDiff diff = mirror.diff(1, 2, 100);

            assertThat(diff.unchanged()).isEqualTo(2);
            assertThat(diff.counts())
                    .isEqualTo(
                            Map.of(RegistryDiff.What.CHANGED, 1L, RegistryDiff.What.TOMBSTONE, 1L));
            assertThat(diff.changes())
                    .anySatisfy(change -> {
                        assertThat(change.did()).contains(site.family.helper.did());
                        assertThat(change.before()).contains(1L);
                        assertThat(change.after()).contains(2L);
                    })
                    .anySatisfy(change -> {
                        // Its leaf has a hash alone; the name is that of the document before.
                        assertThat(change.what()).isEqualTo(RegistryDiff.What.TOMBSTONE);
                        assertThat(change.did()).contains(site.family.scout.did());
                    });
            assertThat(mirror.diff(2, 2, 100).unchanged()).isEqualTo(4);
            assertThat(mirror.diff(1, 2, 1).changes()).hasSize(1);
            assertThat(mirror.diff(1, 2, 1).counts()).isEqualTo(diff.counts());
            assertThatThrownBy(() -> mirror.diff(1, 9, 1))
                    .hasMessageContaining("snapshot 9 is not kept; here are [2, 1]");
        }
    }

    @Test
    void check_ofWhatWasImported_looksAtTheMediumAllTheSame() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
            assertThat(mirror.check(site.publisherFolder).changed()).isFalse();
            Path part = site.target("documents-0000-of-0001.gz");
            byte[] bytes = Files.readAllBytes(part);
            bytes[bytes.length / 2] ^= 1;
            Files.write(part, bytes);
            assertThatThrownBy(() -> mirror.check(site.publisherFolder))
                    .isInstanceOfSatisfying(
                            RegistryException.class,
                            e -> assertThat(e.fault()).isEqualTo(RegistryFault.DIGEST));
            // Nothing on it is new, so nothing of it is taken.
            assertThat(mirror.importFrom(site.publisherFolder).changed()).isFalse();
        }
    }

    @Test
    void diff_damagedDocument_isRefused() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
            site.put(
                    DocumentBuilder.next(site.family.helper, Family.NOW)
                            .name("second")
                            .sign(site.family.helperKey, Family.NOW));
            site.issue();
            mirror.importFrom(site.publisherFolder);
            Path pack = site.mirrorFolder.resolve("snapshots/2-1/documents.pack");
            try (FileChannel file = FileChannel.open(pack, StandardOpenOption.WRITE)) {
                byte[] nothing = new byte[(int) Files.size(pack)];
                file.write(ByteBuffer.wrap(nothing), 0);
            }
            assertThatThrownBy(() -> mirror.diff(1, 2, 100))
                    .isInstanceOfSatisfying(
                            RegistryException.class,
                            e -> assertThat(e.fault()).isEqualTo(RegistryFault.STORE_DAMAGED));
        }
    }

    @Test
    void importFrom_fiveIssues_keepsThree() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
            for (int i = 0; i < 4; i++) {
                site.issue();
                mirror.importFrom(site.publisherFolder);
            }
            assertThat(mirror.status().kept()).containsExactly(5L, 4L, 3L);
            try (var listed = Files.list(site.mirrorFolder.resolve("snapshots"))) {
                assertThat(listed.map(it -> it.getFileName().toString()))
                        .containsExactlyInAnyOrder("3-1", "4-1", "5-1");
            }
        }
    }

    @Test
    void importFrom_auditUnavailable_changesNothing() {
        try (RegistryMirror mirror = site.openMirror()) {
            site.records.available = false;
            assertThatThrownBy(() -> mirror.importFrom(site.publisherFolder))
                    .isInstanceOf(AuditUnavailableException.class);
            assertThat(mirror.status().isPresent()).isFalse();
            site.records.available = true;
            assertThat(mirror.importFrom(site.publisherFolder).changed()).isTrue();
        }
    }

    @Test
    void importFrom_refusal_isRecordedAndLeavesTheOldServing() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
            site.issue();
            Files.write(site.target("index.gz"), new byte[] {1, 2, 3});
            assertThatThrownBy(() -> mirror.importFrom(site.publisherFolder))
                    .isInstanceOf(RegistryException.class);
            assertThat(mirror.status().number()).isEqualTo(1);
            assertThat(site.records.drafts.getLast().outcome()).isEqualTo(AuditOutcome.REFUSED);
            assertThat(site.records.drafts.getLast().meta().text("fault")).contains("truncated");
        }
    }

    @Test
    void status_timePasses_expiresAndGrowsStaleAndGoesOnServing() {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
            site.clock.advance(Duration.ofDays(31));
            assertThat(mirror.status().stale()).isTrue();
            assertThat(mirror.status().expired()).isFalse();
            site.clock.advance(Duration.ofDays(5));
            assertThat(mirror.status().expired()).isTrue();
            assertThat(mirror.status().age()).isEqualTo(Duration.ofDays(36));
            assertThat(mirror.verify(site.family.scout.did()).lineageValid()).isTrue();
        }
    }

    @Test
    void timeFloor_acceptedIssue_risesAndSurvivesARestart() {
        try (RegistryMirror mirror = site.openMirror()) {
            assertThat(mirror.timeFloor()).isEqualTo(Family.BORN);
            mirror.importFrom(site.publisherFolder);
            assertThat(mirror.timeFloor()).isEqualTo(Family.NOW);
        }
        try (RegistryMirror mirror = site.openMirror()) {
            assertThat(mirror.timeFloor()).isEqualTo(Family.NOW);
        }
    }

    @Test
    void timeFloor_issueAheadOfTheClock_countsAsOfItsImport() {
        site.clock.advance(Duration.ofHours(20));
        site.issue();
        site.clock.advance(Duration.ofHours(-20));
        try (RegistryMirror mirror = site.openMirror()) {
            assertThat(mirror.importFrom(site.publisherFolder).changed()).isTrue();
            assertThat(mirror.timeFloor()).isEqualTo(Family.NOW);
            assertThat(mirror.importFrom(site.publisherFolder).changed()).isFalse();
        }
        assertThat(RegistryMirror.storedTimeFloor(site.mirrorFolder)).contains(Family.NOW);
    }

    @Test
    void timeFloor_documentWithADateFarAhead_doesNotMoveIt() throws IOException {
        SigningKey key = TestKey.of("far-ahead");
        site.put(
                Family.builder(EntityKind.AGENT, key)
                        .createdBy(site.family.acme, site.family.acmeKey, Family.BORN)
                        .capability(
                                new Capability(
                                        new CapabilityName("map.max.audit_query"),
                                        Optional.of(Family.NOW.plus(Duration.ofDays(9000))),
                                        Map.of(),
                                        List.of()))
                        .sign(key, Family.BORN));
        site.issue();
        try (RegistryMirror mirror = site.openMirror()) {
            assertThat(mirror.importFrom(site.publisherFolder).changed()).isTrue();
            assertThat(mirror.resolve(Family.did(EntityKind.AGENT, key))).isPresent();
            assertThat(mirror.timeFloor()).isEqualTo(Family.NOW);
        }
    }

    @Test
    void dates_namesTheEndOfEachRole() {
        try (RegistryMirror mirror = site.openMirror()) {
            assertThat(mirror.dates()).isEmpty();
            mirror.importFrom(site.publisherFolder);
            SnapshotDates dates = mirror.dates().orElseThrow();
            assertThat(dates.number()).isEqualTo(1);
            assertThat(dates.stale()).isEqualTo(Family.NOW.plus(Duration.ofDays(30)));
            assertThat(dates.timestamp())
                    .isEqualTo(Family.NOW.plus(RegistryPublisher.VALIDITY_DEFAULT));
            assertThat(dates.root()).isAfter(dates.timestamp());
        }
    }

    @Test
    void exportTo_otherMirror_importsIt() {
        Path stick = folder.resolve("stick");
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
            assertThat(mirror.exportTo(stick)).isPositive();
        }
        RegistryConfig second =
                RegistryConfig.defaults(folder.resolve("mirror-2"))
                        .trusting(site.publisher.rootFile(), List.of(site.family.pin()));
        try (RegistryMirror mirror =
                RegistryMirror.open(
                        second, TestKey.ED25519, site.clock, Family.BORN, site.records)) {
            assertThat(mirror.importFrom(stick).issue().number()).isEqualTo(1);
            assertThat(mirror.resolve(site.family.alice.did())).isPresent();
        }
    }

    @Test
    void store_changedOnDisk_isRefusedNotServed() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
        }
        Path pack = site.mirrorFolder.resolve("snapshots/1-1/documents.pack");
        byte[] bytes = Files.readAllBytes(pack);
        int refused = 0;
        for (int at = 0; at < bytes.length; at += 97) {
            byte[] changed = bytes.clone();
            changed[at] ^= 1;
            Files.write(pack, changed);
            refused += refusals();
        }
        assertThat(refused)
                .as("each change hits exactly one document")
                .isEqualTo((bytes.length + 96) / 97);
    }

    @Test
    void store_documentChangedAfterItWasServed_isRefusedAtOnce() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
            assertThat(refusals(mirror)).isZero();
            Path pack = site.mirrorFolder.resolve("snapshots/1-1/documents.pack");
            try (FileChannel file = FileChannel.open(pack, StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.wrap(new byte[] {'!'}), file.size() / 2);
            }
            assertThat(refusals(mirror)).isEqualTo(1);
        }
    }

    private int refusals() {
        try (RegistryMirror mirror = site.openMirror()) {
            return refusals(mirror);
        }
    }

    private int refusals(RegistryMirror mirror) {
        int refused = 0;
        for (OasDocument document : site.family.all()) {
            try {
                assertThat(mirror.resolve(document.did()).orElseThrow().document().orElseThrow())
                        .hasToString(document.toString());
            } catch (RegistryException e) {
                assertThat(e.fault()).isEqualTo(RegistryFault.STORE_DAMAGED);
                refused++;
            }
        }
        return refused;
    }

    @Test
    void store_anyByteOfIndexOrTreeChanged_neverServesAnotherAnswer() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
        }
        for (String name : List.of("index.bin", "tree.bin")) {
            Path file = site.mirrorFolder.resolve("snapshots/1-1").resolve(name);
            byte[] bytes = Files.readAllBytes(file);
            for (int at = 0; at < bytes.length; at += 7) {
                byte[] changed = bytes.clone();
                changed[at] ^= 0x40;
                Files.write(file, changed);
                requireOriginalOrRefusal();
            }
            Files.write(file, bytes);
        }
    }

    private void requireOriginalOrRefusal() {
        try (RegistryMirror mirror = site.openMirror()) {
            for (OasDocument document : site.family.all()) {
                try {
                    assertThat(
                                    mirror.resolve(document.did())
                                            .orElseThrow()
                                            .document()
                                            .orElseThrow()
                                            .bytes())
                            .isEqualTo(document.bytes());
                } catch (RegistryException e) {
                    assertThat(e.fault()).isEqualTo(RegistryFault.STORE_DAMAGED);
                }
            }
        } catch (RegistryException e) {
            assertThat(e.fault()).isEqualTo(RegistryFault.STORE_DAMAGED);
        }
    }

    @Test
    void verify_withinAMinute_isUsedAgainAndNotLonger() {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
            LineageVerdict first = mirror.verify(site.family.helper.did());
            site.clock.advance(Duration.ofSeconds(59));
            assertThat(mirror.verify(site.family.helper.did())).isSameAs(first);
            site.clock.advance(Duration.ofSeconds(1));
            LineageVerdict second = mirror.verify(site.family.helper.did());
            assertThat(second).isNotSameAs(first);
            site.clock.advance(Duration.ofSeconds(-30));
            assertThat(mirror.verify(site.family.helper.did()))
                    .as("a clock that goes back makes nothing younger")
                    .isNotSameAs(second);
        }
    }

    @Test
    void open_afterAKilledImport_removesWhatItLeft() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            mirror.importFrom(site.publisherFolder);
        }
        Path snapshots = site.mirrorFolder.resolve("snapshots");
        Files.createDirectories(snapshots.resolve("staging/targets"));
        Files.writeString(snapshots.resolve("staging/targets/half"), "half");
        Files.createDirectories(snapshots.resolve("2-1"));
        try (RegistryMirror mirror = site.openMirror()) {
            assertThat(mirror.status().number()).isEqualTo(1);
            try (var listed = Files.list(snapshots)) {
                assertThat(listed).containsExactly(snapshots.resolve("1-1"));
            }
        }
    }

    @Test
    void check_goodMedium_importsNothing() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            ImportReport report = mirror.check(site.publisherFolder);
            assertThat(report.changed()).isTrue();
            assertThat(report.issue().treeSize()).isEqualTo(4);
            assertThat(mirror.status().isPresent()).isFalse();
            assertThat(site.records.drafts).isEmpty();
            Files.write(site.target("index.gz"), new byte[] {1});
            assertThatThrownBy(() -> mirror.check(site.publisherFolder))
                    .isInstanceOf(RegistryException.class);
            assertThat(site.records.drafts).isEmpty();
        }
    }

    @Test
    void verifyStore_everyFile_isCompared() throws IOException {
        try (RegistryMirror mirror = site.openMirror()) {
            assertThatThrownBy(mirror::verifyStore)
                    .isInstanceOfSatisfying(
                            RegistryException.class,
                            e -> assertThat(e.fault()).isEqualTo(RegistryFault.NO_SNAPSHOT));
            mirror.importFrom(site.publisherFolder);
            assertThat(mirror.verifyStore()).isEqualTo(4);
            Path snapshot = site.mirrorFolder.resolve("snapshots/1-1");
            for (String name : List.of("documents.pack", "index.bin", "tree.bin")) {
                byte[] bytes = Files.readAllBytes(snapshot.resolve(name));
                byte[] changed = bytes.clone();
                changed[bytes.length / 2] ^= 1;
                Files.write(snapshot.resolve(name), changed);
                assertThatThrownBy(mirror::verifyStore)
                        .isInstanceOf(RegistryException.class)
                        .hasMessageContaining(name);
                Files.write(snapshot.resolve(name), bytes);
            }
            assertThat(mirror.verifyStore()).isEqualTo(4);
        }
    }
}
