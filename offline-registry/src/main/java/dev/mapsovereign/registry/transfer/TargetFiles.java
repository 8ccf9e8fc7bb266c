package dev.mapsovereign.registry.transfer;

import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.snapshot.IssueDescription.Packed;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.List;

/**
 * Copies target files, judging the bytes that are kept: what a medium answers a second time need
 * not be what it answered the first time.
 */
final class TargetFiles {
    private static final int BUFFER_BYTES = 256 * 1024;

    private TargetFiles() {}

    /**
     * Copies one target into {@code folder}.
     *
     * @param sources folders that may have it, asked in order; a mirror's own older snapshots come
     *     after the medium, so that an issue need not carry what did not change
     * @return the copy
     * @throws RegistryException {@code MISSING_FILE}, {@code TRUNCATED}, {@code OVERSIZE}, {@code
     *     DIGEST}
     */
    static Path copy(Packed target, List<Path> sources, Path folder) throws IOException {
        return copyAs(target, sources, folder.resolve(target.file().carriedName(target.name())));
    }

    /** As {@link #copy}, to a file of another name. */
    static Path copyAs(Packed target, List<Path> sources, Path copy) throws IOException {
        String name = target.file().carriedName(target.name());
        for (Path source : sources) {
            if (copyFrom(source.resolve(name), target, copy)) {
                return copy;
            }
        }
        throw new RegistryException(RegistryFault.MISSING_FILE, "targets/" + name + " is missing");
    }

    private static boolean copyFrom(Path file, Packed target, Path copy) throws IOException {
        try (InputStream in = PlainFile.open(file)) {
            copy(target, in, copy);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static void copy(Packed target, InputStream in, Path copy) throws IOException {
        MessageDigest digest = Sha256.digest();
        long length = target.file().length();
        long count = 0;
        byte[] buffer = new byte[BUFFER_BYTES];
        try (FileChannel out =
                FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            int read = in.read(buffer);
            while (read >= 0) {
                count += read;
                if (count > length) {
                    throw new RegistryException(
                            RegistryFault.OVERSIZE,
                            target.name() + ": more than the " + length + " bytes signed");
                }
                digest.update(buffer, 0, read);
                ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                read = in.read(buffer);
            }
            if (count < length) {
                throw new RegistryException(
                        RegistryFault.TRUNCATED,
                        target.name() + ": " + count + " bytes, " + length + " signed");
            }
            if (!MessageDigest.isEqual(digest.digest(), target.file().sha256())) {
                throw new RegistryException(
                        RegistryFault.DIGEST, target.name() + ": other bytes than signed");
            }
            out.force(true);
        }
    }
}
