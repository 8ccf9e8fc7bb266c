package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditexport.ExportReport;
import dev.mapsovereign.auditexport.ExportRequest;
import dev.mapsovereign.auditexport.RecordProof;
import dev.mapsovereign.auditexport.prune.LogPlan;
import dev.mapsovereign.auditexport.prune.PruneRules;
import dev.mapsovereign.auditexport.prune.Pruner;
import dev.mapsovereign.auditexport.receipt.Receipts;
import dev.mapsovereign.auditlog.prune.IndexRange;
import dev.mapsovereign.auditlog.prune.Prune;
import dev.mapsovereign.auditlog.prune.RecordPrunedException;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which records may go, who decides it, and what an auditor sees afterwards. */
final class PruneTest {
    private static final TenantId ACME = TenantId.of("acme");

    @TempDir Path folder;
    private TestNode node;
    private Path medium;
    private Receipts receipts;
    private Path trust;

    @BeforeEach
    void create() throws IOException {
        node = TestNode.create(folder.resolve("audit"), "alpha").tenants("acme", "bolt");
        medium = Files.createDirectories(folder.resolve("stick"));
        receipts = Receipts.open(node.log(), node.folder(), Ed25519.jdk());
        trust = node.trustFile(folder);
        node.append("acme", 1000).append("bolt", 5);
    }

    @AfterEach
    void close() {
        node.close();
    }

    private Station enrolled(String name, Map<TenantId, Long> from) throws IOException {
        Station station = Station.create(folder, name);
        enrol(station, from);
        return station;
    }

    private void enrol(Station station, Map<TenantId, Long> from) {
        receipts.stations()
                .enrol(
                        new dev.mapsovereign.auditexport.receipt.Station(
                                station.name, station.verifierKeys(), new TreeMap<>(from)),
                        node.log());
        receipts.recount();
    }

    /** Exports, has the stations look at the medium, and takes their receipts in. */
    private void visit(Station... stations) {
        node.export(medium);
        for (Station station : stations) {
            Verifiers.Outcome visit = station.visit(medium, trust);
            assertThat(visit.exit()).as(visit.output()).isZero();
        }
        var _ = receipts.take(medium);
    }

    private Pruner pruner(Instant before, Duration age) {
        return new Pruner(
                node.log(),
                receipts,
                new PruneRules(before, Set.of(), 2, age),
                Clock.systemUTC(),
                read -> {});
    }

    private Pruner pruner() {
        return pruner(Instant.now(), Duration.ZERO);
    }

    private static LogPlan acme(List<LogPlan> plans) {
        return plans.stream().filter(plan -> plan.tenant().equals(ACME)).findFirst().orElseThrow();
    }

    private void prune() {
        Pruner pruner = pruner();
        LogPlan plan = acme(pruner.plan());
        Prune prune = plan.prune().orElseThrow();
        var _ = pruner.apply(plan);
        node.log().removePruned(prune);
        node.log().finishPrunes(List.of(prune));
    }

    private void expectNothing(Pruner pruner, String why) {
        LogPlan plan = acme(pruner.plan());
        assertThat(plan.prune()).isEmpty();
        assertThat(plan.limit()).contains(why);
    }

    @Test
    void plan_onlyWhatEnoughStationsHold_andSaidLongEnoughAgo() throws Exception {
        expectNothing(pruner(), "0 of 2 stations");
        Station one = enrolled("vault-1", Map.of());
        Station two = enrolled("vault-2", Map.of());
        visit(one);
        expectNothing(pruner(), "1 of 2 stations");
        visit(two);
        expectNothing(pruner(Instant.now(), Duration.ofDays(30)), "0 of 2 stations");
        expectNothing(pruner(Instant.EPOCH, Duration.ZERO), "not older than 1970");

        node.append("acme", 500);
        visit(one);
        LogPlan plan = acme(pruner().plan());
        // The second station holds 1000: three whole bundles.
        assertThat(plan.prune().orElseThrow().range()).isEqualTo(new IndexRange(0, 768));
        assertThat(plan.mirrors())
                .extracting(Receipts.Mirror::station)
                .containsExactly("vault-1", "vault-2");
        assertThat(pruner().plan())
                .filteredOn(other -> other.tenant().equals(TenantId.of("bolt")))
                .allSatisfy(other -> assertThat(other.prune()).isEmpty());
        assertThatThrownBy(() -> pruner(Instant.now().plusSeconds(60), Duration.ZERO))
                .hasMessageContaining("in the past");
    }

