package dev.mapsovereign.base.durable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;

/**
 * Whole files that survive a power cut: after a method returns, its effect is on the disk; after a
 * crash within it, either the old state or the new one is there, never a part.
 *
 * <p>A file is written under another name in the same folder, synced, renamed, and then the folder
 * is synced, because a rename lives in the folder and not in the file. A crash can leave such a
 * {@code .….tmp} file behind; {@link #deleteLeftovers} removes them.
 *
 * <p>The last part of a path is never followed if it is a link; that is refused. Java closes a
 * file's channel when its thread is interrupted: a call on an interrupted thread fails with {@link
 * java.nio.channels.ClosedByInterruptException}, and the old or the new state is there as always.
 *
 * <p>A file system without permissions (FAT on a medium) takes {@link Mode#PUBLIC} files only.
 */
public final class DurableFiles {
    private static final String LEFTOVER_HEAD = ".";
    private static final String LEFTOVER_TAIL = ".tmp";

    private DurableFiles() {}

    /**
     * Makes {@code file} hold exactly {@code content}, in place of what it held before if anything.
     */
    public static void write(Path file, byte[] content, Mode mode) throws IOException {
        refuseLink(file);
        Path temporary = writeTemporary(file, content, mode);
        try {
            Files.move(
                    temporary,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            deleteAfter(e, temporary);
            throw e;
        }
        syncDirectory(folderOf(file));
    }

    /**
     * As {@link #write}, but refuses a file, link or folder that is there already.
     *
     * @throws FileAlreadyExistsException if so; nothing was changed
     */
    public static void writeNew(Path file, byte[] content, Mode mode) throws IOException {
        refuseExisting(file);
        Path temporary = writeTemporary(file, content, mode);
        try {
            linkOrRename(temporary, file);
        } catch (IOException e) {
            deleteAfter(e, temporary);
            throw e;
        }
        syncDirectory(folderOf(file));
    }

    /**
     * Makes the folder and those above it that are missing, each synced into the one above.
     *
     * @throws FileAlreadyExistsException if {@code folder} is a file or a link
     */
    public static void createDirectories(Path folder, Mode mode) throws IOException {
        if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        refuseExisting(folder);
        Path above = folderOf(folder);
        if (!Files.isDirectory(above)) {
            createDirectories(above, mode);
        }
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(mode.folder()));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                throw e;
            }
            return; // somebody else made it meanwhile
        }
        enforce(folder, mode.folder(), mode);
        syncDirectory(above);
    }

    /** Makes the folder's present list of names survive a power cut. */
    public static void syncDirectory(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /**
     * Removes a file, a link itself, or an empty folder.
     *
     * @return false if there was none
     */
    public static boolean delete(Path file) throws IOException {
        boolean existed = Files.deleteIfExists(file);
        if (existed) {
            syncDirectory(folderOf(file));
        }
        return existed;
    }

    /**
     * Renames a file or folder within its file system in one step. A file at {@code to} is replaced
     * by a file. What is moved must have been synced before.
     */
    public static void move(Path from, Path to) throws IOException {
        refuseLink(from);
        refuseLink(to);
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        // The new name first: a crash between both syncs then leaves two names or one, never none.
        syncDirectory(folderOf(to));
        if (!folderOf(from).equals(folderOf(to))) {
            syncDirectory(folderOf(from));
        }
    }

    /**
     * Removes what crashed writers left in the folder. Only for whoever holds the folder's lock: it
     * would take the file of a writer at work.
     *
     * @return how many files were removed
     */
    public static int deleteLeftovers(Path folder) throws IOException {
        int deleted = 0;
        try (DirectoryStream<Path> leftovers =
                Files.newDirectoryStream(folder, LEFTOVER_HEAD + "*" + LEFTOVER_TAIL)) {
            for (Path leftover : leftovers) {
                if (Files.isRegularFile(leftover, LinkOption.NOFOLLOW_LINKS)) {
                    Files.delete(leftover);
                    deleted++;
                }
            }
        }
        if (deleted > 0) {
            syncDirectory(folder);
        }
        return deleted;
    }

    private static Path writeTemporary(Path file, byte[] content, Mode mode) throws IOException {
        Path temporary = folderOf(file).resolve(LEFTOVER_HEAD + UUID.randomUUID() + LEFTOVER_TAIL);
        try (FileChannel channel = createExclusively(temporary, mode)) {
            enforce(temporary, mode.file(), mode);
            ByteBuffer remaining = ByteBuffer.wrap(content);
            while (remaining.hasRemaining()) {
                channel.write(remaining);
            }
            channel.force(true);
        } catch (IOException e) {
            deleteAfter(e, temporary);
            throw e;
        }
        return temporary;
    }

    /**
     * Opens a file that must not exist for reading and writing, with the mode from its first
     * moment.
     */
    static FileChannel createExclusively(Path file, Mode mode) throws IOException {
        return FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(mode.file()));
    }

    /**
     * The process's umask can only have taken permissions away; gives them back, so that a group is
     * not shut out by the shell that started us.
     */
    static void enforce(Path path, Set<PosixFilePermission> wanted, Mode mode) throws IOException {
        Set<PosixFilePermission> actual =
                Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS);
        if (actual.equals(wanted)) {
            return;
        }
        try {
            Files.setPosixFilePermissions(path, wanted);
        } catch (IOException e) {
            if (mode != Mode.PUBLIC) {
                throw e;
            }
        }
        if (mode != Mode.PUBLIC) {
            requireNotLooser(path, wanted);
        }
    }

    private static void requireNotLooser(Path path, Set<PosixFilePermission> wanted)
            throws IOException {
        EnumSet<PosixFilePermission> surplus = EnumSet.noneOf(PosixFilePermission.class);
        surplus.addAll(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
        surplus.removeAll(wanted);
        if (!surplus.isEmpty()) {
            throw new FileSystemException(
                    path.toString(), null, "the file system does not keep its permissions private");
        }
    }

    /** A hard link cannot replace anything, not even what somebody made this moment. */
    private static void linkOrRename(Path temporary, Path file) throws IOException {
        try {
            Files.createLink(file, temporary);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException e) {
            // FAT has no hard links. The gap between look and rename is left to the folder's lock.
            refuseExisting(file);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            return;
        }
        Files.delete(temporary);
    }

    private static void refuseExisting(Path path) throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(path.toString());
        }
    }

    private static void refuseLink(Path path) throws IOException {
        if (Files.isSymbolicLink(path)) {
            throw new FileSystemException(
                    path.toString(), null, "a link stands where a file is to be written");
        }
    }

    private static void deleteAfter(IOException failure, Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (NoSuchFileException e) {
            // it never came to be
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    static Path folderOf(Path path) throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        if (folder == null) {
            throw new FileSystemException(path.toString(), null, "the root folder itself");
        }
        return folder;
    }
}
