package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.FolderLock;
import dev.mapsovereign.base.durable.FolderTree;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a station remembers and keeps, under a lock (docs/internals/off-site-station.md). For one
 * thread.
 */
final class StationFolder implements AutoCloseable {
    private static final String STATE = "state.json";
    private static final String MIRROR_STATE = "mirror.json";
    private static final String MIRROR = "mirror";
    private static final String INCOMING = "incoming";
    private static final String RECEIPTS = "receipts";
    private static final String EVIDENCE = "evidence";

    private final Path folder;
    private final FolderLock lock;
    private final VerifierState seen;
    private final MirrorState mirrored;

    private StationFolder(Path folder, FolderLock lock, VerifierState seen, MirrorState mirrored) {
        this.folder = folder;
        this.lock = lock;
        this.seen = seen;
        this.mirrored = mirrored;
    }

    /**
     * Takes the folder.
     *
     * @param begin whether to make it; a station that lost its memory must not go on unawares
     * @throws OperatorException environment, if it is in use, missing, or there when it should not
     */
    static StationFolder open(Path folder, boolean begin) {
        try {
            boolean there = Files.exists(folder.resolve(STATE));
            if (begin == there) {
                throw new OperatorException(
                        ExitCode.ENVIRONMENT,
                        begin
                                ? "the state in " + folder + " exists already"
                                : "there is no station's state in " + folder,
                        begin ? "without --init-state it is continued" : "--init-state begins one");
            }
            DurableFiles.createDirectories(folder, Mode.PRIVATE);
            FolderLock lock =
                    FolderLock.tryAcquire(folder)
                            .orElseThrow(() ->
                                    new OperatorException(
                                            ExitCode.ENVIRONMENT,
                                            "another witness works in " + folder,
                                            "wait for it to end"));
            return locked(folder, lock, begin);
        } catch (IOException e) {
            throw unusable(folder, e);
        }
    }

    private static StationFolder locked(Path folder, FolderLock lock, boolean begin)
            throws IOException {
        boolean opened = false;
        try {
            FolderTree.delete(folder.resolve(INCOMING));
            DurableFiles.deleteLeftovers(folder);
            if (begin) {
                DurableFiles.writeNew(
                        folder.resolve(MIRROR_STATE), new MirrorState().bytes(), Mode.PRIVATE);
                VerifierState.EMPTY.write(folder.resolve(STATE), true);
            }
            StationFolder station =
                    new StationFolder(
                            folder,
                            lock,
                            VerifierState.read(folder.resolve(STATE)),
                            mirrorState(folder.resolve(MIRROR_STATE)));
            opened = true;
            return station;
        } finally {
            if (!opened) {
                lock.close();
            }
        }
    }

    private static MirrorState mirrorState(Path file) throws IOException {
        try {
            return MirrorState.parse(Files.readAllBytes(file));
        } catch (IllegalArgumentException e) {
            throw new OperatorException(ExitCode.ENVIRONMENT, file + ": " + e.getMessage(), e);
        }
    }

    /** What was seen at earlier visits. */
    VerifierState seen() {
        return seen;
    }

    /** How far the logs are mirrored; changes count after {@link #remember}. */
    MirrorState mirrored() {
        return mirrored;
    }

    /** Where files of the visit under way are collected. */
    Path incoming() {
        return folder.resolve(INCOMING);
    }

    /** The mirror, laid out as a medium. */
    Path mirror() {
        return folder.resolve(MIRROR);
    }

    /** Writes and syncs what was seen and mirrored; only then may anything be cosigned. */
    void remember(VerifierState now) {
        try {
            DurableFiles.write(folder.resolve(MIRROR_STATE), mirrored.bytes(), Mode.PRIVATE);
        } catch (IOException e) {
            throw unusable(folder, e);
        }
        now.write(folder.resolve(STATE), false);
    }

    /** Keeps a receipt. */
    void keepReceipt(BundleHeader bundle, String tenant, byte[] note) {
        keep(
                folder.resolve(RECEIPTS)
                        .resolve(bundle.node())
                        .resolve(Long.toString(bundle.number()))
                        .resolve(tenant),
                note);
    }

    /** Gives the mirror its newest checkpoint, for tile readers; the one file that is replaced. */
    void publish(BundleHeader bundle, TenantId tenant, byte[] note) {
        keep(
                mirror().resolve(BundleLayout.nodeFolder(bundle.node()))
                        .resolve(BundleLayout.checkpoint(tenant)),
                note);
    }

    /** Keeps a file of a bundle that contradicts what was seen. */
    Path keepEvidence(BundleHeader bundle, String name, byte[] content) {
        Path top =
                folder.resolve(EVIDENCE)
                        .resolve(bundle.node())
                        .resolve(bundle.manifestDigest().substring(0, 16));
        keep(top.resolve(name), content);
        return top;
    }

    private void keep(Path file, byte[] content) {
        try {
            DurableFiles.createDirectories(file.resolveSibling(""), Mode.PRIVATE);
            DurableFiles.write(file, content, Mode.PRIVATE);
        } catch (IOException e) {
            throw unusable(folder, e);
        }
    }

    /**
     * Puts a receipt on the medium that brought the bundle; links on the way are refused.
     *
     * @param top the node's folder on the medium, or where else receipts are to go
     */
    static Path putReceipt(Path top, String station, BundleHeader bundle, Path name, byte[] note) {
        Path file = top;
        try {
            for (Path part : name) {
                file = file.resolve(part);
                if (!file.equals(top.resolve(name))) {
                    DurableFiles.createDirectories(file, Mode.PUBLIC);
                }
            }
            DurableFiles.write(file, note, Mode.PUBLIC);
            return file;
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "%s has cosigned %s of %s, but the receipt cannot be written to the medium: %s; --receipts-to DIR puts it elsewhere"
                            .formatted(station, bundle.name(), bundle.node(), e),
                    e);
        }
    }

    private static OperatorException unusable(Path folder, IOException e) {
        return new OperatorException(
                ExitCode.ENVIRONMENT,
                "the station's folder " + folder + " cannot be used: " + IoReason.of(e),
                e);
    }

    @Override
    public void close() {
        try {
            FolderTree.delete(incoming());
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the station's lock cannot be given back", e);
        }
    }

    /** Empty, or why a path that was given lies in here: a station must not verify itself. */
    Optional<String> contains(Path path) {
        return path.toAbsolutePath().normalize().startsWith(folder.toAbsolutePath().normalize())
                ? Optional.of(path + " lies in the station's own folder")
                : Optional.empty();
    }
}
