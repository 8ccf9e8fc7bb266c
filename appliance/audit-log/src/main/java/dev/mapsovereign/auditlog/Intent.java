package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.record.PreparedRecord;
import dev.mapsovereign.auditlog.record.RecordFormat;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.RecordReference;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An effect that was announced durably. It ends with exactly one record: the one given to {@link
 * #complete}, or, if the process dies before that is durable, one with {@code outcome: error},
 * {@code code: interrupted} at the next start. Its space is set aside, so that a full disk cannot
 * take the record of an effect that was made.
 */
public final class Intent {
    private final Committer committer;
    private final Pending announced;
    private final AtomicReference<Optional<Pending>> completion =
            new AtomicReference<>(Optional.empty());

    Intent(Committer committer, Pending announced) {
        this.committer = committer;
        this.announced = announced;
    }

    /**
     * Writes how it ended.
     *
     * @throws dev.mapsovereign.base.audit.AuditUnavailableException if the record is not durable in
     *     time; it is kept in memory and written as soon as that is possible, and must not be given
     *     again
     * @throws IllegalStateException if it was given before
     * @throws IllegalArgumentException if it is of another tenant
     */
    public RecordReference complete(AuditDraft draft) {
        if (!draft.tenant().equals(announced.chain.tenant())) {
            throw new IllegalArgumentException(
                    "an intent of "
                            + announced.chain.tenant()
                            + " cannot end as a record of "
                            + draft.tenant());
        }
        Pending pending = Pending.completion(announced.chain, fitting(draft), announced.intent);
        if (!completion.compareAndSet(Optional.empty(), Optional.of(pending))) {
            throw new IllegalStateException(
                    "intent " + announced.intent + " has its record already");
        }
        committer.commit(pending);
        return pending.reference();
    }

    /** What stands in the journal while the effect is under way. */
    static PreparedRecord interrupted(AuditDraft provisional) {
        PreparedRecord whole = RecordFormat.prepareInterrupted(provisional, provisional.meta());
        return whole.lengthMax() <= Limits.INTENT_RECORD_BYTES_MAX
                ? whole
                : RecordFormat.prepareInterrupted(
                        provisional, RecordFormat.digestOf(provisional.meta()));
    }

    /** With its {@code meta} if the whole fits into the space set aside, else with its digest. */
    private static PreparedRecord fitting(AuditDraft draft) {
        PreparedRecord whole = RecordFormat.prepare(draft);
        return whole.lengthMax() <= Limits.INTENT_RECORD_BYTES_MAX
                ? whole
                : RecordFormat.prepare(draft, RecordFormat.digestOf(draft.meta()));
    }
}