    @Test
    void plan_stationWhoseMirrorBeginsLater_orThatOnlyWitnesses_doesNotCount() throws Exception {
        Station one = enrolled("vault-1", Map.of());
        Station late = enrolled("vault-2", Map.of(ACME, 256L));
        visit(one, late);
        expectNothing(pruner(), "1 of 2 stations");
        receipts.stations().retire("vault-2", node.log());
        Station witness = Station.create(folder, "vault-3");
        receipts.stations()
                .enrol(
                        new dev.mapsovereign.auditexport.receipt.Station(
                                "vault-3", List.of(witness.key("witness")), new TreeMap<>()),
                        node.log());
        receipts.recount();
        medium = Files.createDirectories(folder.resolve("another"));
        visit(witness);
        expectNothing(pruner(), "1 of 2 stations");
    }

    @Test
    void plan_stationRetired_orItsOldEnrolmentPutBack_doesNotCount() throws Exception {
        Station one = enrolled("vault-1", Map.of());
        Station two = enrolled("vault-2", Map.of());
        visit(one, two);
        Path file = node.folder().resolve("stations/vault-2.json");
        byte[] enrolment = Files.readAllBytes(file);
        receipts.stations().retire("vault-2", node.log());
        expectNothing(pruner(), "1 of 2 stations");
        Files.write(file, enrolment);
        assertThatThrownBy(() -> pruner().plan())
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        e -> assertThat(e.exit()).isEqualTo(ExitCode.TAMPERING))
                .hasMessageContaining("has retired or replaced");
        assertThatThrownBy(() -> receipts.take(medium)).hasMessageContaining("retired or replaced");
    }

    @Test
    void plan_storedReceiptChanged_isRefused() throws Exception {
        Station one = enrolled("vault-1", Map.of());
        Station two = enrolled("vault-2", Map.of());
        visit(one, two);
        Path file = node.folder().resolve("receipts/vault-2/acme/1000");
        String note = Files.readString(file);
        Files.writeString(file, note.replaceFirst("(?m)^1000$", "1001"));
        assertThatThrownBy(() -> pruner().plan())
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        e -> assertThat(e.exit()).isEqualTo(ExitCode.TAMPERING));
    }

    @Test
    void plan_recordsThatGovern_keepTheirBundles() throws Exception {
        node.log()
                .append(
                        AuditDraft.builder(ACME, EventType.CAPABILITY_GRANT, AuditOutcome.SUCCESS)
                                .build()); // record 1000
        node.append("acme", 1000);
        Station one = enrolled("vault-1", Map.of());
        Station two = enrolled("vault-2", Map.of());
        visit(one, two);
        Prune prune = acme(pruner().plan()).prune().orElseThrow();
        assertThat(prune.range()).isEqualTo(new IndexRange(0, 1792));
        assertThat(prune.kept()).containsExactly(new IndexRange(768, 1024));
        assertThat(prune.bytes()).isPositive();
        prune();
        assertThat(node.log().record(ACME, 1000)).isNotEmpty();
        expectNothing(pruner(), "stations hold no more");
    }

    @Test
    void prune_thenExports_goOnBehindIt_andVerify() throws Exception {
        Station one = enrolled("vault-1", Map.of());
        Station two = enrolled("vault-2", Map.of());
        visit(one, two);
        prune();
        assertThatThrownBy(() -> node.log().record(ACME, 5))
                .isInstanceOf(RecordPrunedException.class);

        // The stick in rotation goes on as ever.
        node.append("acme", 100);
        node.export(medium);
        expectVerified(medium);
        // A new one begins behind the prune, and says so.
        Path fresh = Files.createDirectories(folder.resolve("fresh"));
        ExportReport report = node.export(fresh);
        assertThat(report.warnings())
                .anySatisfy(warning -> assertThat(warning).contains("records 0 to 767", "pruned"));
        assertThat(range(report).from()).isEqualTo(768);
        assertThat(range(report).to()).isEqualTo(1100);
        Verifiers.Outcome verified = expectVerified(fresh);
        assertThat(verified.output()).contains("768");
        // So does one that is asked for what is gone.
        Path asked = Files.createDirectories(folder.resolve("asked"));
        ExportReport since =
                node.export(
                        new ExportRequest(
                                asked,
                                Set.of(),
                                java.util.OptionalLong.of(10),
                                java.util.OptionalLong.empty(),
                                List.of(),
                                false));
        assertThat(range(since).from()).isEqualTo(768);
        expectVerified(asked);
        // Nothing is missed on media, and the stations go on.
        assertThat(node.exporter().status(node.log()).logs())
                .filteredOn(log -> !log.tenant().isNode())
                .allSatisfy(log -> assertThat(log.missing()).isEmpty());
        visit(one, two);
        node.restart();
        receipts = Receipts.open(node.log(), node.folder(), Ed25519.jdk());
        node.append("acme", 300);
        visit(one, two);
        prune();
        assertThat(node.log().pruned(ACME).ranges()).containsExactly(new IndexRange(0, 1280));
        expectVerified(medium);
    }

    @Test
    void export_interruptedBeforeAPrune_isGivenUpAndTheNextGoesOn() throws Exception {
        Path half = Files.createDirectories(folder.resolve("half"));
        assertThatThrownBy(() ->
                        node.exporter()
                                .export(
                                        ExportRequest.all(half),
                                        node.log(),
                                        ExportStep.at(
                                                "reading back",
                                                () -> {
                                                    throw new IOException("pulled");
                                                })))
                .hasMessageContaining("pulled");
        Station one = enrolled("vault-1", Map.of());
        Station two = enrolled("vault-2", Map.of());
        visit(one, two);
        prune();
        ExportReport report = node.export(half);
        assertThat(report.warnings())
                .anySatisfy(warning -> assertThat(warning).contains("bundle-1.part", "given up"));
        assertThat(range(report).from()).isEqualTo(768);
        expectVerified(half);
    }

    @Test
    void prune_acrossAKeyRotation_endsWhereExportsCanBegin() throws Exception {
        Station one = enrolled("vault-1", Map.of());
        Station two = enrolled("vault-2", Map.of());
        visit(one, two); // a checkpoint at 1000
        node.append("acme", 700);
        // The new keys sign from the size above the newest checkpoint on.
        var _ = node.log().publishCheckpoint(ACME);
        node.rotate(3);
        visit(one, two);
        LogPlan plan = acme(pruner().plan());
        // Below record 1701 nothing can be signed any more: exports go on at the rotation.
        assertThat(plan.prune().orElseThrow().range()).isEqualTo(new IndexRange(0, 1536));
        assertThat(plan.exportsFrom()).isEqualTo(1701);
        Instant early = AuditRecord.parse(node.log().record(ACME, 1200)).timestamp();
        // What is older than that ends at 1024, and the checkpoint of the first visit at 1000.
        assertThat(acme(pruner(early, Duration.ZERO).plan()).prune().orElseThrow().range().to())
                .isEqualTo(768);
        prune();
        node.append("acme", 5);
        Path fresh = Files.createDirectories(folder.resolve("fresh"));
        assertThat(range(node.export(fresh)).from()).isEqualTo(1701);
        expectVerified(fresh);
    }

    @Test
    void prove_prunedRecord_byTheEntriesOfAMirror() throws Exception {
        Station one = enrolled("vault-1", Map.of());
        Station two = enrolled("vault-2", Map.of());
        visit(one, two);
        byte[] record = node.log().record(ACME, 300);
        prune();
        assertThatThrownBy(() -> RecordProof.of(node.log(), ACME, 300, true))
                .hasMessageContaining("pruned");
        Path entries =
                MediumFiles.all(one.state.resolve("mirror")).stream()
                        .filter(file -> file.endsWith("acme/tile/entries/001"))
                        .findFirst()
                        .orElseThrow();
        byte[] bundle = Files.readAllBytes(entries);
        RecordProof proof = RecordProof.of(node.log(), ACME, 300, true, Optional.of(bundle));
        Path file = Files.write(folder.resolve("p.tlog-proof"), proof.proof().bytes());
        Path policy = folder.resolve("acme.policy");
        List<String> lines = new ArrayList<>();
        node.log().keys(ACME).forEach(key -> lines.add("log " + key.vkey()));
        lines.add("quorum none");
        Files.write(policy, lines);
        Verifiers.Outcome verified =
                Verifiers.command(
                        "proof",
                        file,
                        "--trust",
                        policy,
                        "--record",
                        Files.write(folder.resolve("record"), record));
        assertThat(verified.exit()).as(verified.output()).isZero();
        bundle[5000] ^= 1;
        assertThatThrownBy(
                        () -> {
                            for (long index = 256; index < 512; index++) {
                                var _ =
                                        RecordProof.of(
                                                node.log(), ACME, index, true, Optional.of(bundle));
                            }
                        })
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        e -> assertThat(e.exit()).isIn(ExitCode.TAMPERING, ExitCode.USAGE));
        assertThatThrownBy(() ->
                        RecordProof.of(node.log(), ACME, 300, true, Optional.of(new byte[] {1})))
                .hasMessageContaining("not the entry bundle");
    }

    private static ExportReport.Range range(ExportReport report) {
        return report.bundles().getLast().ranges().stream()
                .filter(range -> range.tenant().equals(ACME))
                .findFirst()
                .orElseThrow();
    }

    private Verifiers.Outcome expectVerified(Path on) {
        Verifiers.Outcome java = Verifiers.inProcess(on, "--trust", trust);
        assertThat(java.exit()).as(java.output()).isZero();
        return java;
    }
}
