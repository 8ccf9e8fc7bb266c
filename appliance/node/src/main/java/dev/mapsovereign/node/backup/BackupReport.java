package dev.mapsovereign.node.backup;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * What a backup is, or would be.
 *
 * @param nodeKeyFingerprint of the key that signed it: what a restore compares with paper
 * @param files of the site
 * @param bytes of them
 * @param bytesStored in the backup
 * @param database {@code h2}, or the product that is not in it
 * @param manifestSha256 in hex; empty for a dry run
 */
public record BackupReport(
        Path folder,
        String node,
        String nodeKeyFingerprint,
        Instant time,
        long files,
        long bytes,
        long bytesStored,
        boolean keys,
        List<String> encryptedTo,
        String database,
        String manifestSha256,
        List<String> warnings,
        boolean dryRun) {
    public BackupReport {
        encryptedTo = List.copyOf(encryptedTo);
        warnings = List.copyOf(warnings);
    }
}
