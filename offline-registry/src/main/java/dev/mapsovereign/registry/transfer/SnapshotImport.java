package dev.mapsovereign.registry.transfer;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.registry.ImportReport;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.snapshot.IssueDescription;
import dev.mapsovereign.registry.snapshot.IssueDescription.Packed;
import dev.mapsovereign.registry.snapshot.Leaf;
import dev.mapsovereign.registry.snapshot.Revocation;
import dev.mapsovereign.registry.snapshot.SnapshotNames;
import dev.mapsovereign.registry.snapshot.StoredSnapshot;
import dev.mapsovereign.registry.tuf.RoleFloors;
import dev.mapsovereign.registry.tuf.RootMetadata;
import dev.mapsovereign.registry.tuf.TrustedRoots;
import dev.mapsovereign.registry.tuf.VerifiedIssue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * One import: verifies everything on a medium before anything of it is visible
 * (docs/internals/registry-snapshot.md). Whatever it throws, the old state goes on.
 */
public final class SnapshotImport {
    private final MirrorStore store;
    private final Ed25519 ed25519;
    private final Clock clock;
    private final Path pinnedRoot;
    private final Consumer<ImportReport> record;

    /**
     * An import into {@code store}.
     *
     * @param pinnedRoot the publisher's root that the site pins
     * @param record called when all is verified and before the switch; returns when the record of
     *     it is durable
     */
    public SnapshotImport(
            MirrorStore store,
            Ed25519 ed25519,
            Clock clock,
            Path pinnedRoot,
            Consumer<ImportReport> record) {
        this.store = store;
        this.ed25519 = ed25519;
        this.clock = clock;
        this.pinnedRoot = pinnedRoot;
        this.record = record;
    }

    /**
     * Imports what lies in {@code medium} or in its folder {@code MAP-REGISTRY}.
     *
     * @throws RegistryException naming the rule that was broken
     */
    public ImportReport from(Path medium) throws IOException {
        Candidate candidate = judge(medium, false);
        if (!candidate.report().changed()) {
            return candidate.report();
        }
        record.accept(candidate.report());
        MirrorState next = after(store.state(), candidate);
        store.keepRoots(candidate.roots());
        store.place(candidate.staging(), next.kept().getFirst());
        store.switchTo(next);
        store.removeUnlisted();
        return candidate.report();
    }

    /**
     * Verifies as {@link #from} does, and leaves nothing behind. An issue that was accepted before
     * is verified as well: who checks a medium wants to know whether it is good.
     */
    public ImportReport check(Path medium) throws IOException {
        Candidate candidate = judge(medium, true);
        store.removeUnlisted();
        return candidate.report();
    }

    /** An issue in which everything was verified; it lies in the staging folder. */
    private record Candidate(
            Path staging,
            TrustedRoots roots,
            VerifiedIssue issue,
            ImportReport report,
            Instant begin) {}

    private Candidate judge(Path medium, boolean acceptedToo) throws IOException {
        Instant begin = clock.instant();
        Path layout = layout(medium);
        FolderSource metadata = new FolderSource(layout.resolve(SnapshotNames.METADATA_FOLDER));
        MirrorState state = store.state();
        requireClock(state, begin);
        TrustedRoots roots = store.roots(pinnedRoot).extend(metadata);
        VerifiedIssue issue = VerifiedIssue.read(roots.newest(), metadata, ed25519);
        issue.checkFloors(roots.resetFloors(state.floors(), state.rootVersion()));
        issue.checkDates(begin);
        IssueDescription description = IssueDescription.of(issue.targets());
        requireIssueTime(description, begin);
        boolean changed = !isAccepted(state, issue);
        Path staging = store.freshStaging();
        if (changed || acceptedToo) {
            build(staging, layout, issue, description, roots);
        }
        ImportReport report = report(issue, description, changed, begin);
        return new Candidate(staging, roots, issue, report, begin);
    }

    /** The very files that were accepted last: the floors hold their digests. */
    private static boolean isAccepted(MirrorState state, VerifiedIssue issue) {
        return state.newest()
                .filter(it -> it.number() == issue.number())
                .filter(it -> it.rootVersion() == issue.root().version())
                .isPresent();
    }

    private static Path layout(Path medium) {
        Path below = medium.resolve(SnapshotNames.MEDIUM_FOLDER);
        Path layout = Files.isDirectory(below) ? below : medium;
        if (!Files.isDirectory(layout.resolve(SnapshotNames.METADATA_FOLDER))) {
            throw new RegistryException(
                    RegistryFault.MISSING_FILE,
                    "no registry in "
                            + medium
                            + ": the folder "
                            + SnapshotNames.MEDIUM_FOLDER
                            + "/"
                            + SnapshotNames.METADATA_FOLDER
                            + " is missing");
        }
        return layout;
    }

    private static void requireClock(MirrorState state, Instant now) {
        if (now.isBefore(state.timeFloor())) {
            throw new RegistryException(
                    RegistryFault.CLOCK_BEHIND,
                    "the clock shows "
                            + now
                            + ", which is before the time floor "
                            + state.timeFloor()
                            + ": set the clock");
        }
    }

    private static void requireIssueTime(IssueDescription issue, Instant now) {
        if (issue.issued().isAfter(now.plus(Limits.ISSUE_TIME_AHEAD_MAX))) {
            throw new RegistryException(
                    RegistryFault.ISSUED_IN_FUTURE,
                    "issue "
                            + issue.number()
                            + " says it was made at "
                            + issue.issued()
                            + ", more than "
                            + Limits.ISSUE_TIME_AHEAD_MAX.toHours()
                            + " hours ahead of the clock, which shows "
                            + now
                            + ": set the clock, if it is the one that is wrong");
        }
    }

