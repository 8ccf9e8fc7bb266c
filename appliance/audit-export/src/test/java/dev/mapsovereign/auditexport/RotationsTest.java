package dev.mapsovereign.auditexport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogConfig;
import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.NoteSigners;
import dev.mapsovereign.base.note.SignedNote;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A rotation goes out with its record and the checkpoint that both keys signed. */
final class RotationsTest {
    private static final TenantId ACME = TenantId.of("acme");

    @TempDir Path folder;

    @Test
    void export_rotatedLog_carriesRecordAndCheckpoint() throws Exception {
        Path medium = Files.createDirectory(folder.resolve("usb"));
        try (Secret seed = Secret.copyOf(new byte[32]);
                AuditLog log =
                        AuditLog.open(
                                AuditLogConfig.defaults(
                                                folder.resolve("audit"),
                                                new NodeName("alpha"),
                                                seed,
                                                Ed25519.jdk())
                                        .withSpace(16L << 20, 1L << 20, 0, 1L << 40))) {
            log.createTenant(ACME);
            append(log, ACME, EventType.ERROR, JsonObject.EMPTY);
            NoteSigner fresh = NoteSigners.ed25519(log.origin(ACME), new byte[32], Ed25519.jdk());
            append(log, TenantId.NODE, EventType.KEY_ROTATED, rotation(log, fresh));
            AuditExporter exporter =
                    new AuditExporter(
                            new ExportConfig(folder.resolve("audit"), "0.1.0", Clock.systemUTC()));
            // No checkpoint of both keys yet: the rotation is not stated.
            exporter.export(ExportRequest.all(medium), log, ExportProgress.NONE);
            assertThat(range(log, medium, 1).rotations()).isEmpty();

            append(log, ACME, EventType.ERROR, JsonObject.EMPTY);
            SignedNote both = log.publishCheckpoint(ACME).with(fresh);
            log.keep(ACME, both);
            exporter.export(ExportRequest.all(medium), log, ExportProgress.NONE);
            BundleDescription.Range range = range(log, medium, 2);
            assertThat(range.rotations()).containsExactly(2L);
            assertThat(range.keyRecords()).containsExactly(1L, 2L);
            Path bundle = medium.resolve("MAP-AUDIT").resolve(log.node()).resolve("bundle-2");
            assertThat(bundle.resolve("rotations/acme/2")).hasBinaryContent(both.bytes());
            assertThat(bundle.resolve("proofs/2.tlog-proof")).isNotEmptyFile();
        }
    }

    private static BundleDescription.Range range(AuditLog log, Path medium, int number)
            throws Exception {
        Path description =
                medium.resolve("MAP-AUDIT")
                        .resolve(log.node())
                        .resolve("bundle-" + number)
                        .resolve("bundle.json");
        return BundleDescription.parse(Files.readAllBytes(description)).range(ACME).orElseThrow();
    }

    private static void append(AuditLog log, TenantId tenant, EventType event, JsonObject meta) {
        log.append(AuditDraft.builder(tenant, event, AuditOutcome.SUCCESS).meta(meta).build());
    }

    private static JsonObject rotation(AuditLog log, NoteSigner fresh) {
        return JsonObject.builder()
                .put("from_size", "2")
                .put("new_keys", JsonArray.ofStrings(List.of(fresh.key().vkey())))
                .put("old_keys", JsonArray.ofStrings(List.of(log.keys(ACME).getFirst().vkey())))
                .put("origin", log.origin(ACME))
                .build();
    }
}
