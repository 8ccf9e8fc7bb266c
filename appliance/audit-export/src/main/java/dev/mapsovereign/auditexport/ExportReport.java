package dev.mapsovereign.auditexport;

import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.identity.TenantId;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an export did, or would do.
 *
 * @param node whose log
 * @param medium what the medium is and holds
 * @param bundles that are now on the medium because of this call, in order: one that an earlier
 *     call had not finished, and the new one. Of a dry run the planned one
 * @param leftOut records for which there was no space, to be taken by the next medium
 * @param warnings what an operator should know
 * @param dryRun whether nothing was written
 */
public record ExportReport(
        String node,
        Medium medium,
        List<Bundle> bundles,
        List<Range> leftOut,
        List<String> warnings,
        boolean dryRun) {
    /** Copies the lists. */
    public ExportReport {
        bundles = List.copyOf(bundles);
        leftOut = List.copyOf(leftOut);
        warnings = List.copyOf(warnings);
    }

    /**
     * The medium before the export.
     *
     * @param folder as given
     * @param fileSystem its type, such as {@code vfat}
     * @param freeBytes usable space
     * @param bundleNumbers of this node's bundles on it
     * @param otherNodes whose folders are on it as well
     */
    public record Medium(
            Path folder,
            String fileSystem,
            long freeBytes,
            List<Long> bundleNumbers,
            List<String> otherNodes) {
        /** Copies the lists. */
        public Medium {
            bundleNumbers = List.copyOf(bundleNumbers);
            otherNodes = List.copyOf(otherNodes);
        }
    }

    /**
     * One bundle.
     *
     * @param folder {@code …/bundle-<n>}
     * @param previous number of the one before it on this medium
     * @param ranges what it holds
     * @param files that its manifest lists
     * @param bytes of those files
     * @param filesKept those that were there already, byte for byte
     * @param encryptedTo the recipients of its entries; empty for plain ones
     * @param manifestSha256 in hex; empty of a dry run
     * @param record {@code AuditExported}; empty of a dry run
     */
    public record Bundle(
            long number,
            Path folder,
            OptionalLong previous,
            List<Range> ranges,
            long files,
            long bytes,
            long filesKept,
            List<String> encryptedTo,
            Optional<String> manifestSha256,
            Optional<RecordReference> record) {
        /** Copies the list. */
        public Bundle {
            ranges = List.copyOf(ranges);
            encryptedTo = List.copyOf(encryptedTo);
        }
    }

    /** Records {@code from} to {@code to - 1} of a log. */
    public record Range(TenantId tenant, long from, long to) {}
}
