package dev.mapsovereign.node.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.ca.CertificateAuthority;
import dev.mapsovereign.ca.SubjectName;
import dev.mapsovereign.node.time.TimeFloor.Source;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimeFloorTest {
    private static final Instant BUILT = Instant.parse("2026-06-01T00:00:00Z");
    private static final Instant ISSUED = Instant.parse("2026-07-01T00:00:00Z");
    private static final Instant NOW = Instant.parse("2026-08-01T00:00:00Z");

    @TempDir private Path folder;
    private Path registry = Path.of("");
    private TimeFloor floor = new TimeFloor(BUILT, Path.of(""), Path.of(""));

    @BeforeEach
    void chooseFolders() throws IOException {
        registry = Files.createDirectories(folder.resolve("registry"));
        floor = new TimeFloor(BUILT, registry, folder);
    }

    private void snapshotIssued(String time) throws IOException {
        Files.writeString(
                registry.resolve("state.json"),
                "{\"floors\":{},\"root_version\":1,\"served\":1,\"snapshots\":[{\"imported_at\":\""
                        + time
                        + "\",\"number\":1,\"root_version\":1}],\"time_floor\":\""
                        + time
                        + "\",\"v\":1}");
    }

    @Test
    void now_nothingImported_isTheReleases() {
        assertThat(floor.now()).isEqualTo(new TimeFloor.Floor(BUILT, Source.RELEASE));
    }

    @Test
    void now_isTheLatestOfTheThree() throws IOException {
        snapshotIssued(ISSUED.toString());
        assertThat(floor.now()).isEqualTo(new TimeFloor.Floor(ISSUED, Source.REGISTRY));
        floor.set(ISSUED.plusSeconds(1), NOW);
        assertThat(floor.now())
                .isEqualTo(new TimeFloor.Floor(ISSUED.plusSeconds(1), Source.OPERATOR));
        floor.set(BUILT, NOW);
        assertThat(floor.now().source()).isEqualTo(Source.REGISTRY);
        snapshotIssued("2020-01-01T00:00:00Z");
        assertThat(floor.now().time()).isEqualTo(BUILT);
    }

    @Test
    void now_certificatesReceiptsAndRecordsOfTheFuture_doNotMoveIt() throws IOException {
        ManualClock future = new ManualClock(NOW.plus(Duration.ofDays(4000)));
        CertificateAuthority.initQuick(
                folder.resolve("ca"),
                new CertificateAuthority.Founding(
                        "Test",
                        List.of(SubjectName.parse("node1.example")),
                        folder.resolve("passphrase")),
                draft ->
                        new dev.mapsovereign.base.audit.RecordReference(
                                TenantId.NODE, 0, new byte[32], new byte[32], future.instant()),
                future);
        Path receipts = Files.createDirectories(folder.resolve("audit/receipts/depot"));
        Files.writeString(receipts.resolve("1"), "2040-01-01T00:00:00Z\n");
        Files.writeString(folder.resolve("audit/finding"), "2040-01-01T00:00:00Z\n");

        assertThat(CertificateAuthority.certificatesIn(folder.resolve("ca"))).hasSize(3);
        assertThat(floor.now()).isEqualTo(new TimeFloor.Floor(BUILT, Source.RELEASE));
    }

    @Test
    void requireSettable_aheadOfTheClockOrBelowTheOthers_isRefused() throws IOException {
        snapshotIssued(ISSUED.toString());
        floor.requireSettable(ISSUED, NOW);
        floor.requireSettable(NOW, NOW);
        assertThatThrownBy(() -> floor.requireSettable(NOW.plusSeconds(1), NOW))
                .hasMessageContaining("ahead of the clock")
                .extracting(failure -> ((OperatorException) failure).exit())
                .isEqualTo(ExitCode.FAILED);
        assertThatThrownBy(() -> floor.requireSettable(ISSUED.minusSeconds(1), NOW))
                .hasMessageContaining("registry");
    }

    @Test
    void now_operatorsFileDamaged_saysWhatMendsItAndTheOthersHold() throws IOException {
        Files.writeString(folder.resolve(TimeFloor.FILE), "{\"time\":\"soon\"}");
        assertThatThrownBy(floor::now)
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining(TimeFloor.FILE);
        assertThat(floor.readable().time()).isEqualTo(BUILT);
        floor.set(ISSUED, NOW);
        assertThat(floor.now().time()).isEqualTo(ISSUED);
    }

    @Test
    void now_mirrorsStateDamaged_isTampering() throws IOException {
        Files.writeString(registry.resolve("state.json"), "{}");
        assertThatThrownBy(floor::now).isInstanceOf(RegistryException.class);
        assertThat(floor.readable()).isEqualTo(new TimeFloor.Floor(BUILT, Source.RELEASE));
    }
}
