package dev.mapsovereign.registry;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.AuditSink;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.registry.lineage.DocumentSource;
import dev.mapsovereign.registry.lineage.IdentityVerifier;
import dev.mapsovereign.registry.lineage.LineageVerdict;
import dev.mapsovereign.registry.snapshot.Revocation;
import dev.mapsovereign.registry.snapshot.RevocationList;
import dev.mapsovereign.registry.snapshot.SnapshotNames;
import dev.mapsovereign.registry.snapshot.StoredSnapshot;
import dev.mapsovereign.registry.transfer.MediumWriter;
import dev.mapsovereign.registry.transfer.MirrorState;
import dev.mapsovereign.registry.transfer.MirrorStore;
import dev.mapsovereign.registry.transfer.SnapshotImport;
import dev.mapsovereign.registry.tuf.TrustedRoots;
import dev.mapsovereign.registry.tuf.VerifiedIssue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The mirror of the agent registry on this node: the only truth here about who an identity is and
 * which human answers for it. Answers come from one snapshot at a time; an import replaces it
 * whole.
 *
 * <p>Safe for use by any number of threads. Look-ups never wait for an import.
 */
public final class RegistryMirror implements AutoCloseable, DocumentSource {
    private final RegistryConfig config;
    private final Ed25519 ed25519;
    private final Clock clock;
    private final AuditSink audit;
    private final IdentityVerifier verifier;
    private final MirrorStore store;

    /** Orders imports and rollbacks; covers {@link #store}. */
    private final ReentrantLock changes = new ReentrantLock();

    private volatile Optional<Serving> serving = Optional.empty();
    private volatile Instant timeFloor;

    /** What answers come from; replaced as one. */
    private record Serving(
            VerifiedIssue issue,
            StoredSnapshot snapshot,
            RevocationList revocations,
            MirrorState state,
            ConcurrentHashMap<AgentDid, LineageVerdict> verdicts,
            ConcurrentHashMap<Long, StoredSnapshot> others) {}

    private RegistryMirror(
            RegistryConfig config,
            Ed25519 ed25519,
            Clock clock,
            AuditSink audit,
            MirrorStore store) {
        this.config = config;
        this.ed25519 = ed25519;
        this.clock = clock;
        this.audit = audit;
        this.store = store;
        this.timeFloor = store.state().timeFloor();
        this.verifier = new IdentityVerifier(ed25519, config.roots(), config.credentialIssuers());
    }

    /**
     * Opens the mirror and verifies what it holds again, from the pinned root on.
     *
     * @param releaseTime when this release was built: the lowest time floor
     * @throws RegistryException {@code BUSY} if another process has the folder; whatever
     *     verification says if the store is not what was imported
     * @throws OperatorException if the folder cannot be read or written
     */
    public static RegistryMirror open(
            RegistryConfig config,
            Ed25519 ed25519,
            Clock clock,
            Instant releaseTime,
            AuditSink audit) {
        MirrorStore store;
        try {
            store = MirrorStore.open(config.folder(), ed25519, releaseTime);
        } catch (IOException | UncheckedIOException e) {
            throw unusable(config.folder(), e);
        }
        RegistryMirror mirror = new RegistryMirror(config, ed25519, clock, audit, store);
        try {
            mirror.reload();
            return mirror;
        } catch (IOException | UncheckedIOException e) {
            mirror.close();
            throw unusable(config.folder(), e);
        } catch (RuntimeException e) {
            mirror.close();
            throw e;
        }
    }

    private static OperatorException unusable(Path folder, Exception e) {
        return new OperatorException(
                ExitCode.ENVIRONMENT,
                "the registry folder " + folder + " is not usable: " + words(e),
                e);
    }

    /** Which file, and why; not Java's names of either. */
    private static String words(Exception e) {
        Throwable cause = e.getCause();
        Exception inner =
                e instanceof UncheckedIOException && cause instanceof IOException known ? known : e;
        return inner instanceof FileSystemException failure
                ? failure.getFile() + ": " + IoReason.of(failure)
                : IoReason.of(inner);
    }

    private Path pinnedRoot() {
        return config.rootFile()
                .orElseThrow(() ->
                        new RegistryException(
                                RegistryFault.NO_PINNED_ROOT,
                                "no publisher is pinned: set registry.root_file"));
    }

