package dev.mapsovereign.node.backup;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.node.NodeConfig;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Decides what of a backup goes where on this host, and what stays as it is. */
final class Targets {
    private final BackupDescription backup;
    private final NodeConfig config;
    private final boolean databaseOnly;
    private final Map<BackupPart, Path> places = new EnumMap<>(BackupPart.class);
    private final Map<BackupPart, String> left = new EnumMap<>(BackupPart.class);

    Targets(BackupDescription backup, NodeConfig config, boolean databaseOnly) throws IOException {
        this.backup = backup;
        this.config = config;
        this.databaseOnly = databaseOnly;
        for (BackupPart part : BackupPart.values()) {
            if (backup.parts().containsKey(part)) {
                decide(part);
            }
        }
    }

    /** Where a part goes; empty if it stays. */
    Optional<Path> place(BackupPart part) {
        return Optional.ofNullable(places.get(part));
    }

    /** The parts that are restored. */
    Iterable<BackupPart> parts() {
        return places.keySet();
    }

    private void decide(BackupPart part) throws IOException {
        Optional<Path> place = part.place(config).map(path -> path.toAbsolutePath().normalize());
        if (databaseOnly && part != BackupPart.DATABASE) {
            left.put(part, "only the database is restored");
        } else if (part == BackupPart.CONFIGURATION) {
            places.put(part, configurationBeside());
        } else if (place.isEmpty()) {
            left.put(part, "this configuration has no place for it");
        } else if (part.belongsToKeys()
                && !backup.keys()
                && SiteFiles.holdsAnything(part, place.get())) {
            left.put(part, "it stays with the keys that are here");
        } else if (part == BackupPart.CERTIFICATE && !backup.keys()) {
            left.put(part, "its key is not in the backup");
        } else {
            places.put(part, place.get());
        }
    }

    /** The one that is here decides where everything goes, so it stays. */
    private Path configurationBeside() {
        return config.folders().data().toAbsolutePath().resolve(BackupLayout.OTHER_CONFIGURATION);
    }

    /**
     * @throws OperatorException environment, if anything is there
     */
    void requireEmpty() throws IOException {
        for (Map.Entry<BackupPart, Path> each : places.entrySet()) {
            BackupPart part = each.getKey();
            if (part != BackupPart.CONFIGURATION
                    && SiteFiles.holdsAnything(part, each.getValue())) {
                throw new OperatorException(
                        ExitCode.ENVIRONMENT,
                        each.getValue() + " is not empty",
                        "--replace renames what is there aside, and deletes nothing"
                                + (databaseOnly
                                        ? ""
                                        : "; where the audit log is whole and only the database is"
                                                + " not: --database-only"));
            }
        }
    }

    /**
     * @throws OperatorException environment, if a disk is too small
     */
    void requireSpace() throws IOException {
        Map<FileStore, Long> needed = new HashMap<>();
        for (Map.Entry<BackupPart, Path> each : places.entrySet()) {
            BackupDescription.Content content = content(each.getKey());
            Path existing = each.getValue();
            while (!Files.exists(existing)) {
                existing = existing.toAbsolutePath().resolveSibling("");
            }
            needed.merge(
                    Files.getFileStore(existing),
                    content.bytes() + content.files() * Limits.FILE_OVERHEAD_BYTES,
                    Long::sum);
        }
        for (Map.Entry<FileStore, Long> each : needed.entrySet()) {
            long free = each.getKey().getUsableSpace();
            if (free < each.getValue() + Limits.RESERVE_BYTES) {
                throw new OperatorException(
                        ExitCode.ENVIRONMENT,
                        "no room on %s: %,d bytes are free, and the restore takes about %,d"
                                .formatted(each.getKey(), free, each.getValue()),
                        "what is there is kept beside it; make room first");
            }
        }
    }

    /** What goes where, and what stays. */
    List<RestoreReport.Target> report() {
        List<RestoreReport.Target> targets = new ArrayList<>();
        for (BackupPart part : BackupPart.values()) {
            if (backup.parts().containsKey(part)) {
                targets.add(
                        new RestoreReport.Target(
                                part.text(),
                                place(part).or(() -> part.place(config)).orElse(Path.of("")),
                                content(part).files(),
                                content(part).bytes(),
                                Optional.ofNullable(left.get(part))));
            }
        }
        return targets;
    }

    private BackupDescription.Content content(BackupPart part) {
        return backup.parts().getOrDefault(part, new BackupDescription.Content(0, 0));
    }
}
