package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** A node's folder on a medium, with what is wrong with a file said as a finding. */
final class MediumFolder {
    private final BundleFolder folder;

    MediumFolder(Path path) {
        folder = new BundleFolder(path);
    }

    Path path() {
        return folder.path();
    }

    /** Where a file of that name is. */
    Path at(String name) {
        return folder.at(name);
    }

    /** The whole content. */
    byte[] read(String name, int bytesMax) throws VerificationException {
        try {
            return folder.read(name, bytesMax);
        } catch (IOException e) {
            throw unreadable(at(name), e);
        }
    }

    /** The whole content into a buffer that grows as it must. */
    void read(String name, int bytesMax, ReadBuffer into) throws VerificationException {
        try (InputStream in = folder.open(name, bytesMax)) {
            if (!into.readAll(in, bytesMax)) {
                throw VerificationException.refused(at(name), "grew while it was being read");
            }
        } catch (IOException e) {
            throw unreadable(at(name), e);
        }
    }

    /** Whether there is anything of that name. */
    boolean has(String name) {
        return Files.exists(at(name), LinkOption.NOFOLLOW_LINKS);
    }

    /** Opens a file to be read in pieces. */
    InputStream open(String name, long bytesMax) throws VerificationException {
        try {
            return folder.open(name, bytesMax);
        } catch (IOException e) {
            throw unreadable(at(name), e);
        }
    }

    /** The numbers of the bundles here, ascending; unfinished ones are none. */
    List<Long> bundleNumbers() throws VerificationException {
        try {
            return folder.bundleNumbers();
        } catch (NotDirectoryException | NoSuchFileException e) {
            throw VerificationException.environment(path(), "not a folder");
        } catch (IOException e) {
            throw unreadable(path(), e);
        }
    }

    static VerificationException notPlain(Path file) {
        return unreadable(file, new BundleFolder.NotPlainException(file));
    }

    /** A disk that gives no answer proves nothing, so it is refused like a changed one. */
    static VerificationException unreadable(Path file, IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> VerificationException.refused(file, "missing");
            case AccessDeniedException denied ->
                    VerificationException.environment(file, "may not be opened by this user");
            case FileSystemException refused when refused.getReason() != null ->
                    VerificationException.refused(
                            Path.of(Objects.requireNonNullElse(refused.getFile(), file.toString())),
                            refused.getReason());
            default ->
                    VerificationException.refused(
                            file,
                            "cannot be read: "
                                    + e.getClass().getSimpleName()
                                    + " "
                                    + e.getMessage());
        };
    }
}
