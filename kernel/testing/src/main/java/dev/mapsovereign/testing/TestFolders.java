package dev.mapsovereign.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Folders for servers, below the system's folder for temporary files. */
final class TestFolders {
    /** {@code nobody} on every Linux: root's servers run as this user. */
    static final int NOBODY = 65534;

    private static final Set<PosixFilePermission> ENTERABLE =
            PosixFilePermissions.fromString("rwxr-xr-x");

    private TestFolders() {}

    static boolean isRoot() {
        return uid() == 0;
    }

    /** The number of this process's user. */
    static int uid() {
        try {
            return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A new folder for one server, which every user may enter. */
    static Path create(String server) throws IOException {
        Path folder = Files.createTempDirectory(base(), "map-test-" + server + "-");
        Files.setPosixFilePermissions(folder, ENTERABLE);
        return folder;
    }

    /**
     * A folder that the tests of this user share over time. Its name is known to everybody, so it
     * is used only if it is this user's own and nobody else can write there.
     */
    static Path cache() throws IOException {
        Path folder = base().resolve("map-test-cache-" + uid());
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(ENTERABLE));
            Files.setPosixFilePermissions(folder, ENTERABLE);
        } catch (java.nio.file.FileAlreadyExistsException e) {
            // made by an earlier or a parallel build
        }
        boolean trusted =
                Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                        && (int) Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                                == uid()
                        && ENTERABLE.containsAll(
                                Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS));
        if (!trusted) {
            throw new IOException(folder + " is not this user's own folder: remove it");
        }
        return folder;
    }

    /** Removes a folder with all in it; nothing if it is not there. */
    static void delete(Path folder) {
        try {
            Files.walkFileTree(
                    folder,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                                throws IOException {
                            Files.deleteIfExists(file);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFileFailed(Path file, IOException failure)
                                throws IOException {
                            if (failure instanceof NoSuchFileException) {
                                return FileVisitResult.CONTINUE;
                            }
                            throw failure;
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(
                                Path directory,
                                @org.jspecify.annotations.Nullable IOException failure)
                                throws IOException {
                            Files.deleteIfExists(directory);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Root's own folder for temporary files may be closed to others; {@code /tmp} never is. */
    private static Path base() {
        return isRoot() ? Path.of("/tmp") : Path.of(System.getProperty("java.io.tmpdir"));
    }
}
