package dev.mapsovereign.node.backup;

import dev.mapsovereign.auditexport.MediumWriter;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.FolderTree;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.node.backup.RestoreUnderWay.Place;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes what is restored beside what is there, synced; nothing that was there is touched, and what
 * was not finished goes again. For one thread.
 */
final class Staging implements AutoCloseable {
    private final Targets targets;
    private final Map<BackupPart, MediumWriter> folders = new EnumMap<>(BackupPart.class);
    private final List<Place> places = new ArrayList<>();
    private final Optional<Path> configuration;
    private boolean finished;

    /**
     * @param configuration of this host; one that is equal to it need not lie beside it
     */
    Staging(Targets targets, Optional<Path> configuration) {
        this.targets = targets;
        this.configuration = configuration;
    }

    /** Removes what an interrupted one left, and makes the folders. */
    void begin() throws IOException {
        for (BackupPart part : targets.parts()) {
            Path place = targets.place(part).orElseThrow();
            if (part.isOneFile()) {
                DurableFiles.createDirectories(place.resolveSibling(""), Mode.PRIVATE);
                Files.deleteIfExists(staged(place));
            } else {
                Path staged = place.resolve(BackupLayout.STAGED);
                DurableFiles.createDirectories(place, Mode.PRIVATE);
                FolderTree.delete(staged);
                DurableFiles.createDirectories(staged, Mode.PRIVATE);
                folders.put(part, new MediumWriter(staged));
                places.add(new Place(place, false));
            }
        }
    }

    /** Stages one file of the backup. */
    void put(FileEntry entry, InputStream content) throws IOException {
        Optional<Path> place = targets.place(entry.part());
        if (place.isEmpty()) {
            return;
        }
        if (entry.part().isOneFile()) {
            putFile(entry, content, place.get());
        } else {
            MediumWriter folder = folders.get(entry.part());
            if (folder == null) {
                throw new IllegalStateException("a part that was not begun: " + entry.part());
            }
            Path file = place.get().resolve(BackupLayout.STAGED).resolve(entry.path());
            if (entry.length() <= Limits.WHOLE_BYTES_MAX) {
                folder.put(
                        entry.path(), Arrays.copyOf(content.readAllBytes(), (int) entry.length()));
            } else {
                try (FileChannel channel = folder.create(entry.path())) {
                    fill(channel, content, entry.length());
                }
            }
            Files.setPosixFilePermissions(file, permissions(entry.mode()));
        }
    }

    private void putFile(FileEntry entry, InputStream content, Path place) throws IOException {
        Path staged = staged(place);
        if (entry.length() <= Limits.WHOLE_BYTES_MAX && !entry.zipped()) {
            byte[] bytes = content.readAllBytes();
            if (entry.part() == BackupPart.CONFIGURATION
                    && configuration.isPresent()
                    && isThere(configuration.get(), bytes)) {
                return;
            }
            DurableFiles.write(staged, bytes, Mode.PRIVATE);
        } else {
            DurableFiles.writeNew(staged, new byte[0], Mode.PRIVATE);
            try (FileChannel channel = FileChannel.open(staged, StandardOpenOption.WRITE)) {
                fill(channel, content, 0);
            }
        }
        Files.setPosixFilePermissions(staged, permissions(entry.mode()));
        places.add(new Place(place, true));
    }

    private static boolean isThere(Path file, byte[] content) throws IOException {
        return Files.isRegularFile(file)
                && Files.size(file) == content.length
                && Arrays.equals(Files.readAllBytes(file), content);
    }

    /** A file of the restore's own among those of a part. */
    void add(BackupPart part, String name, byte[] content) throws IOException {
        MediumWriter folder = folders.get(part);
        if (folder != null) {
            folder.put(name, content);
        }
    }

    /** Everything is on the disk; what is to be renamed where. */
    List<Place> finish() throws IOException {
        for (Map.Entry<BackupPart, MediumWriter> each : folders.entrySet()) {
            each.getValue().flush();
            shut(targets.place(each.getKey()).orElseThrow().resolve(BackupLayout.STAGED));
        }
        for (Place place : places) {
            if (place.oneFile()) {
                DurableFiles.syncDirectory(place.path().resolveSibling(""));
            }
        }
        finished = true;
        return places;
    }

    /** The folders are this user's alone, whatever the shell's mask was. */
    private static void shut(Path staged) throws IOException {
        Files.walkFileTree(
                staged,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path folder, BasicFileAttributes attributes) throws IOException {
                        Files.setPosixFilePermissions(folder, Mode.PRIVATE.folder());
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    private static Path staged(Path file) {
        return Path.of(file + BackupLayout.STAGED);
    }

    private static void fill(FileChannel channel, InputStream content, long length)
            throws IOException {
        byte[] piece = new byte[Limits.PIECE_BYTES];
        for (int read = content.read(piece); read >= 0; read = content.read(piece)) {
            write(channel, ByteBuffer.wrap(piece, 0, read));
        }
        Arrays.fill(piece, (byte) 0);
        while (channel.position() < length) {
            int part = (int) Math.min(piece.length, length - channel.position());
            write(channel, ByteBuffer.wrap(piece, 0, part));
        }
        channel.force(true);
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        EnumSet<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = PosixFilePermission.values();
        for (int i = 0; i < all.length; i++) {
            if ((mode >> (all.length - 1 - i) & 1) == 1) {
                permissions.add(all[i]);
            }
        }
        return permissions;
    }

    @Override
    public void close() throws IOException {
        for (MediumWriter folder : folders.values()) {
            folder.close();
        }
        if (!finished) {
            remove();
        }
    }

    private void remove() throws IOException {
        for (BackupPart part : targets.parts()) {
            Path place = targets.place(part).orElseThrow();
            if (part.isOneFile()) {
                Files.deleteIfExists(staged(place));
            } else {
                FolderTree.delete(place.resolve(BackupLayout.STAGED));
            }
        }
    }
}
