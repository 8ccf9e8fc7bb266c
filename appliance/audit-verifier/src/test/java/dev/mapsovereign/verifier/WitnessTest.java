package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditexport.ExportRequest;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.durable.FolderLock;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A station that visits media: what it cosigns, keeps, and refuses. */
final class WitnessTest {
    private static final Ed25519 ED25519 = Ed25519.jdk();

    @TempDir Path folder;

    private Path medium(String name) throws Exception {
        return Files.createDirectories(folder.resolve(name));
    }

    private static void expect(Verifiers.Outcome outcome, int exit, String... words) {
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(exit);
        for (String word : words) {
            assertThat(outcome.output()).contains(word);
        }
    }

    private static void expectSigned(SignedNote receipt, VerifierKey key) {
        assertThat(receipt.verifies(key, ED25519)).as(key.name()).isTrue();
    }

    @Test
    void visit_first_keepsAMirrorAndCosignsByBothKeys() throws Exception {
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha").tenants("acme")) {
            Path medium = medium("stick");
            node.append("acme", 300);
            node.export(medium);
            Path trust = node.trustFile(folder);
            Station station = Station.create(folder, "vault-1", "--ml-dsa-44");

            expect(station.visit(medium, trust), 0, "vault-1/witness, vault-1/mirror", "VERIFIED");

            for (String tenant : List.of("_node", "acme")) {
                SignedNote receipt =
                        Station.note(station.receipt(node.nodeFolder(medium), 1, tenant));
                assertThat(station.verifierKeys()).hasSize(4);
                station.verifierKeys().forEach(key -> expectSigned(receipt, key));
                expectSigned(receipt, node.log().keys(TenantId.of(tenant)).getFirst());
            }
            Path mirror = station.state.resolve("mirror");
            expect(Verifiers.inProcess(mirror, "--trust", trust), 0, "VERIFIED");
            expect(Verifiers.python(mirror, "--trust", trust), 0, "VERIFIED");
            // A medium with receipts on it is as good as before.
            expect(Verifiers.inProcess(medium, "--trust", trust), 0, "VERIFIED");
        }
    }

    @Test
    void keys_arePrivate_andOneForEachStatement() throws Exception {
        Station station = Station.create(folder, "vault-1");
        for (String role : List.of("witness", "mirror")) {
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(
                                            station.keys.resolve(role + ".key"))))
                    .isEqualTo("rw-------");
        }
        assertThat(station.key("witness").publicKey())
                .isNotEqualTo(station.key("mirror").publicKey());
        expect(
                Verifiers.command("keygen", "--station", "vault-1", "--keys", station.keys),
                3,
                "already");
        expect(
                Verifiers.command("keygen", "--station", "Vault/1", "--keys", folder.resolve("k")),
                2,
                "a station's name");
        Files.copy(
                station.keys.resolve("witness.key"),
                station.keys.resolve("mirror.key"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        expect(
                Verifiers.command("keygen", "--show", "--keys", station.keys),
                3,
                "does not hold the key that it is named for");
        Files.setPosixFilePermissions(
                station.keys.resolve("witness.key"), PosixFilePermissions.fromString("rw-r--rw-"));
        expect(Verifiers.command("keygen", "--show", "--keys", station.keys), 3, "witness.key");
    }

    @Test
    void visits_ofMediaInRotation_continueEachOther() throws Exception {
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha").tenants("acme")) {
            Path one = medium("one");
            Path two = medium("two");
            Path trust = node.trustFile(folder);
            Station station = Station.create(folder, "vault-1");
            node.append("acme", 200);
            node.export(one);
            expect(station.visit(one, trust), 0);
            node.append("acme", 100);
            node.export(two);
            expect(station.visit(two, trust), 0, "vault-1/mirror");
            node.append("acme", 300);
            node.export(one);

            expect(station.visit(one, trust), 0, "vault-1/mirror");
            // The same again: the same checkpoint may be cosigned again, a lost receipt made anew.
            expect(station.visit(one, trust), 0, "vault-1/mirror");

            long size = node.log().head(TenantId.of("acme")).size();
            SignedNote receipt = Station.note(station.receipt(node.nodeFolder(one), 3, "acme"));
            assertThat(Checkpoint.parse(receipt.text()).size()).isEqualTo(size);
            expectSigned(receipt, station.key("mirror"));
            Path mirror = station.state.resolve("mirror");
            expect(Verifiers.inProcess(mirror, "--trust", trust), 0, "VERIFIED");

            // The second medium has stayed behind: nothing is cosigned that does not go on.
            MediumFiles.delete(node.nodeFolder(two).resolve("receipts"));
            expect(station.visit(two, trust), 4, "older");
            assertThat(node.nodeFolder(two).resolve("receipts")).doesNotExist();
        }
    }

    @Test
    void visit_mirrorThatWouldBeginLater_isNotClaimedUnawares() throws Exception {
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha").tenants("acme")) {
            Path medium = medium("stick");
            Path trust = node.trustFile(folder);
            node.append("acme", 300);
            node.export(medium("lost"));
            node.append("acme", 50);
            ExportRequest since =
                    new ExportRequest(
                            medium, Set.of(), OptionalLong.of(300), OptionalLong.empty(), false);
            node.export(since);
            Station station = Station.create(folder, "vault-1");

            expect(station.visit(medium, trust), 0, "no mirror cosignature");
            SignedNote first = Station.note(station.receipt(node.nodeFolder(medium), 2, "acme"));
            expectSigned(first, station.key("witness"));
            assertThat(first.verifies(station.key("mirror"), ED25519)).isFalse();

            Station other = Station.create(folder, "vault-2");
            expect(
                    other.visit(medium, trust, "--mirror-from-here"),
                    0,
                    "enrol this station with that index");
            expectSigned(
                    Station.note(other.receipt(node.nodeFolder(medium), 2, "acme")),
                    other.key("mirror"));
        }
    }

    @Test
    void visit_gapSinceTheLast_isRefusedAndNothingCosigned() throws Exception {
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha").tenants("acme")) {
            Path trust = node.trustFile(folder);
            Station station = Station.create(folder, "vault-1");
            Path one = medium("one");
            node.append("acme", 10);
            node.export(one);
            expect(station.visit(one, trust), 0);
            node.append("acme", 10);
            node.export(medium("lost"));
            node.append("acme", 10);
            Path two = medium("two");
            node.export(
                    new ExportRequest(
                            two, Set.of(), OptionalLong.of(20), OptionalLong.empty(), false));

            expect(station.visit(two, trust), 4, "gap");
            assertThat(node.nodeFolder(two).resolve("receipts")).doesNotExist();
        }
    }

    @Test
    void visit_changedMedium_cosignsNothingAndForgetsNothing() throws Exception {
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha").tenants("acme")) {
            Path trust = node.trustFile(folder);
            Station station = Station.create(folder, "vault-1");
            Path medium = medium("stick");
            node.append("acme", 300);
            node.export(medium);
            expect(station.visit(medium, trust), 0);
            byte[] state = MediumFiles.read(station.state.resolve("state.json"));
            node.append("acme", 300);
            node.export(medium);
            Path entries = node.nodeFolder(medium).resolve("logs/acme/tile/entries/001");
            byte[] good = MediumFiles.read(entries);
            byte[] bad = good.clone();
            bad[100] ^= 1;
            Files.write(entries, bad);

            expect(station.visit(medium, trust), 4, "log acme, record 256");
            assertThat(MediumFiles.read(station.state.resolve("state.json"))).isEqualTo(state);
            assertThat(station.receipt(node.nodeFolder(medium), 2, "acme")).doesNotExist();
            assertThat(station.state.resolve("mirror/MAP-AUDIT").resolve(node.log().node()))
                    .isDirectoryNotContaining(path -> path.endsWith("bundle-2"));

            Files.write(entries, good);
            expect(station.visit(medium, trust), 0, "vault-1/mirror");
        }
    }

    @Test
    void visit_secondHistory_isKeptAsEvidenceAndNotCosigned() throws Exception {
        SyntheticNode true_ = new SyntheticNode("alpha");
        SyntheticLog acme = true_.tenant("acme").append(10);
        Map<TenantId, Long> all = Map.of(TenantId.NODE, 0L, acme.tenant(), 0L);
        Path one = medium("one");
        true_.export(one, all);
        SyntheticNode false_ = new SyntheticNode("alpha");
        SyntheticLog other = false_.tenant("acme").append(9);
        other.appendText(other.goodRecord(9).replace("success", "refused")).append(5);
        Path two = medium("two");
        false_.export(two, all);
        Path trust = true_.trustFile(folder);
        Station station = Station.create(folder, "vault-1");
        expect(station.visit(one, trust), 0);
        byte[] state = MediumFiles.read(station.state.resolve("state.json"));

        expect(station.visit(two, trust), 4, "forked", "evidence kept in");

        assertThat(true_.folder(two).resolve("receipts")).doesNotExist();
        assertThat(MediumFiles.read(station.state.resolve("state.json"))).isEqualTo(state);
        List<Path> evidence = MediumFiles.all(station.state.resolve("evidence"));
        SignedNote kept =
                evidence.stream()
                        .filter(file -> file.endsWith("checkpoints/acme/15"))
                        .map(Station::note)
                        .findFirst()
                        .orElseThrow();
        expectSigned(kept, other.keys().getFirst());
        assertThat(evidence).anyMatch(file -> file.endsWith("manifest.sig"));
        // The true history goes on.
        acme.append(3);
        true_.export(one, Map.of(TenantId.NODE, true_.own.size(), acme.tenant(), 10L));
        expect(station.visit(one, trust), 0);
    }

    @Test
    void state_thatWasLostOrIsInUse_isNotBegunAgainUnawares() throws Exception {
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha").tenants("acme")) {
            Path trust = node.trustFile(folder);
            Station station = Station.create(folder, "vault-1");
            Path medium = medium("stick");
            node.append("acme", 3);
            node.export(medium);
            expect(
                    Verifiers.command(
                            "witness",
                            medium,
                            "--trust",
                            trust,
                            "--state",
                            station.state,
                            "--keys",
                            station.keys),
                    3,
                    "no station's state");
            expect(station.visit(medium, trust), 0);
            expect(station.visit(medium, trust, "--init-state"), 3, "exists already");
            try (FolderLock held = FolderLock.tryAcquire(station.state).orElseThrow()) {
                assertThat(held).isNotNull();
                expect(station.visit(medium, trust), 3, "another witness");
            }
        }
    }

    @Test
    void receipts_elsewhere_whereTheMediumIsNotToBeWritten() throws Exception {
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha").tenants("acme")) {
            Path trust = node.trustFile(folder);
            Station station = Station.create(folder, "vault-1");
            Path medium = medium("stick");
            node.append("acme", 3);
            node.export(medium);
            Path back = medium("back");

            expect(station.visit(medium, trust, "--receipts-to", back, "--output", "json"), 0);

            assertThat(node.nodeFolder(medium).resolve("receipts")).doesNotExist();
            assertThat(station.receipt(node.nodeFolder(back), 1, "acme")).exists();
        }
    }
}
