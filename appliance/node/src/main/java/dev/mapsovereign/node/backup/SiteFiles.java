package dev.mapsovereign.node.backup;

import dev.mapsovereign.node.NodeConfig;
import dev.mapsovereign.node.backup.Sources.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How much there is to be copied, before anything is.
 *
 * @param files how many
 * @param bytes of them
 * @param warnings what the operator should know of them
 */
record SiteFiles(long files, long bytes, List<String> warnings) {
    private static final String SEGMENTS = ".segment";

    SiteFiles {
        warnings = List.copyOf(warnings);
    }

    static SiteFiles look(NodeConfig config, boolean keys) throws IOException {
        long files = 0;
        long bytes = 0;
        List<String> warnings = new ArrayList<>();
        for (BackupPart part : BackupPart.values()) {
            Optional<Path> place = part.place(config);
            if (place.isEmpty() || liesInAnother(part, place.get(), config)) {
                continue;
            }
            List<Source> found = of(part, place.get(), keys);
            files += found.size();
            bytes += found.stream().mapToLong(Source::size).sum();
            if (part == BackupPart.CONFIGURATION && found.isEmpty()) {
                warnings.add("there is no configuration file " + place.get());
            }
        }
        return new SiteFiles(files, bytes, warnings);
    }

    /** The files of a part that go along. */
    static List<Source> of(BackupPart part, Path place, boolean keys) throws IOException {
        List<Source> all =
                part.isOneFile()
                        ? Sources.single(place)
                        : Sources.below(place, path -> !isStandby(part, path));
        return all.stream().filter(source -> keys || !part.isSecret(source.path())).toList();
    }

    /** One that is copied as part of a folder is not copied by itself. */
    static boolean liesInAnother(BackupPart part, Path file, NodeConfig config) {
        if (!part.isOneFile() || part == BackupPart.DATABASE) {
            return false;
        }
        Path at = file.toAbsolutePath().normalize();
        for (BackupPart other : BackupPart.values()) {
            Optional<Path> place = other.place(config);
            if (!other.isOneFile()
                    && place.isPresent()
                    && at.startsWith(place.get().toAbsolutePath().normalize())) {
                return true;
            }
        }
        return false;
    }

    /** The next segment, filled with zeros. */
    private static boolean isStandby(BackupPart part, String path) {
        return part == BackupPart.AUDIT
                && path.startsWith("journal/")
                && path.contains("standby")
                && !path.endsWith(SEGMENTS);
    }

    /** What a medium needs for it. */
    long bytesNeeded() {
        return bytes + files * Limits.FILE_OVERHEAD_BYTES + Limits.RESERVE_BYTES;
    }

    /** Whether a folder holds anything that a restore would have to rename away. */
    static boolean holdsAnything(BackupPart part, Path place) throws IOException {
        return part.isOneFile()
                ? Files.exists(place)
                : !Sources.below(place, path -> true).isEmpty();
    }
}
