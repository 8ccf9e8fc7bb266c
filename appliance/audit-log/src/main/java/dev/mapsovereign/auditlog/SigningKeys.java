package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.checkpoint.LogSigner;
import dev.mapsovereign.auditlog.checkpoint.RotationPlan;
import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.record.KeyEpochs;
import dev.mapsovereign.auditlog.record.KeyRotation;
import dev.mapsovereign.auditlog.tree.TenantTree;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Which keys sign which log at which size, now and ever since (docs/internals/key-rotation.md).
 *
 * <p>Looked at by any thread. {@link #next} and {@link #begin} are called under the publisher's
 * lock only: between a decision about sizes and its effect nothing may be signed.
 */
final class SigningKeys {
    private final AuditLogConfig config;
    private final String node;
    private final Path plansFolder;
    private final KeptNotes kept;

    /** By ascending epoch; the last one may be under way. */
    private final List<RotationPlan> plans;

    private final Map<TenantId, LogKeyset> logs = new ConcurrentHashMap<>();

    /** With which new logs begin, and all others end up. */
    private volatile Generation newest;

    /** From which the last plan leads away, as long as a log needs it. */
    private volatile Optional<Generation> before;

    /** A seed and the epoch of the keys that are derived from it. */
    private record Generation(int epoch, Secret seed) {}

    private SigningKeys(
            AuditLogConfig config,
            String node,
            Path plansFolder,
            KeptNotes kept,
            List<RotationPlan> plans,
            Generation newest,
            Optional<Generation> before) {
        this.config = config;
        this.node = node;
        this.plansFolder = plansFolder;
        this.kept = kept;
        this.plans = new CopyOnWriteArrayList<>(plans);
        this.newest = newest;
        this.before = before;
    }

    /**
     * Finds out which of the seeds is which by what they lead to.
     *
     * @param plans of this journal, by ascending epoch
     * @param seeds one, or two while a rotation is under way; stay the caller's to close
     * @throws JournalDamageException if none leads to the keys of the newest plan
     */
    static SigningKeys of(
            AuditLogConfig config,
            String node,
            Path plansFolder,
            KeptNotes kept,
            List<RotationPlan> plans,
            List<Secret> seeds)
            throws JournalDamageException {
        if (plans.isEmpty()) {
            Generation first = new Generation(0, seeds.getFirst());
            return new SigningKeys(config, node, plansFolder, kept, plans, first, Optional.empty());
        }
        RotationPlan last = plans.getLast();
        String origin = node + "/" + TenantId.NODE;
        KeyRotation ofNode =
                last.of(origin)
                        .orElseThrow(() ->
                                new JournalDamageException(
                                        plansFolder + " is of another journal than " + node));
        Optional<Generation> newest = find(config, origin, last.epoch(), ofNode.newKeys(), seeds);
        Optional<Generation> before =
                find(config, origin, last.epoch() - 1, ofNode.oldKeys(), seeds);
        return new SigningKeys(
                config,
                node,
                plansFolder,
                kept,
                plans,
                newest.orElseThrow(() -> noSeed(origin, last.epoch())),
                before);
    }

    private static Optional<Generation> find(
            AuditLogConfig config,
            String origin,
            int epoch,
            List<VerifierKey> keys,
            List<Secret> seeds) {
        return seeds.stream()
                .map(seed -> new Generation(epoch, seed))
                .filter(each -> signer(config, origin, each).keys().equals(keys))
                .findFirst();
    }

    private static JournalDamageException noSeed(String origin, int epoch) {
        return new JournalDamageException(
                "the log seed does not lead to the keys of "
                        + origin
                        + " in epoch "
                        + epoch
                        + ": another log seed, or one from before a key rotation?");
    }

    private static LogSigner signer(AuditLogConfig config, String origin, Generation generation) {
        return new LogSigner(
                generation.seed(), origin, generation.epoch(), config.ed25519(), config.clock());
    }

    /** The epoch in which new logs begin. */
    int newestEpoch() {
        return newest.epoch();
    }

    /** The signer of a log that is about to be created. */
    LogSigner toBe(TenantId tenant) {
        return signer(config, origin(tenant), newest);
    }

    /** What signs a log's notes now. */
    LogSigner signer(TenantId tenant, int firstEpoch) {
        return of(tenant, firstEpoch).signer();
    }

    /** Which keys a log has had; a rotation under way is stated as soon as it is decided. */
    KeyEpochs epochs(TenantId tenant, int firstEpoch) {
        return of(tenant, firstEpoch).epochs();
    }

    /** Whether a note bears the signatures of all keys that are in force at its size. */
    boolean signed(TenantTree tree, SignedNote note) throws IOException, JournalDamageException {
        LogKeyset log = load(tree.tenant(), tree.epoch());
        try {
            return verifies(note, log.epochs().inForce(size(note)), config.ed25519());
        } catch (NoteException e) {
            return false;
        }
    }

    /**
     * The next checkpoint to publish for a tree.
     *
     * @param publishedSize of the newest one published
     * @return empty as long as the record of a rotation is not in the tree
     * @throws IOException if a rotation checkpoint cannot be kept; nothing was signed by new keys
     *     alone then
     */
    Optional<SignedNote> next(TenantTree tree, TenantTree.Summary now, long publishedSize)
            throws IOException {
        LogKeyset log = of(tree.tenant(), tree.epoch());
        Optional<SignedNote> unpublished =
                log.rotationCheckpoint().filter(note -> size(note) > publishedSize);
        if (unpublished.isPresent()) {
            return unpublished;
        }
        Optional<LogKeyset.Turn> turn = log.turn();
        if (turn.isEmpty()) {
            return Optional.of(log.signer().sign(now.size(), now.root()));
        }
        if (now.size() <= turn.get().recordedAt()) {
            return Optional.empty();
        }
        SignedNote both = log.signer().signWith(turn.get().next(), now.size(), now.root());
        try {
            kept.keep(tree.tenant(), both);
        } catch (JournalDamageException e) {
            throw new IOException(e.finding(), e);
        }
        log.turned(both);
        return Optional.of(both);
    }

    /** The plan whose rotation is under way. */
    Optional<RotationPlan> underWay() {
        boolean turning = logs.values().stream().anyMatch(log -> log.turn().isPresent());
        return turning ? Optional.of(plans.getLast()) : Optional.empty();
    }

    /**
     * Decides a rotation: from here on the logs are turning.
     *
     * @param published each log with the size of its newest checkpoint
     */
    RotationPlan begin(Secret seed, Map<TenantChain, Long> published) throws IOException {
        Generation next = new Generation(newest.epoch() + 1, seed);
        List<KeyRotation> rotations = new ArrayList<>();
        Map<LogKeyset, LogSigner> signers = new LinkedHashMap<>();
        published.forEach((chain, size) -> {
            LogKeyset log = of(chain.tenant(), chain.epoch());
            LogSigner signer = signer(config, origin(chain.tenant()), next);
            long signed =
                    Math.max(size, log.rotationCheckpoint().map(SigningKeys::size).orElse(0L));
            rotations.add(
                    new KeyRotation(
                            origin(chain.tenant()),
                            log.signer().keys(),
                            signer.keys(),
                            signed + 1));
            signers.put(log, signer);
        });
        RotationPlan plan = new RotationPlan(next.epoch(), rotations);
        plan.write(plansFolder);
        plans.add(plan);
        before = Optional.of(newest);
        newest = next;
        signers.forEach((log, signer) -> log.begin(plan.of(log.origin()).orElseThrow(), signer));
        return plan;
    }

    /** The records of a rotation are durable; the last one that a log must cover is this. */
    void recorded(TenantId tenant, int firstEpoch, long index) {
        of(tenant, firstEpoch).recorded(index);
    }

    /** Whether a log of the plan under way still has its rotation checkpoint before it. */
    boolean isTurning(TenantId tenant, int firstEpoch) {
        return of(tenant, firstEpoch).turn().isPresent();
    }

    /** All logs have turned: the seed before is of no use any more. */
    void ended() {
        before = Optional.empty();
    }

    /** What a seed is to this log. */
    SeedUse use(Secret seed) {
        String origin = origin(TenantId.NODE);
        List<VerifierKey> ours = signer(config, origin, newest).keys();
        boolean same =
                signer(config, origin, new Generation(newest.epoch(), seed)).keys().equals(ours);
        if (same) {
            return underWay().isPresent() ? SeedUse.INCOMING : SeedUse.CURRENT;
        }
        Optional<Generation> old = before.filter(each -> underWay().isPresent());
        return old.isPresent()
                        && signer(config, origin, new Generation(old.get().epoch(), seed))
                                .keys()
                                .equals(signer(config, origin, old.get()).keys())
                ? SeedUse.OUTGOING
                : SeedUse.NONE;
    }

    private String origin(TenantId tenant) {
        return node + "/" + tenant;
    }

    private LogKeyset of(TenantId tenant, int firstEpoch) {
        try {
            return load(tenant, firstEpoch);
        } catch (JournalDamageException | IOException e) {
            // All logs that a plan names are loaded when the log starts.
            throw new IllegalStateException("keys of " + tenant + " that were not loaded", e);
        }
    }

    /**
     * The keys of a log.
     *
     * @param firstEpoch in which it began
     * @throws JournalDamageException if they are not those that the plans name, or a rotation
     *     checkpoint is missing
     */
    LogKeyset load(TenantId tenant, int firstEpoch) throws IOException, JournalDamageException {
        LogKeyset known = logs.get(tenant);
        if (known != null) {
            return known;
        }
        LogKeyset made = read(tenant, firstEpoch);
        LogKeyset other = logs.putIfAbsent(tenant, made);
        return other == null ? made : other;
    }

    private LogKeyset read(TenantId tenant, int firstEpoch)
            throws IOException, JournalDamageException {
        String origin = origin(tenant);
        List<KeyRotation> rotations =
                plans.stream().flatMap(plan -> plan.of(origin).stream()).toList();
        if (rotations.isEmpty()) {
            if (firstEpoch != newest.epoch()) {
                throw noSeed(origin, firstEpoch);
            }
            return new LogKeyset(origin, signer(config, origin, newest));
        }
        KeyRotation last = rotations.getLast();
        LogSigner signer = signer(config, origin, newest);
        if (!signer.keys().equals(last.newKeys()) || plans.getLast().of(origin).isEmpty()) {
            throw noSeed(origin, newest.epoch());
        }
        List<SignedNote> notes = kept.of(tenant);
        for (KeyRotation done : rotations.subList(0, rotations.size() - 1)) {
            if (rotationCheckpoint(notes, done).isEmpty()) {
                throw new JournalDamageException(
                        "the rotation checkpoint of "
                                + origin
                                + " from size "
                                + done.fromSize()
                                + " on is gone");
            }
        }
        Optional<SignedNote> turned = rotationCheckpoint(notes, last);
        if (turned.isPresent()) {
            return LogKeyset.turned(origin, signer, rotations, turned.get());
        }
        Generation old = before.orElseThrow(() -> noSeed(origin, newest.epoch() - 1));
        LogSigner outgoing = signer(config, origin, old);
        if (!outgoing.keys().equals(last.oldKeys())) {
            throw noSeed(origin, old.epoch());
        }
        return LogKeyset.turning(origin, outgoing, rotations, signer);
    }

    /** The first that is kept at or above the size; it must bear the lines of both. */
    private Optional<SignedNote> rotationCheckpoint(List<SignedNote> notes, KeyRotation rotation)
            throws JournalDamageException {
        Optional<SignedNote> first =
                notes.stream()
                        .filter(note -> size(note) >= rotation.fromSize())
                        .min(Comparator.comparingLong(SigningKeys::size));
        if (first.isPresent()
                && !(verifies(first.get(), rotation.oldKeys(), config.ed25519())
                        && verifies(first.get(), rotation.newKeys(), config.ed25519()))) {
            throw new JournalDamageException(
                    "the checkpoint of "
                            + rotation.origin()
                            + " at size "
                            + size(first.get())
                            + " is the first after a key rotation and was not signed by both keys");
        }
        return first;
    }

    private static boolean verifies(SignedNote note, List<VerifierKey> keys, Ed25519 ed25519) {
        return keys.stream().allMatch(key -> note.verifies(key, ed25519));
    }

    private static long size(SignedNote note) {
        return Checkpoint.parse(note.text()).size();
    }
}
