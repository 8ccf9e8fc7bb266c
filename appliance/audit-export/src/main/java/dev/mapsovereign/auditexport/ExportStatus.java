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
 * @param media by the number of their first bundle
 */
public record ExportStatus(
        String node,
        String nodeKey,
        String nodeKeyFingerprint,
        List<Log> logs,
        List<Export> exports,
        List<Medium> media) {
    /** Copies the lists. */
    public ExportStatus {
        logs = List.copyOf(logs);
        exports = List.copyOf(exports);
        media = List.copyOf(media);
    }

    /**
     * One log.
     *
     * @param size durable records
     * @param exported records that are on some medium without a gap from the first
     * @param missing records that are on no medium
     */
    public record Log(
            TenantId tenant,
            String origin,
            long size,
            long exported,
            List<ExportReport.Range> missing) {
        /** Copies the list. */
        public Log {
            missing = List.copyOf(missing);
        }

        /** Records that are on no medium yet. */
        public long pending() {
            return missing.stream().mapToLong(range -> range.to() - range.from()).sum();
        }
    }

    /**
     * One medium of a rotation.
     *
     * @param first number of its first bundle, by which it is called here
     * @param bundles all of them
     * @param folder where it was mounted at the last export
     * @param ranges what it holds
     * @param onlyHere what no other medium holds: what is lost if this one is
     */
    public record Medium(
            long first,
            List<Long> bundles,
            String folder,
            List<ExportReport.Range> ranges,
            List<ExportReport.Range> onlyHere) {
        /** Copies the lists. */
        public Medium {
            bundles = List.copyOf(bundles);
            ranges = List.copyOf(ranges);
            onlyHere = List.copyOf(onlyHere);
        }
    }

    /**
     * One export.
     *
     * @param medium where it went, as the operator named it
     * @param encryptedTo recipients of its entries; empty for plain ones
     * @param manifestSha256 in hex; empty if it was not finished
     */
    public record Export(
            long number,
            Instant time,
            String medium,
            List<ExportReport.Range> ranges,
            List<String> encryptedTo,
            Optional<String> manifestSha256) {
        /** Copies the lists. */
        public Export {
            ranges = List.copyOf(ranges);
            encryptedTo = List.copyOf(encryptedTo);
        }

        /** Whether the bundle is whole on its medium. */
        public boolean finished() {
            return manifestSha256.isPresent();
        }
    }
}