    private void build(
            Path staging,
            Path layout,
            VerifiedIssue issue,
            IssueDescription description,
            TrustedRoots roots)
            throws IOException {
        for (Map.Entry<String, byte[]> file : issue.files().entrySet()) {
            DurableFiles.write(
                    staging.resolve(SnapshotNames.METADATA_FOLDER).resolve(file.getKey()),
                    file.getValue(),
                    Mode.GROUP);
        }
        List<Path> sources = new ArrayList<>();
        sources.add(layout.resolve(SnapshotNames.TARGETS_FOLDER));
        sources.addAll(store.targetFolders());
        Path targets = staging.resolve(SnapshotNames.TARGETS_FOLDER);
        Path index = TargetFiles.copy(description.index(), sources, targets);
        Path revocations = TargetFiles.copy(description.revocations().packed(), sources, targets);
        List<Path> parts = new ArrayList<>();
        for (Packed part : description.parts()) {
            parts.add(TargetFiles.copy(part, sources, targets));
        }
        Optional<MirrorState.Kept> before = store.state().newest();
        Optional<StoredSnapshot> snapshotBefore = Optional.empty();
        Set<String> lifted = Set.of();
        if (before.isPresent()) {
            snapshotBefore =
                    Optional.of(store.snapshot(before.get(), store.issue(before.get(), roots)));
            lifted = lifted(roots.newest(), snapshotBefore.get().issue().revocations().number());
        }
        Set<String> liftedKeys = lifted;
        Succession succession =
                new Succession(
                        snapshotBefore.map(Succession.Leaves::of).orElse(Succession.Leaves.NONE),
                        key -> liftedKeys.contains(Hex.encode(key)));
        new SnapshotBuild(description, ed25519, staging).run(index, parts, revocations, succession);
        if (before.isPresent() && snapshotBefore.isPresent()) {
            Path old = store.snapshotFolder(before.get());
            requireNoneDropped(snapshotBefore.get().issue(), old, description, staging, lifted);
        }
    }

    /** Keys whose entry in list {@code number} the root lifts. */
    private static Set<String> lifted(RootMetadata root, long number) {
        return root.lifts().stream()
                .filter(lift -> lift.number() >= number)
                .map(lift -> Hex.encode(Leaf.keyOf(lift.did())))
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Every revocation of the last list stands in this one, no weaker, unless the root lifts it.
     */
    private static void requireNoneDropped(
            IssueDescription before,
            Path oldFolder,
            IssueDescription description,
            Path newFolder,
            Set<String> lifted)
            throws IOException {
        long oldNumber = before.revocations().number();
        if (description.revocations().number() < oldNumber) {
            throw new RegistryException(
                    RegistryFault.ROLLED_BACK,
                    "revocation list "
                            + description.revocations().number()
                            + ", list "
                            + oldNumber
                            + " was accepted before");
        }
        if (description.revocations().number() == oldNumber
                && !Arrays.equals(
                        description.revocations().sha256(), before.revocations().sha256())) {
            throw new RegistryException(
                    RegistryFault.EQUIVOCATION,
                    "another revocation list under number " + oldNumber);
        }
        try (RevocationCursor old = cursor(oldFolder);
                RevocationCursor now = cursor(newFolder)) {
            while (old.current().isPresent()) {
                skipTo(now, old.key());
                Revocation entry = old.current().get();
                boolean kept =
                        now.current()
                                .filter(it -> it.did().equals(entry.did()))
                                .filter(it -> it.status().compareTo(entry.status()) >= 0)
                                .isPresent();
                if (!kept && !lifted.contains(Hex.encode(old.key()))) {
                    throw new RegistryException(
                            RegistryFault.REVOCATION_DROPPED,
                            entry.did()
                                    + " was "
                                    + entry.status().wire()
                                    + " and no root-signed statement lifts that");
                }
                old.advance();
            }
        }
    }

    private static RevocationCursor cursor(Path folder) throws IOException {
        return new RevocationCursor(
                Files.newInputStream(folder.resolve(SnapshotNames.REVOCATIONS_FILE)));
    }

    private static void skipTo(RevocationCursor cursor, byte[] key) throws IOException {
        while (cursor.current().isPresent() && Arrays.compareUnsigned(cursor.key(), key) < 0) {
            cursor.advance();
        }
    }

    private static MirrorState after(MirrorState state, Candidate candidate) {
        long number = candidate.issue().number();
        long rootVersion = candidate.roots().newest().version();
        List<MirrorState.Kept> kept = new ArrayList<>();
        kept.add(new MirrorState.Kept(number, rootVersion, candidate.begin()));
        state.kept().stream().limit(Limits.SNAPSHOTS_KEPT - 1L).forEach(kept::add);
        Instant floor = believed(candidate.report().issue().issued(), candidate.begin());
        RoleFloors floors = candidate.roots().resetFloors(state.floors(), state.rootVersion());
        return new MirrorState(
                number,
                kept,
                rootVersion,
                candidate.issue().raise(floors),
                floor.isAfter(state.timeFloor()) ? floor : state.timeFloor());
    }

    /**
     * An issue may be a little ahead of this clock. It counts as of now then: a floor above the
     * clock that accepted it would stop the node.
     */
    private static Instant believed(Instant issued, Instant now) {
        return issued.isAfter(now) ? now.truncatedTo(ChronoUnit.SECONDS) : issued;
    }

    private ImportReport report(
            VerifiedIssue issue, IssueDescription description, boolean changed, Instant begin) {
        return new ImportReport(
                description,
                changed,
                issue.expires(),
                issue.root().version(),
                Duration.between(begin, clock.instant()));
    }
}
