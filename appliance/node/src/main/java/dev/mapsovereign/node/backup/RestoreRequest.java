package dev.mapsovereign.node.backup;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What is asked of a restore.
 *
 * @param from the backup's folder; empty to go on with the one under way
 * @param identity file with the age identities that can decrypt it
 * @param nodeKey fingerprint of the key that must have signed it
 * @param databaseOnly whether the audit log and all else stay
 * @param replace whether what is there is renamed aside
 * @param sure whether to do it, rather than to say what would be done
 */
public record RestoreRequest(
        Optional<Path> from,
        Optional<Path> identity,
        Optional<String> nodeKey,
        boolean databaseOnly,
        boolean replace,
        boolean sure) {}
