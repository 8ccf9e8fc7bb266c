package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditexport.receipt.Receipts;
import dev.mapsovereign.auditexport.receipt.Stations;
import dev.mapsovereign.auditlog.checkpoint.LogSigner;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.NoteSigners;
import dev.mapsovereign.base.note.SignedNote;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes home from a station, and what somebody else would like to bring. */
final class ReceiptTest {
    private static final Ed25519 ED25519 = Ed25519.jdk();
    private static final TenantId ACME = TenantId.of("acme");

    @TempDir Path folder;

    private TestNode node;
    private Station station;
    private Receipts receipts;
    private Path medium;
    private Path receipt;

    @BeforeEach
    void visit() throws Exception {
        node = TestNode.create(folder.resolve("audit"), "alpha").tenants("acme");
        station = Station.create(folder, "vault-1");
        receipts = Receipts.open(node.log(), node.folder(), ED25519);
        medium = Files.createDirectories(folder.resolve("stick"));
        node.append("acme", 300);
        node.export(medium);
        Verifiers.Outcome visit = station.visit(medium, node.trustFile(folder));
        assertThat(visit.exit()).as(visit.output()).isZero();
        receipt = station.receipt(node.nodeFolder(medium), 1, "acme");
    }

    @AfterEach
    void close() {
        node.close();
    }

    private void enrol() {
        receipts.stations()
                .enrol(
                        new dev.mapsovereign.auditexport.receipt.Station(
                                "vault-1", station.verifierKeys(), new TreeMap<>()),
                        node.log());
    }

    private List<AuditRecord> records(EventType event) {
        List<AuditRecord> records = new ArrayList<>();
        long size = node.log().head(TenantId.NODE).size();
        for (long index = 0; index < size; index++) {
            AuditRecord record = AuditRecord.parse(node.log().record(TenantId.NODE, index));
            if (record.event().equals(Optional.of(event))) {
                records.add(record);
            }
        }
        return records;
    }

