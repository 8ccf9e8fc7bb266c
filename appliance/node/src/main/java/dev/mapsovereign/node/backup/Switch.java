package dev.mapsovereign.node.backup;

import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.node.backup.RestoreUnderWay.Place;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts what was staged in the place of what was there, by renames within each folder: the folder
 * itself may be a mount, or lie in one where only root makes names. What was done is told by the
 * names alone, so it can be begun again from wherever it was killed.
 */
final class Switch {
    private final RestoreUnderWay restore;

    Switch(RestoreUnderWay restore) {
        this.restore = restore;
    }

    /** Does whatever is not done. */
    void run(BackupProgress progress) throws IOException {
        for (Place place : restore.places()) {
            progress.say("switching " + place.path());
            if (place.oneFile()) {
                file(place.path());
            } else {
                folder(place.path());
            }
        }
    }

    /** What was there before, where anything was. */
    List<Path> setAside() {
        List<Path> found = new ArrayList<>();
        for (Place place : restore.places()) {
            Path before = before(place);
            if (Files.exists(before, LinkOption.NOFOLLOW_LINKS)) {
                found.add(before);
            }
        }
        return found;
    }

    private Path before(Place place) {
        return place.oneFile()
                ? Path.of(place.path() + BackupLayout.BEFORE + restore.tag())
                : place.path().resolve(BackupLayout.BEFORE + restore.tag());
    }

    private void file(Path file) throws IOException {
        Path staged = Path.of(file + BackupLayout.STAGED);
        if (!Files.exists(staged, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            rename(file, before(new Place(file, true)));
            DurableFiles.syncDirectory(folderOf(file));
        }
        rename(staged, file);
        DurableFiles.syncDirectory(folderOf(file));
    }

    private void folder(Path folder) throws IOException {
        Path staged = folder.resolve(BackupLayout.STAGED);
        Path ready = folder.resolve(BackupLayout.READY);
        if (Files.exists(staged, LinkOption.NOFOLLOW_LINKS)) {
            Path before = before(new Place(folder, false));
            List<Path> old = entries(folder);
            if (!old.isEmpty()) {
                DurableFiles.createDirectories(before, Mode.PRIVATE);
                renameAll(old, before);
            }
            DurableFiles.syncDirectory(folder);
            rename(staged, ready);
            DurableFiles.syncDirectory(folder);
        }
        if (Files.exists(ready, LinkOption.NOFOLLOW_LINKS)) {
            renameAll(entries(ready), folder);
            DurableFiles.syncDirectory(ready);
            Files.delete(ready);
            DurableFiles.syncDirectory(folder);
        }
    }

    private static void renameAll(List<Path> entries, Path into) throws IOException {
        for (Path entry : entries) {
            rename(entry, into.resolve(entry.getFileName()));
        }
        DurableFiles.syncDirectory(into);
    }

    private static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    private static List<Path> entries(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path entry : all) {
                if (!BackupLayout.isPassing(entry.getFileName().toString())) {
                    found.add(entry);
                }
            }
        }
        return found;
    }

    private static Path folderOf(Path file) {
        return file.toAbsolutePath().resolveSibling("");
    }
}
