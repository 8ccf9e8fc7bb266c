package dev.mapsovereign.auditexport;

import dev.mapsovereign.base.identity.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What has left the house so far, by the ledger.
 *
 * @param node whose log
 * @param nodeKey the verifier key of {@code _node}'s log, as a trust file names it
 * @param nodeKeyFingerprint its SHA-256 in hex, to be compared on paper
 * @param logs every log
 * @param exports by ascending number
 */
public record ExportStatus(
        String node,
        String nodeKey,
        String nodeKeyFingerprint,
        List<Log> logs,
        List<Export> exports) {
    /** Copies the lists. */
    public ExportStatus {
        logs = List.copyOf(logs);
        exports = List.copyOf(exports);
    }

    /**
     * One log.
     *
     * @param size durable records
     * @param exported records that are on some medium without a gap from the first
     */
    public record Log(TenantId tenant, String origin, long size, long exported) {
        /** Records that are on no medium yet. */
        public long pending() {
            return Math.max(0, size - exported);
        }
    }

    /**
     * One export.
     *
     * @param medium where it went, as the operator named it
     * @param manifestSha256 in hex; empty if it was not finished
     */
    public record Export(
            long number,
            Instant time,
            String medium,
            List<ExportReport.Range> ranges,
            Optional<String> manifestSha256) {
        /** Copies the list. */
        public Export {
            ranges = List.copyOf(ranges);
        }

        /** Whether the bundle is whole on its medium. */
        public boolean finished() {
            return manifestSha256.isPresent();
        }
    }
}
