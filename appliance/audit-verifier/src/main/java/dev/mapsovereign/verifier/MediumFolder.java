package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleLayout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * {@code MAP-AUDIT/<node>/} on a medium that may be hostile. Only regular files are read, reached
 * through real folders, up to a size that the caller states. Names come from {@link BundleLayout}
 * alone, never from a file on the medium, so there are no path tricks to refuse. For one thread.
 */
final class MediumFolder {
    private final Path path;

    /**
     * Folders that have been found to be no links; they are few, a thousand files stand in each.
     */
    private final Set<Path> plainFolders = new HashSet<>();

    MediumFolder(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    /** Where a file of that name is. */
    Path at(String name) {
        return path.resolve(name);
    }

    /** The whole content. */
    byte[] read(String name, int bytesMax) throws VerificationException {
        try (InputStream in = open(name, bytesMax)) {
            byte[] content = in.readNBytes(bytesMax + 1);
            if (content.length > bytesMax) {
                throw tooLarge(name, bytesMax);
            }
            return content;
        } catch (IOException e) {
            throw unreadable(at(name), e);
        }
    }

    /** The whole content into a buffer that grows as it must. */
    void read(String name, int bytesMax, ReadBuffer into) throws VerificationException {
        try (InputStream in = open(name, bytesMax)) {
            if (!into.readAll(in, bytesMax)) {
                throw tooLarge(name, bytesMax);
            }
        } catch (IOException e) {
            throw unreadable(at(name), e);
        }
    }

    /** Opens a file to be read in pieces; whoever does may read {@code bytesMax} at most. */
    InputStream open(String name, long bytesMax) throws VerificationException {
        Path file = at(name);
        try {
            requirePlainFolders(file);
            BasicFileAttributes attributes =
                    Files.readAttributes(
                            file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile()) {
                throw notPlain(file);
            }
            if (attributes.size() > bytesMax) {
                throw tooLarge(name, bytesMax);
            }
            return Channels.newInputStream(
                    FileChannel.open(
                            file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)));
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private void requirePlainFolders(Path file) throws IOException, VerificationException {
        Path folder = path;
        for (Path part : path.relativize(file.resolveSibling(""))) {
            folder = folder.resolve(part);
            if (!plainFolders.contains(folder)) {
                BasicFileAttributes attributes =
                        Files.readAttributes(
                                folder, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                if (!attributes.isDirectory()) {
                    throw notPlain(folder);
                }
                plainFolders.add(folder);
            }
        }
    }

    /** The numbers of the bundles here, ascending; unfinished ones are none. */
    List<Long> bundleNumbers() throws VerificationException {
        List<Long> numbers = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
            for (Path entry : entries) {
                BundleLayout.bundleNumber(entry.getFileName().toString()).ifPresent(numbers::add);
            }
        } catch (NotDirectoryException | NoSuchFileException e) {
            throw VerificationException.environment(path, "not a folder");
        } catch (IOException e) {
            throw unreadable(path, e);
        }
        numbers.sort(null);
        return numbers;
    }

    static VerificationException notPlain(Path file) {
        return VerificationException.refused(
                file, "not a plain file or folder (links and special files are refused)");
    }

    /** A disk that gives no answer proves nothing, so it is refused like a changed one. */
    static VerificationException unreadable(Path file, IOException e) {
        if (e instanceof NoSuchFileException) {
            return VerificationException.refused(file, "missing");
        }
        if (e instanceof AccessDeniedException) {
            return VerificationException.environment(file, "may not be opened by this user");
        }
        return VerificationException.refused(
                file, "cannot be read: " + e.getClass().getSimpleName() + " " + e.getMessage());
    }

    private VerificationException tooLarge(String name, long bytesMax) {
        return VerificationException.refused(
                at(name), "larger than " + bytesMax + " bytes, the most that such a file can have");
    }
}
