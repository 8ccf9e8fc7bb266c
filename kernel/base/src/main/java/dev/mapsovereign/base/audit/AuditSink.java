package dev.mapsovereign.base.audit;

/**
 * The small door through which every part of the product writes records. Safe for any number of
 * threads.
 */
public interface AuditSink {
    /**
     * Appends a record to the chain of the draft's tenant. Returns only after the record is
     * durable: who has the reference may answer its caller.
     *
     * @throws AuditUnavailableException when that is not possible now; nothing may be done then
     *     that needed the record
     */
    RecordReference append(AuditDraft draft);
}
