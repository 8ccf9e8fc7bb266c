package dev.mapsovereign.registry.transfer;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.FolderLock;
import dev.mapsovereign.base.durable.FolderTree;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.snapshot.IssueDescription;
import dev.mapsovereign.registry.snapshot.RevocationList;
import dev.mapsovereign.registry.snapshot.SnapshotNames;
import dev.mapsovereign.registry.snapshot.StoredSnapshot;
import dev.mapsovereign.registry.tuf.RootMetadata;
import dev.mapsovereign.registry.tuf.TrustedRoots;
import dev.mapsovereign.registry.tuf.VerifiedIssue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A mirror's folder: state, roots, snapshots. Whoever has it open has it alone. Not safe for use by
 * several threads; {@link dev.mapsovereign.registry.RegistryMirror} orders its uses.
 */
public final class MirrorStore implements AutoCloseable {
    private static final String STAGING = "staging";
    private static final int STATE_BYTES_MAX = 64 * 1024;

    private final Path folder;
    private final Ed25519 ed25519;
    private final FolderLock lock;
    private MirrorState state;

    private MirrorStore(Path folder, Ed25519 ed25519, FolderLock lock, MirrorState state) {
        this.folder = folder;
        this.ed25519 = ed25519;
        this.lock = lock;
        this.state = state;
    }

    /**
     * Opens the folder, makes it if it is missing, and removes what an import that was killed left
     * behind.
     *
     * @param releaseTime when this release was built: the lowest time floor
     * @throws RegistryException {@code BUSY} naming the holder, {@code STORE_DAMAGED}
     */
    public static MirrorStore open(Path folder, Ed25519 ed25519, Instant releaseTime)
            throws IOException {
        DurableFiles.createDirectories(folder, Mode.GROUP);
        FolderLock lock =
                FolderLock.tryAcquire(folder)
                        .orElseThrow(() ->
                                new RegistryException(
                                        RegistryFault.BUSY,
                                        "another process has the registry folder " + folder));
        try {
            DurableFiles.createDirectories(
                    folder.resolve(SnapshotNames.SNAPSHOTS_FOLDER), Mode.GROUP);
            DurableFiles.createDirectories(folder.resolve(SnapshotNames.ROOTS_FOLDER), Mode.GROUP);
            MirrorStore store =
                    new MirrorStore(folder, ed25519, lock, readState(folder, releaseTime));
            store.removeUnlisted();
            return store;
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /**
     * The time floor that a mirror's folder holds; empty before the first import. Takes no lock:
     * the file is replaced whole.
     *
     * @throws RegistryException {@code STORE_DAMAGED}
     */
    public static Optional<Instant> storedTimeFloor(Path folder) {
        return storedState(folder).map(MirrorState::timeFloor);
    }

    private static Optional<MirrorState> storedState(Path folder) {
        String name = folder.resolve(SnapshotNames.STATE_FILE).toString();
        return new FolderSource(folder)
                .read(SnapshotNames.STATE_FILE, STATE_BYTES_MAX)
                .map(bytes -> MirrorState.parse(name, bytes));
    }

    private static MirrorState readState(Path folder, Instant releaseTime) {
        MirrorState state = storedState(folder).orElseGet(() -> MirrorState.empty(releaseTime));
        Instant floor = state.timeFloor().isBefore(releaseTime) ? releaseTime : state.timeFloor();
        return new MirrorState(
                state.served(), state.kept(), state.rootVersion(), state.floors(), floor);
    }

    /** Snapshots that the state does not name were never visible, or are not any more. */
    void removeUnlisted() throws IOException {
        List<Path> entries;
        try (Stream<Path> listed = Files.list(folder.resolve(SnapshotNames.SNAPSHOTS_FOLDER))) {
            entries = listed.toList();
        }
        for (Path entry : entries) {
            boolean listed = state.kept().stream().anyMatch(it -> entry.endsWith(it.folderName()));
            if (!listed) {
                FolderTree.delete(entry);
            }
        }
        DurableFiles.deleteLeftovers(folder);
    }

    /** What was accepted so far. */
    public MirrorState state() {
        return state;
    }

    /** Writes a new state: from here on it counts. */
    void switchTo(MirrorState next) throws IOException {
        DurableFiles.write(folder.resolve(SnapshotNames.STATE_FILE), next.encode(), Mode.GROUP);
        state = next;
    }

    /** Serves the documents of another kept snapshot; nothing else changes. */
    public void serve(long number) throws IOException {
        switchTo(state.serving(number));
    }

    /**
     * The roots from the pinned one on, as far as they were accepted here.
     *
     * @throws RegistryException {@code ROLLED_BACK} if roots that were accepted are missing
     */
    public TrustedRoots roots(Path pinned) {
        byte[] bytes =
                new FolderSource(parentOf(pinned))
                        .read(nameOf(pinned), Limits.ROOT_BYTES_MAX)
                        .orElseThrow(() ->
                                new RegistryException(
                                        RegistryFault.NO_PINNED_ROOT,
                                        "the pinned root " + pinned + " is missing"));
        TrustedRoots roots =
                TrustedRoots.pinned(pinned.toString(), bytes, ed25519)
                        .extend(new FolderSource(folder.resolve(SnapshotNames.ROOTS_FOLDER)));
        if (roots.newest().version() < state.rootVersion()) {
            throw new RegistryException(
                    RegistryFault.ROLLED_BACK,
                    "roots up to version "
                            + roots.newest().version()
                            + " are here, version "
                            + state.rootVersion()
                            + " was accepted before");
        }
        return roots;
    }

    private static Path parentOf(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw new RegistryException(RegistryFault.NO_PINNED_ROOT, file + " is no file");
        }
        return parent;
    }

    private static String nameOf(Path file) {
        return Optional.ofNullable(file.getFileName()).map(Path::toString).orElse("");
    }

    /** Keeps roots that were verified. */
    void keepRoots(TrustedRoots roots) throws IOException {
        for (TrustedRoots.RootFile root : roots.chain()) {
            Path file =
                    folder.resolve(SnapshotNames.ROOTS_FOLDER)
                            .resolve(TrustedRoots.fileName(root.metadata().version()));
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                DurableFiles.write(file, root.bytes(), Mode.GROUP);
            }
        }
    }

