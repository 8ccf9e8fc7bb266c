package dev.mapsovereign.node.backup;

import dev.mapsovereign.base.age.AgeRecipient;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * What is asked of a backup.
 *
 * @param to the folder in which it will be a folder
 * @param keys whether private keys go along
 * @param encryptTo who can read it; empty: whoever has it
 * @param keep how many backups of this node stay there; empty: all
 * @param dryRun whether only to say what would be done
 */
public record BackupRequest(
        Path to, boolean keys, List<AgeRecipient> encryptTo, OptionalInt keep, boolean dryRun) {
    public BackupRequest {
        encryptTo = List.copyOf(encryptTo);
    }
}
