package dev.mapsovereign.node.backup;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a restore did, or would do.
 *
 * @param done whether anything was changed
 * @param continued whether it ended one that was interrupted
 * @param nodeKeyFingerprint of the key that signed the backup; empty where one was continued
 * @param targets what goes where
 * @param setAside what was there before
 */
public record RestoreReport(
        boolean done,
        boolean continued,
        String backup,
        String node,
        Optional<String> nodeKeyFingerprint,
        boolean databaseOnly,
        List<Target> targets,
        List<Path> setAside,
        List<String> warnings) {
    public RestoreReport {
        targets = List.copyOf(targets);
        setAside = List.copyOf(setAside);
        warnings = List.copyOf(warnings);
    }

    /**
     * One part.
     *
     * @param left why it is not restored; empty if it is
     */
    public record Target(String part, Path place, long files, long bytes, Optional<String> left) {}
}
