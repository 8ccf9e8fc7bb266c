package dev.mapsovereign.node.backup;

import java.time.Instant;
import java.util.List;

/**
 * A backup that was found to be what its node signed.
 *
 * @param nodeKeyFingerprint of the key that signed it, to be compared with paper
 * @param decrypted whether its contents were read, not only compared as they are stored
 * @param strays files in its folder that are not of it
 */
public record BackupCheck(
        String node,
        String nodeKeyFingerprint,
        Instant time,
        String version,
        boolean keys,
        List<String> encryptedTo,
        String database,
        long files,
        long bytes,
        boolean decrypted,
        List<String> strays) {
    public BackupCheck {
        encryptedTo = List.copyOf(encryptedTo);
        strays = List.copyOf(strays);
    }

    static BackupCheck of(BackupDescription backup, List<String> strays, boolean decrypted) {
        return new BackupCheck(
                backup.node(),
                backup.nodeKey().fingerprint(),
                backup.time(),
                backup.version(),
                backup.keys(),
                backup.encryptedTo(),
                backup.database(),
                backup.parts().values().stream().mapToLong(BackupDescription.Content::files).sum(),
                backup.parts().values().stream().mapToLong(BackupDescription.Content::bytes).sum(),
                decrypted,
                strays);
    }
}