    private void expectRefused(Path path, String word) {
        long before = node.log().head(TenantId.NODE).size();
        int refusals = refusals();
        assertThatThrownBy(() -> receipts.take(path))
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        e -> assertThat(e.exit()).isEqualTo(ExitCode.TAMPERING))
                .hasMessageContaining(word);
        // Recorded, and nothing else: the log goes on.
        assertThat(refusals()).isEqualTo(refusals + 1);
        assertThat(node.log().head(TenantId.NODE).size()).isEqualTo(before + 1);
        assertThat(records(EventType.SECURITY_VIOLATION)).isEmpty();
        node.append("acme", 1);
        assertThat(node.log().publishCheckpoint(ACME)).isNotNull();
    }

    private int refusals() {
        return (int)
                records(EventType.RECEIPT_IMPORTED).stream()
                        .filter(record -> record.outcome() == AuditOutcome.REFUSED)
                        .count();
    }

    private LogSigner ownSigner(byte[] seed) {
        try (Secret secret = Secret.copyOf(seed)) {
            return new LogSigner(secret, node.log().origin(ACME), 0, ED25519, Clock.systemUTC());
        }
    }

    private Path write(SignedNote note) throws Exception {
        return Files.write(folder.resolve("a-receipt"), note.bytes());
    }

    @Test
    void take_receiptsOfAnEnrolledStation_countAndAreRecorded() {
        enrol();
        node.append("acme", 7);

        List<Receipts.Imported> imported = receipts.take(medium);

        assertThat(imported).hasSize(2).noneMatch(Receipts.Imported::known);
        assertThat(imported)
                .allSatisfy(each ->
                        assertThat(each.roles()).containsExactlyInAnyOrder("mirror", "witness"));
        assertThat(receipts.covered(ACME)).isEqualTo(new Receipts.Covered(300, 300));
        assertThat(receipts.withoutReceipt(ACME)).isEqualTo(7);
        assertThat(records(EventType.RECEIPT_IMPORTED))
                .hasSize(2)
                .allSatisfy(
                        record -> assertThat(record.meta().text("station")).contains("vault-1"));
        // Again, it is known; and after a restart it still counts.
        assertThat(receipts.take(medium)).hasSize(2).allMatch(Receipts.Imported::known);
        assertThat(records(EventType.RECEIPT_IMPORTED)).hasSize(2);
        node.restart();
        assertThat(Receipts.open(node.log(), node.folder(), ED25519).covered(ACME))
                .isEqualTo(new Receipts.Covered(300, 300));
    }

    @Test
    void take_receiptThatComesBackAfterAKeyRotation_counts() {
        enrol();
        node.append("acme", 7).rotate(2);

        assertThat(receipts.take(medium)).hasSize(2).noneMatch(Receipts.Imported::known);
        assertThat(receipts.covered(ACME)).isEqualTo(new Receipts.Covered(300, 300));
        node.restart();
        assertThat(node.log().status().unavailable()).isEmpty();
    }

    @Test
    void take_stationThatIsNotEnrolled_isRefused() {
        expectRefused(receipt, "no enrolled station");
        assertThat(receipts.covered(ACME).witnessed()).isZero();
    }

    @Test
    void take_retiredStation_isRefusedAndNoLongerCounts() {
        enrol();
        assertThat(receipts.take(receipt)).hasSize(1);
        receipts.stations().retire("vault-1", node.log());
        receipts.recount();

        assertThat(receipts.covered(ACME).witnessed()).isZero();
        expectRefused(receipt, "no enrolled station");
    }

    @Test
    void take_falseCosignature_isRefused() throws Exception {
        enrol();
        SignedNote note = Station.note(receipt);
        NoteSigner stranger =
                NoteSigners.cosignatureEd25519(
                        "vault-1/witness", new byte[32], ED25519, Clock.systemUTC());
        byte[] forged = stranger.sign(note.text());
        SignedNote false_ =
                note.with(
                        new dev.mapsovereign.base.note.NoteSignature(
                                "vault-1/witness", station.key("witness").keyId(), forged));
        expectRefused(write(false_), "the cosignature of vault-1/witness is false");
    }

    @Test
    void take_whatIsNoReceiptOfOurs_isRefusedAndCannotStopTheNode() throws Exception {
        enrol();
        Path file = folder.resolve("a-receipt");
        expectRefused(Files.writeString(file, "rubbish\n"), "not a note");
        expectRefused(Files.write(file, new byte[300 << 10]), "larger than a receipt");
        expectRefused(Files.createSymbolicLink(folder.resolve("link"), receipt), "links");
        // Signed by somebody else under our name: another root, and a size beyond ours.
        LogSigner stranger = ownSigner(Sha256.hash(new byte[1]));
        byte[] root = Sha256.hash("x".getBytes(StandardCharsets.UTF_8));
        expectRefused(write(stranger.sign(300, root)), "own key did not sign");
        expectRefused(write(stranger.sign(1L << 40, root)), "own key did not sign");
        // Our line from one checkpoint under another one.
        SignedNote good = Station.note(receipt);
        SignedNote other =
                new SignedNote(good.text().replace("\n300\n", "\n301\n"), good.signatures());
        expectRefused(write(other), "own key is false");
        // A true receipt of another node.
        try (TestNode neighbour =
                TestNode.create(folder.resolve("other"), "alpha").tenants("acme")) {
            Path stick = Files.createDirectories(folder.resolve("other-stick"));
            neighbour.append("acme", 3);
            neighbour.export(stick);
            assertThat(station.visit(stick, neighbour.trustFile(folder)).exit()).isZero();
            expectRefused(
                    station.receipt(neighbour.nodeFolder(stick), 1, "acme"), "no log of this node");
            assertThatThrownBy(() -> receipts.take(stick)).hasMessageContaining("no receipts");
        }
    }

    @Test
    void take_receiptFromBeforeARotation_counts() {
        enrol();
        node.append("acme", 3);
        node.rotate(1);

        assertThat(receipts.take(receipt)).hasSize(1);
        assertThat(receipts.covered(ACME)).isEqualTo(new Receipts.Covered(300, 300));
    }

    @Test
    void take_otherRootUnderAnOldKey_stopsTheLogForGood() throws Exception {
        node.append("acme", 3);
        node.rotate(1);
        expectStopped(ownSigner(new byte[32]).sign(300, Sha256.hash(new byte[1])));
    }

    @Test
    void take_ownSignatureOverAnotherRoot_stopsTheLogForGood() throws Exception {
        expectStopped(ownSigner(new byte[32]).sign(300, Sha256.hash(new byte[1])));
    }

    @Test
    void take_ownSignatureBeyondTheLog_stopsTheLogForGood() throws Exception {
        expectStopped(ownSigner(new byte[32]).sign(4711, Sha256.hash(new byte[1])));
    }

    private void expectStopped(SignedNote note) throws Exception {
        Path file = write(note);
        assertThatThrownBy(() -> receipts.take(file))
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        e -> assertThat(e.exit()).isEqualTo(ExitCode.TAMPERING))
                .hasMessageContaining("second node");
        assertThat(node.log().status().unavailable().orElse("")).contains("second history");
        assertThatThrownBy(() -> node.append("acme", 1)).isNotNull();
        assertThatThrownBy(() -> node.log().signNote("test", List.of("line")))
                .isInstanceOf(AuditUnavailableException.class);
        assertThat(MediumFiles.all(node.folder().resolve("conflicts"))).hasSize(1);
        assertThat(records(EventType.SECURITY_VIOLATION)).hasSize(1);

        node.restart();
        assertThat(node.log().status().unavailable().orElse("")).contains("second history");
    }

    @Test
    void enrolment_thatWasNotRecorded_doesNotCount() throws Exception {
        enrol();
        Path file = node.folder().resolve("stations/vault-1.json");
        String enrolled = Files.readString(file);
        Station stranger = Station.create(folder, "vault-2");
        Files.writeString(
                file,
                enrolled.replace(
                        station.key("witness").vkey(),
                        stranger.key("witness").vkey().replace("vault-2", "vault-1")));
        assertThatThrownBy(() -> receipts.take(receipt)).hasMessageContaining("stations");
        Files.writeString(file, enrolled.replace("\"from\":{}", "\"from\":{\"acme\":\"5\"}"));
        assertThatThrownBy(() -> new Stations(node.folder()).all(node.log()))
                .hasMessageContaining("not the enrolment that was recorded");
        Files.writeString(file, enrolled);
        assertThat(receipts.take(receipt)).hasSize(1);
    }

    @Test
    void enrolment_ofAKeyForTwoStatements_isRefused() {
        byte[] seed = new byte[32];
        assertThatThrownBy(() ->
                        new dev.mapsovereign.auditexport.receipt.Station(
                                "v",
                                List.of(
                                        NoteSigners.cosignatureEd25519(
                                                        "v/witness",
                                                        seed,
                                                        ED25519,
                                                        Clock.systemUTC())
                                                .key(),
                                        NoteSigners.cosignatureEd25519(
                                                        "v/mirror",
                                                        seed,
                                                        ED25519,
                                                        Clock.systemUTC())
                                                .key()),
                                new TreeMap<>()))
                .hasMessageContaining("one public key");
    }
}
