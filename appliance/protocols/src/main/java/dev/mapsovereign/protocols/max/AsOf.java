package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads for which state of a chain an answer is wanted: a size, or a checkpoint. A checkpoint
 * counts when its root is that of our tree at its size; who signed it is for its holder to judge.
 * One that bears our own signature and is not our tree's is evidence of a second history, and is
 * recorded.
 */
final class AsOf {
    private final AuditLog log;
    private final Ed25519 ed25519 = Ed25519.jdk();
    private final Set<String> reported = ConcurrentHashMap.newKeySet();

    AsOf(AuditLog log) {
        this.log = log;
    }

    OptionalLong of(JsonObject input, TenantId tenant) throws ModuleRefusal {
        if (!input.has("as_of_checkpoint")) {
            return Questions.index(input, "as_of");
        }
        if (input.has("as_of")) {
            throw invalid("as_of and as_of_checkpoint exclude each other");
        }
        SignedNote note = note(input.text("as_of_checkpoint").orElseThrow());
        Checkpoint checkpoint = checkpoint(note);
        if (!checkpoint.origin().equals(log.origin(tenant))) {
            throw invalid("the checkpoint is of another log than " + log.origin(tenant));
        }
        if (!isOfThisTree(tenant, checkpoint)) {
            report(tenant, note, checkpoint);
            throw invalid(
                    "this log never had the root that the checkpoint states for its size "
                            + checkpoint.size());
        }
        return OptionalLong.of(checkpoint.size());
    }

    private boolean isOfThisTree(TenantId tenant, Checkpoint checkpoint) {
        return checkpoint.size() <= log.head(tenant).size()
                && Arrays.equals(log.root(tenant, checkpoint.size()), checkpoint.root());
    }

    private void report(TenantId tenant, SignedNote note, Checkpoint checkpoint) {
        boolean ours =
                log.keyEpochs(tenant).inForce(checkpoint.size()).stream()
                        .anyMatch(key -> note.verifies(key, ed25519));
        if (ours && reported.size() < Limits.FORKS_REPORTED_MAX && reported.add(note.text())) {
            log.append(
                    AuditDraft.builder(
                                    TenantId.NODE,
                                    EventType.SECURITY_VIOLATION,
                                    AuditOutcome.REFUSED)
                            .operation("audit_query")
                            .meta(
                                    JsonObject.builder()
                                            .put("tenant_id", tenant.value())
                                            .put("size", Long.toString(checkpoint.size()))
                                            .put(
                                                    "finding",
                                                    "a checkpoint with this log's signature states"
                                                            + " a tree that it never had")
                                            .build())
                            .build());
        }
    }

    private static SignedNote note(String text) throws ModuleRefusal {
        try {
            return SignedNote.parse(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoteException e) {
            throw invalid("as_of_checkpoint is no signed note: " + e.getMessage());
        }
    }

    private static Checkpoint checkpoint(SignedNote note) throws ModuleRefusal {
        try {
            return Checkpoint.parse(note.text());
        } catch (NoteException e) {
            throw invalid("as_of_checkpoint is no checkpoint: " + e.getMessage());
        }
    }

    private static ModuleRefusal invalid(String message) {
        return new ModuleRefusal(ErrorCode.INVALID_PAYLOAD, message);
    }
}