    /** Replaces what answers come from by what the state names. */
    private void reload() throws IOException {
        MirrorState state = store.state();
        timeFloor = state.timeFloor();
        Optional<MirrorState.Kept> newest = state.newest();
        if (newest.isEmpty()) {
            serving = Optional.empty();
            return;
        }
        TrustedRoots roots = store.roots(pinnedRoot());
        VerifiedIssue newestIssue = store.issue(newest.get(), roots);
        MirrorState.Kept served =
                state.find(state.served())
                        .orElseThrow(() ->
                                new RegistryException(
                                        RegistryFault.STORE_DAMAGED,
                                        "snapshot " + state.served() + " is served and not kept"));
        VerifiedIssue issue = store.issue(served, roots);
        serving =
                Optional.of(
                        new Serving(
                                issue,
                                store.snapshot(served, issue),
                                store.revocations(newest.get(), newestIssue),
                                state,
                                new ConcurrentHashMap<>(),
                                new ConcurrentHashMap<>()));
    }

    /**
     * The entry of {@code did}, whatever its status; empty if the snapshot has none, or if nothing
     * was imported yet.
     *
     * @throws RegistryException {@code STORE_DAMAGED} if the disk does not hold what was signed
     */
    public Optional<RegistryEntry> resolve(AgentDid did) {
        return serving.flatMap(now -> entry(now, did));
    }

    private static Optional<RegistryEntry> entry(Serving now, AgentDid did) {
        Optional<StoredSnapshot.Entry> found = now.snapshot().find(did);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Optional<Revocation> revocation = now.revocations().find(did);
        EntityStatus status = found.get().proof().leaf().status();
        if (revocation.isPresent()) {
            status = status.worse(revocation.get().status());
        }
        boolean gone = status == EntityStatus.TOMBSTONE;
        return Optional.of(
                new RegistryEntry(
                        did,
                        status,
                        gone ? Optional.empty() : found.get().document(),
                        found.get().proof(),
                        revocation,
                        now.snapshot().issue(),
                        now.revocations().number()));
    }

    /**
     * What each kept snapshot says of {@code did}, newest first; empty where none has an entry.
     * What is in force stands in {@link #resolve}: revocations of a newer list are not in older
     * snapshots.
     *
     * @throws RegistryException {@code STORE_DAMAGED}
     */
    public List<RegistryVersion> versions(AgentDid did) {
        List<RegistryVersion> versions = new ArrayList<>();
        Optional<Serving> now = serving;
        if (now.isPresent()) {
            for (MirrorState.Kept kept : now.get().state().kept()) {
                StoredSnapshot snapshot = snapshotOf(now.get(), kept);
                boolean served = kept.number() == now.get().state().served();
                snapshot.find(did)
                        .ifPresent(entry ->
                                versions.add(
                                        new RegistryVersion(
                                                snapshot.issue(), entry.proof(), served)));
            }
        }
        return versions;
    }

    /** Opened when somebody asks for it first; an import may have removed it meanwhile. */
    private StoredSnapshot snapshotOf(Serving now, MirrorState.Kept kept) {
        if (kept.number() == now.state().served()) {
            return now.snapshot();
        }
        StoredSnapshot known = now.others().get(kept.number());
        if (known != null) {
            return known;
        }
        StoredSnapshot opened =
                change(
                        "opening snapshot " + kept.number(),
                        () -> opened(kept, store.roots(pinnedRoot())));
        now.others().put(kept.number(), opened);
        return opened;
    }

    @Override
    public Optional<DocumentSource.Found> find(AgentDid did) {
        return resolve(did)
                .map(entry -> new DocumentSource.Found(entry.status(), entry.document()));
    }

    /** The proof that {@code did} has no entry; empty if it has one, or before the first import. */
    public Optional<RegistryAbsence> absence(AgentDid did) {
        return serving.flatMap(now ->
                now.snapshot()
                        .absence(did)
                        .map(proof -> new RegistryAbsence(did, proof, now.snapshot().issue())));
    }

    /**
     * Judges {@code did}: document, status, lineage to a pinned root, level, capabilities. A result
     * is used again for at most a minute and never beyond an import.
     */
    public LineageVerdict verify(AgentDid did) {
        Optional<Serving> now = serving;
        Instant time = clock.instant();
        if (now.isEmpty()) {
            return verifier.verify(
                    did,
                    ignored -> Optional.empty(),
                    new IdentityVerifier.Standing(0, Duration.ZERO, true, time));
        }
        ConcurrentHashMap<AgentDid, LineageVerdict> verdicts = now.get().verdicts();
        LineageVerdict known = verdicts.get(did);
        if (known != null && isFresh(known, time)) {
            return known;
        }
        LineageVerdict verdict = judge(now.get(), did, time);
        if (verdicts.size() >= Limits.VERDICTS_MAX) {
            verdicts.clear();
        }
        verdicts.put(did, verdict);
        return verdict;
    }

