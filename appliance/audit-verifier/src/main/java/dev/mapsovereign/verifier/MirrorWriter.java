package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.IoReason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Copies what is verified into a station's mirror: first aside, each file synced; and after all of
 * the visit was verified, {@link #admit} moves it in. No file of a mirror is ever replaced. For one
 * thread.
 */
final class MirrorWriter implements RangeSink {
    private static final int BUFFER_BYTES = 64 << 10;

    private final Path incoming;
    private final Path mirror;

    /** Folders below {@link #incoming} that exist. */
    private final Set<Path> made = new HashSet<>();

    /**
     * @param incoming where to collect, on the same file system as the mirror
     */
    MirrorWriter(Path incoming, Path mirror) {
        this.incoming = incoming;
        this.mirror = mirror;
    }

    @Override
    public boolean wantsOwnFiles() {
        return true;
    }

    @Override
    public void file(BundleHeader bundle, String name, byte[] bytes) throws VerificationException {
        write(bundle, name, bytes, bytes.length);
    }

    @Override
    public void entries(
            BundleHeader bundle,
            BundleDescription.Range range,
            String name,
            long first,
            int count,
            byte[] bytes,
            int length)
            throws VerificationException {
        write(bundle, name, bytes, length);
    }

    private void write(BundleHeader bundle, String name, byte[] bytes, int length)
            throws VerificationException {
        Path file = incoming(bundle, name);
        try (FileChannel channel = create(file)) {
            ByteBuffer content = ByteBuffer.wrap(bytes, 0, length);
            while (content.hasRemaining()) {
                channel.write(content);
            }
            channel.force(true);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    /** Copies a bundle's manifest and its signature, which no manifest lists. */
    void manifest(BundleHeader bundle) throws VerificationException {
        String name = BundleLayout.manifest(bundle.number());
        Path file = incoming(bundle, name);
        MessageDigest digest = Sha256.digest();
        try (InputStream in = bundle.folder().open(name, Limits.MANIFEST_BYTES_MAX);
                FileChannel channel = create(file)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
                ByteBuffer content = ByteBuffer.wrap(buffer, 0, read);
                while (content.hasRemaining()) {
                    channel.write(content);
                }
            }
            channel.force(true);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
        if (!Hex.encode(digest.digest()).equals(bundle.manifestDigest())) {
            throw VerificationException.refused(
                    bundle.folder().at(name), "changed while the medium was being read");
        }
        byte[] signature = bundle.signature().bytes();
        write(bundle, BundleLayout.manifestSignature(bundle.number()), signature, signature.length);
    }

    private Path incoming(BundleHeader bundle, String name) {
        return incoming.resolve(BundleLayout.nodeFolder(bundle.node())).resolve(name);
    }

    /** Two ranges may list one file; the second time it replaces itself. */
    private FileChannel create(Path file) throws IOException {
        Path above = file.resolveSibling("");
        if (made.add(above)) {
            DurableFiles.createDirectories(above, Mode.PRIVATE);
        }
        return FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
    }

    /**
     * Moves all that was collected into the mirror, and syncs it.
     *
     * @throws VerificationException if the mirror has other bytes under a name
     */
    void admit() throws VerificationException {
        Set<Path> touched = new HashSet<>();
        try {
            DurableFiles.createDirectories(mirror, Mode.PRIVATE);
            Conflict conflict = new Conflict();
            Files.walkFileTree(
                    incoming,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                                throws IOException {
                            Path target = mirror.resolve(incoming.relativize(file));
                            if (Files.exists(target) && Files.mismatch(file, target) >= 0) {
                                conflict.file = target;
                                return FileVisitResult.TERMINATE;
                            }
                            Path above = target.resolveSibling("");
                            if (touched.add(above)) {
                                DurableFiles.createDirectories(above, Mode.PRIVATE);
                            }
                            Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
                            return FileVisitResult.CONTINUE;
                        }
                    });
            for (Path folder : touched) {
                DurableFiles.syncDirectory(folder);
            }
            if (conflict.file != null) {
                throw VerificationException.refused(
                        conflict.file, "the mirror has other bytes under this name");
            }
        } catch (IOException e) {
            throw unwritable(mirror, e);
        }
    }

    /** What a walk found. */
    private static final class Conflict {
        private @Nullable Path file;
    }

    private static VerificationException unwritable(Path file, IOException e) {
        return VerificationException.environment(file, "cannot be written: " + IoReason.of(e));
    }
}