    /** The folder of a kept snapshot. */
    public Path snapshotFolder(MirrorState.Kept kept) {
        return folder.resolve(SnapshotNames.SNAPSHOTS_FOLDER).resolve(kept.folderName());
    }

    /** Folders with the target files of all kept snapshots. */
    List<Path> targetFolders() {
        return state.kept().stream()
                .map(it -> snapshotFolder(it).resolve(SnapshotNames.TARGETS_FOLDER))
                .toList();
    }

    /** An empty folder to build a snapshot in. */
    Path freshStaging() throws IOException {
        Path staging = folder.resolve(SnapshotNames.SNAPSHOTS_FOLDER).resolve(STAGING);
        FolderTree.delete(staging);
        DurableFiles.createDirectories(staging.resolve(SnapshotNames.METADATA_FOLDER), Mode.GROUP);
        DurableFiles.createDirectories(staging.resolve(SnapshotNames.TARGETS_FOLDER), Mode.GROUP);
        return staging;
    }

    /** Gives a built snapshot its place; it is not visible until the state names it. */
    void place(Path staging, MirrorState.Kept kept) throws IOException {
        Path place = snapshotFolder(kept);
        FolderTree.delete(place);
        DurableFiles.syncDirectory(staging.resolve(SnapshotNames.METADATA_FOLDER));
        DurableFiles.syncDirectory(staging.resolve(SnapshotNames.TARGETS_FOLDER));
        DurableFiles.syncDirectory(staging);
        DurableFiles.move(staging, place);
    }

    /**
     * The metadata of a kept snapshot, verified again against the root that vouched for it then.
     *
     * @throws RegistryException whatever verification says
     */
    public VerifiedIssue issue(MirrorState.Kept kept, TrustedRoots roots) {
        RootMetadata root =
                roots.chain().stream()
                        .map(TrustedRoots.RootFile::metadata)
                        .filter(it -> it.version() == kept.rootVersion())
                        .findFirst()
                        .orElseGet(roots::newest);
        Path metadata = snapshotFolder(kept).resolve(SnapshotNames.METADATA_FOLDER);
        VerifiedIssue issue = VerifiedIssue.read(root, new FolderSource(metadata), ed25519);
        if (issue.number() != kept.number()) {
            throw new RegistryException(
                    RegistryFault.STORE_DAMAGED,
                    metadata + " holds issue " + issue.number() + ", not " + kept.number());
        }
        return issue;
    }

    /** Opens a kept snapshot for answers. */
    public StoredSnapshot snapshot(MirrorState.Kept kept, VerifiedIssue issue) throws IOException {
        return StoredSnapshot.open(snapshotFolder(kept), IssueDescription.of(issue.targets()));
    }

    /** Opens the revocation list that a kept snapshot brought. */
    public RevocationList revocations(MirrorState.Kept kept, VerifiedIssue issue)
            throws IOException {
        return RevocationList.open(
                snapshotFolder(kept), IssueDescription.of(issue.targets()).revocations());
    }

    /**
     * Builds a kept snapshot again from its signed files and compares.
     *
     * @return its leaves
     * @throws RegistryException {@code STORE_DAMAGED} naming the file that differs
     */
    public long verify(MirrorState.Kept kept, VerifiedIssue issue) throws IOException {
        IssueDescription description = IssueDescription.of(issue.targets());
        Path targets = snapshotFolder(kept).resolve(SnapshotNames.TARGETS_FOLDER);
        Path staging = freshStaging();
        Path copies = staging.resolve(SnapshotNames.TARGETS_FOLDER);
        List<Path> from = List.of(targets);
        Path index = TargetFiles.copy(description.index(), from, copies);
        Path revocations = TargetFiles.copy(description.revocations().packed(), from, copies);
        List<Path> parts = new ArrayList<>();
        for (IssueDescription.Packed part : description.parts()) {
            parts.add(TargetFiles.copy(part, from, copies));
        }
        new SnapshotBuild(description, ed25519, staging)
                .run(index, parts, revocations, Succession.first());
        for (String name : SnapshotNames.BUILT) {
            if (Files.mismatch(staging.resolve(name), snapshotFolder(kept).resolve(name)) >= 0) {
                throw new RegistryException(
                        RegistryFault.STORE_DAMAGED,
                        snapshotFolder(kept).resolve(name) + " is not what its signed files make");
            }
        }
        removeUnlisted();
        return description.treeSize();
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