    /** A clock that went back makes a result unusable, as one that is too old. */
    private static boolean isFresh(LineageVerdict verdict, Instant time) {
        Duration age = Duration.between(verdict.verifiedAt(), time);
        return !age.isNegative() && age.compareTo(Limits.VERDICT_AGE_MAX) < 0;
    }

    private LineageVerdict judge(Serving now, AgentDid did, Instant time) {
        Duration age = age(now, time);
        DocumentSource source =
                wanted ->
                        entry(now, wanted)
                                .map(it -> new DocumentSource.Found(it.status(), it.document()));
        return verifier.verify(
                did,
                source,
                new IdentityVerifier.Standing(
                        now.issue().number(), age, age.compareTo(config.maxAge()) > 0, time));
    }

    /** An issue made a little ahead of this clock is new, not of negative age. */
    private static Duration age(Serving now, Instant time) {
        Duration age = Duration.between(now.snapshot().issue().issued(), time);
        return age.isNegative() ? Duration.ZERO : age;
    }

    /** How things stand; cheap enough for every answer. */
    public SnapshotStatus status() {
        Optional<Serving> present = serving;
        if (present.isEmpty()) {
            return SnapshotStatus.none(timeFloor);
        }
        Serving now = present.get();
        Instant time = clock.instant();
        Duration age = age(now, time);
        MirrorState state = now.state();
        Instant importedAt =
                state.find(now.issue().number()).map(MirrorState.Kept::importedAt).orElse(time);
        return new SnapshotStatus(
                now.issue().number(),
                state.newest().map(MirrorState.Kept::number).orElse(0L),
                now.snapshot().issue().issued(),
                age,
                now.issue().expires(),
                importedAt,
                now.snapshot().issue().treeSize(),
                now.snapshot().issue().treeRoot(),
                now.revocations().number(),
                now.revocations().entries(),
                state.kept().stream().map(MirrorState.Kept::number).toList(),
                state.rootVersion(),
                state.timeFloor(),
                !time.isBefore(now.issue().expires()),
                age.compareTo(config.maxAge()) > 0);
    }

    /**
     * The dates at which what is served ends, one for each role that signed; empty before the first
     * import.
     */
    public Optional<SnapshotDates> dates() {
        return serving.map(now ->
                new SnapshotDates(
                        now.issue().number(),
                        now.issue().root().expires(),
                        now.issue().targets().expires(),
                        now.issue().snapshot().expires(),
                        now.issue().timestamp().expires(),
                        now.snapshot().issue().issued().plus(config.maxAge())));
    }

    /**
     * The time floor that lies in a mirror's folder, without opening the mirror; empty before the
     * first import.
     *
     * @throws RegistryException {@code STORE_DAMAGED}
     */
    public static Optional<Instant> storedTimeFloor(Path folder) {
        return MirrorStore.storedTimeFloor(folder);
    }

    /** No time before this is believed: the later of release and newest accepted issue. */
    public Instant timeFloor() {
        return timeFloor;
    }

    /**
     * Imports the registry that lies on {@code medium}: verifies everything, writes the record,
     * switches. A refusal is recorded too and leaves the old snapshot serving.
     *
     * @throws RegistryException naming the rule that was broken
     * @throws AuditUnavailableException if no record can be written now; nothing was imported
     */
    public ImportReport importFrom(Path medium) {
        return change(
                "the import from " + medium,
                () -> {
                    try {
                        ImportReport report =
                                new SnapshotImport(
                                                store,
                                                ed25519,
                                                clock,
                                                pinnedRoot(),
                                                this::recordImport)
                                        .from(medium);
                        if (report.changed()) {
                            reload();
                        }
                        return report;
                    } catch (RegistryException e) {
                        recordRefusal(e);
                        throw e;
                    }
                });
    }

    /**
     * Verifies what lies on {@code medium} as an import would, and imports nothing.
     *
     * @throws RegistryException naming the rule that is broken
     */
    public ImportReport check(Path medium) {
        return change(
                "the check of " + medium,
                () ->
                        new SnapshotImport(store, ed25519, clock, pinnedRoot(), report -> {})
                                .check(medium));
    }

    /**
     * Verifies the served snapshot again from its signed files: every signature, every leaf, and
     * that what look-ups read is what these files make.
     *
     * @return how many leaves were verified
     * @throws RegistryException {@code NO_SNAPSHOT}, {@code STORE_DAMAGED} or the rule that is
     *     broken
     */
    public long verifyStore() {
        return change(
                "the verification of " + config.folder(),
                () -> {
                    MirrorState.Kept served =
                            store.state()
                                    .find(store.state().served())
                                    .orElseThrow(RegistryMirror::nothingImported);
                    VerifiedIssue issue = store.issue(served, store.roots(pinnedRoot()));
                    return store.verify(served, issue);
                });
    }

