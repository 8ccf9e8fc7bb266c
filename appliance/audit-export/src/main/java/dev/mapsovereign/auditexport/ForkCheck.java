package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * Looks whether a medium bears our own signature over what our log never was: a size it has not
 * reached, or another root. Then this log has been set back, or a second node writes under its
 * name; to go on would put a second history beside the first. Only what our own keys signed counts,
 * so nobody else can stop an export by what he puts on a stick.
 */
final class ForkCheck {
    private final AuditLog log;
    private final MediumSurvey medium;

    ForkCheck(AuditLog log, MediumSurvey medium) {
        this.log = log;
        this.medium = medium;
    }

    /**
     * Compares every checkpoint of ours on the medium with the log.
     *
     * @throws OperatorException tampering, after the record {@code SecurityViolation} was written
     */
    void check() throws IOException {
        for (OwnBundle bundle : medium.bundles()) {
            String where = "bundle-" + bundle.number();
            SignedNote signed =
                    SignedNote.parse(
                            Files.readAllBytes(
                                    medium.nodeFolder()
                                            .resolve(
                                                    BundleLayout.manifestSignature(
                                                            bundle.number()))));
            for (BundleDescription.Range range : bundle.description().ranges()) {
                compare(range.tenant(), range.to(), range.toRoot(), where, signed);
            }
            for (BundleDescription.Log listed : bundle.description().logs()) {
                compare(listed.tenant(), listed.size(), listed.root(), where, signed);
            }
        }
        for (TenantId tenant : log.tenants()) {
            Optional<SignedNote> note = medium.convenience(tenant, log);
            if (note.isPresent()) {
                Checkpoint checkpoint = Checkpoint.parse(note.get().text());
                compare(
                        tenant,
                        checkpoint.size(),
                        checkpoint.root(),
                        "logs/" + tenant + "/checkpoint",
                        note.get());
            }
        }
    }

    private void compare(TenantId tenant, long size, byte[] root, String where, SignedNote signed) {
        long ours = log.exists(tenant) ? log.head(tenant).size() : 0;
        if (size <= ours && (size == 0 || Arrays.equals(log.root(tenant, size), root))) {
            return;
        }
        JsonObject meta =
                JsonObject.builder()
                        .put("finding", "own checkpoint on an export medium contradicts the log")
                        .put("log", tenant.value())
                        .put("own_size", Long.toString(ours))
                        .put("signed_root", Hex.encode(root))
                        .put("signed_size", Long.toString(size))
                        .put("where", where)
                        .build();
        log.append(
                AuditDraft.builder(
                                TenantId.NODE, EventType.SECURITY_VIOLATION, AuditOutcome.REFUSED)
                        .operation("audit_export")
                        .meta(meta)
                        .build());
        Path kept = log.stop(signed);
        throw new OperatorException(
                ExitCode.TAMPERING,
                "%s on %s bears this node's signature over size %d of log %s, which has %d records here%s: this log was set back, or a second node uses its keys; it signs and records nothing any more, the proof is kept as %s"
                        .formatted(
                                where,
                                medium.folder(),
                                size,
                                tenant,
                                ours,
                                size <= ours ? " and another root at that size" : "",
                                kept),
                "nothing was written to the medium; keep it as evidence, and find out which"
                        + " history is the true one before this node goes on");
    }
}
