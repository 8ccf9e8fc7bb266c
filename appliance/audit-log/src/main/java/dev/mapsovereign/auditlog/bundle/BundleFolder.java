package dev.mapsovereign.auditlog.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * {@code MAP-AUDIT/<node>/} on a medium that may be hostile, for reading. Only regular files are
 * read, reached through real folders, up to a size that the caller states. Names come from {@link
 * BundleLayout} alone, never from a file on the medium, so there are no path tricks to refuse. For
 * one thread.
 */
public final class BundleFolder {
    private final Path path;

    /**
     * Names of folders that have been found to be no links; they are few, a thousand files stand in
     * each.
     */
    private final Set<String> plainFolders = new HashSet<>();

    /**
     * @param path of the folder, which itself may be reached through links
     */
    public BundleFolder(Path path) {
        this.path = path;
    }

    /** A link, a special file, or a file where a folder has to be. */
    public static final class NotPlainException extends FileSystemException {
        private static final long serialVersionUID = 1L;

        /** Names the file. */
        public NotPlainException(Path file) {
            super(
                    file.toString(),
                    null,
                    "not a plain file or folder (links and special files are refused)");
        }
    }

    /** A file larger than its kind can be. */
    public static final class TooLargeException extends FileSystemException {
        private static final long serialVersionUID = 1L;

        private TooLargeException(Path file, long bytesMax) {
            super(
                    file.toString(),
                    null,
                    "larger than " + bytesMax + " bytes, the most that such a file can have");
        }
    }

    /** Where this is. */
    public Path path() {
        return path;
    }

    /** Where a file of that name is. */
    public Path at(String name) {
        return path.resolve(name);
    }

    /**
     * The whole content.
     *
     * @throws NotPlainException if it is reached through a link, or is no regular file
     * @throws TooLargeException if it has more bytes
     */
    public byte[] read(String name, int bytesMax) throws IOException {
        try (InputStream in = open(name, bytesMax)) {
            byte[] content = in.readNBytes(bytesMax + 1);
            if (content.length > bytesMax) {
                throw new TooLargeException(at(name), bytesMax);
            }
            return content;
        }
    }

    /**
     * Opens a file to be read in pieces. Its size is bounded now; a medium that lies about that is
     * the reader's to notice.
     */
    public InputStream open(String name, long bytesMax) throws IOException {
        Path file = at(name);
        requirePlainFolders(name);
        BasicFileAttributes attributes = attributes(file);
        if (!attributes.isRegularFile()) {
            throw new NotPlainException(file);
        }
        if (attributes.size() > bytesMax) {
            throw new TooLargeException(file, bytesMax);
        }
        return Channels.newInputStream(
                FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)));
    }

    /** From the outermost on: what stands behind a link is not looked at. */
    private void requirePlainFolders(String name) throws IOException {
        int end = name.lastIndexOf('/');
        if (end < 0) {
            return;
        }
        String above = name.substring(0, end);
        if (plainFolders.contains(above)) {
            return;
        }
        requirePlainFolders(above);
        if (!attributes(at(above)).isDirectory()) {
            throw new NotPlainException(at(above));
        }
        plainFolders.add(above);
    }

    private static BasicFileAttributes attributes(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    /** The numbers of the bundles here, ascending; unfinished ones are none. */
    public List<Long> bundleNumbers() throws IOException {
        List<Long> numbers = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
            for (Path entry : entries) {
                BundleLayout.bundleNumber(entry.getFileName().toString()).ifPresent(numbers::add);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        numbers.sort(null);
        return numbers;
    }
}
