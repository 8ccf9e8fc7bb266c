package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditexport.ExportReport;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real log exports, both programs and sha256sum accept. */
final class RoundTripTest {
    @TempDir Path folder;

    private Path medium() throws Exception {
        return Files.createDirectories(folder.resolve("medium"));
    }

    @Test
    void verify_oneExport_isAcceptedByBothPrograms() throws Exception {
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha")) {
            node.tenants("acme", "zeta").append("acme", 300).append("zeta", 5);
            ExportReport report = node.export(medium());
            assertThat(report.bundles()).hasSize(1);
            Path trust = node.trustFile(folder);
            Verifiers.Outcome java = Verifiers.inProcess(medium(), "--trust", trust);
            assertThat(java.exit()).as(java.output()).isZero();
            assertThat(java.output()).contains("records 0 to 299", "VERIFIED");
            Verifiers.Outcome program = Verifiers.program(medium(), "--trust", trust);
            assertThat(program.exit()).as(program.output()).isZero();
            Verifiers.Outcome python = Verifiers.python(medium(), "--trust", trust);
            assertThat(python.exit()).as(python.output()).isZero();
        }
    }
}
