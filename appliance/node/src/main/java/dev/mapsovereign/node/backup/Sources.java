package dev.mapsovereign.node.backup;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Finds the files of a part on the host. */
final class Sources {
    private Sources() {}

    /**
     * A file to be copied.
     *
     * @param path relative to the part's place
     */
    record Source(Path file, String path, long size, FileTime changed) {}

    /** What was copied is not what is there now; a backup begins again. */
    static final class ChangedException extends IOException {
        private static final long serialVersionUID = 1L;

        ChangedException(Path what) {
            super(what + " changed while it was copied");
        }
    }

    /**
     * The files below a folder, in the order of their names; none if it is not there. Links are not
     * followed and not copied, nor is what belongs to a program at work.
     *
     * @param wanted by the path of a file or folder relative to the folder
     */
    static List<Source> below(Path folder, Predicate<String> wanted) throws IOException {
        List<Source> found = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path visited, BasicFileAttributes attributes) {
                        boolean top = visited.equals(folder);
                        return top || isWanted(visited)
                                ? FileVisitResult.CONTINUE
                                : FileVisitResult.SKIP_SUBTREE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        if (attributes.isRegularFile() && isWanted(file)) {
                            found.add(source(file, relative(file), attributes));
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException failure)
                            throws IOException {
                        if (failure instanceof NoSuchFileException) {
                            return FileVisitResult.CONTINUE; // gone since its name was read
                        }
                        throw failure;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path visited, @Nullable IOException failure) throws IOException {
                        if (failure != null) {
                            throw failure;
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    private boolean isWanted(Path entry) {
                        return !BackupLayout.isPassing(entry.getFileName().toString())
                                && wanted.test(relative(entry));
                    }

                    private String relative(Path entry) {
                        return folder.relativize(entry).toString();
                    }
                });
        found.sort(Comparator.comparing(Source::path));
        return found;
    }

    /** One file, or none if it is not there. */
    static List<Source> single(Path file) throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(
                            file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile()) {
                throw new FileSystemException(file.toString(), null, "is not a plain file");
            }
            return List.of(source(file, file.getFileName().toString(), attributes));
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private static Source source(Path file, String path, BasicFileAttributes attributes) {
        return new Source(file, path, attributes.size(), attributes.lastModifiedTime());
    }
}
