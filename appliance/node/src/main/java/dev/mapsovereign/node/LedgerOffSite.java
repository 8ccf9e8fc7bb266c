package dev.mapsovereign.node;

import dev.mapsovereign.auditexport.AuditExporter;
import dev.mapsovereign.auditexport.ExportReport;
import dev.mapsovereign.auditexport.ExportStatus;
import dev.mapsovereign.auditexport.receipt.Receipts;
import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.protocols.max.OffSite;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What has left the building, by the export ledger, and came back as receipts. Reading it costs a
 * file for each export, so what was read serves a few seconds. Safe for use by several threads.
 */
final class LedgerOffSite implements OffSite {
    private static final Duration KEPT = Duration.ofSeconds(5);

    private final AuditExporter exporter;
    private final AuditLog log;
    private final Receipts receipts;

    /** Covers what follows; held while the ledger is read, so that a crowd reads it once. */
    private final ReentrantLock lock = new ReentrantLock();

    private Optional<ExportStatus> status = Optional.empty();
    private long readNanos;

    LedgerOffSite(AuditExporter exporter, AuditLog log, Receipts receipts) {
        this.exporter = exporter;
        this.log = log;
        this.receipts = receipts;
    }

    @Override
    public State of(TenantId tenant) {
        ExportStatus now = status();
        long exported =
                now.logs().stream()
                        .filter(each -> each.tenant().equals(tenant))
                        .mapToLong(ExportStatus.Log::exported)
                        .findFirst()
                        .orElse(0);
        Optional<Export> last = Optional.empty();
        for (ExportStatus.Export export : now.exports()) {
            for (ExportReport.Range range : export.ranges()) {
                if (range.tenant().equals(tenant)) {
                    last =
                            Optional.of(
                                    new Export(
                                            export.number(),
                                            export.time(),
                                            range.to(),
                                            export.finished()));
                }
            }
        }
        Receipts.Covered covered = receipts.covered(tenant);
        return new State(exported, covered.witnessed(), covered.mirrored(), last);
    }

    private ExportStatus status() {
        lock.lock();
        try {
            if (status.isEmpty() || System.nanoTime() - readNanos > KEPT.toNanos()) {
                status = Optional.of(exporter.status(log));
                readNanos = System.nanoTime();
            }
            return status.get();
        } finally {
            lock.unlock();
        }
    }
}