    private static RegistryException nothingImported() {
        return new RegistryException(RegistryFault.NO_SNAPSHOT, "nothing was imported yet");
    }

    private interface Change<T> {
        T run() throws IOException;
    }

    /** Alone in the store; what the disk refuses is the operator's to mend. */
    private <T> T change(String what, Change<T> change) {
        changes.lock();
        try {
            return change.run();
        } catch (IOException | UncheckedIOException e) {
            throw new OperatorException(ExitCode.ENVIRONMENT, what + " failed: " + words(e), e);
        } finally {
            changes.unlock();
        }
    }

    private void recordImport(ImportReport report) {
        audit.append(
                AuditDraft.builder(TenantId.NODE, EventType.REGISTRY_IMPORTED, AuditOutcome.SUCCESS)
                        .meta(report.json().without("changed").without("took_ms"))
                        .build());
    }

    private void recordRefusal(RegistryException refusal) {
        try {
            audit.append(
                    AuditDraft.builder(
                                    TenantId.NODE,
                                    EventType.REGISTRY_IMPORTED,
                                    AuditOutcome.REFUSED)
                            .meta(
                                    JsonObject.builder()
                                            .put("fault", refusal.fault().wire())
                                            .put("detail", String.valueOf(refusal.getMessage()))
                                            .build())
                            .build());
        } catch (AuditUnavailableException e) {
            // Nothing was changed, so nothing needed the record; the refusal itself matters more.
            refusal.addSuppressed(e);
        }
    }

    /**
     * Writes the newest accepted issue to {@code medium}, from which any other mirror can import
     * it.
     *
     * @return bytes written; what already lay there is not written again
     * @throws RegistryException {@code NO_SNAPSHOT} before the first import
     */
    public long exportTo(Path medium) {
        return change(
                "the export to " + medium,
                () -> {
                    MirrorState.Kept newest =
                            store.state().newest().orElseThrow(RegistryMirror::nothingImported);
                    TrustedRoots roots = store.roots(pinnedRoot());
                    Path targets =
                            store.snapshotFolder(newest).resolve(SnapshotNames.TARGETS_FOLDER);
                    return new MediumWriter(medium)
                            .write(roots, store.issue(newest, roots), targets);
                });
    }

    /**
     * Serves the documents of another snapshot that is kept. Revocations, tombstones and floors
     * stay those of the newest.
     *
     * @throws RegistryException {@code NO_SNAPSHOT} if it is not kept
     */
    public void rollback(long number) {
        change(
                "the rollback to " + number,
                () -> {
                    var _ = keptSnapshot(store.state(), number);
                    recordRollback(number);
                    store.serve(number);
                    reload();
                    return number;
                });
    }

    /**
     * Whether that snapshot could be served.
     *
     * @throws RegistryException {@code NO_SNAPSHOT} if it is not kept
     */
    public void requireKept(long number) {
        change(
                "looking for snapshot " + number,
                () -> keptSnapshot(store.state(), number).number());
    }

    private MirrorState.Kept keptSnapshot(MirrorState state, long number) {
        return state.find(number)
                .orElseThrow(() ->
                        new RegistryException(
                                RegistryFault.NO_SNAPSHOT,
                                "snapshot " + number + " is not kept; here are " + kept()));
    }

    /**
     * Compares two snapshots that are kept.
     *
     * @param changesMax how many changes are listed; all are counted
     * @throws RegistryException {@code NO_SNAPSHOT} if one of them is not kept
     */
    public RegistryDiff diff(long from, long to, int changesMax) {
        return change(
                "the comparison of " + from + " and " + to,
                () -> {
                    MirrorState state = store.state();
                    TrustedRoots roots = store.roots(pinnedRoot());
                    return RegistryDiff.between(
                            opened(keptSnapshot(state, from), roots),
                            opened(keptSnapshot(state, to), roots),
                            changesMax);
                });
    }

    private StoredSnapshot opened(MirrorState.Kept kept, TrustedRoots roots) throws IOException {
        return store.snapshot(kept, store.issue(kept, roots));
    }

    private void recordRollback(long number) {
        audit.append(
                AuditDraft.builder(TenantId.NODE, EventType.REGISTRY_IMPORTED, AuditOutcome.SUCCESS)
                        .meta(
                                JsonObject.builder()
                                        .put("rollback", true)
                                        .put("snapshot", number)
                                        .put("served_before", store.state().served())
                                        .build())
                        .build());
    }

    /** The numbers on the disk, newest first. */
    public List<Long> kept() {
        return status().kept();
    }

    @Override
    public void close() {
        try {
            store.close();
        } catch (IOException e) {
            throw unusable(config.folder(), e);
        }
    }
}
