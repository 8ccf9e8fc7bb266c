package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.prune.Prune;
import dev.mapsovereign.auditlog.prune.PrunedRanges;
import dev.mapsovereign.auditlog.prune.TrimmedJournal;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.KeyEpochs;
import dev.mapsovereign.auditlog.record.RecordFormat;
import dev.mapsovereign.auditlog.tree.TenantTree;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditSink;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.FolderLock;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * The audit log: one journal, in it one chain and one RFC 6962 tree for each tenant. A record
 * counts, and its caller may be answered, when {@link #append} returns: then it is on the disk.
 *
 * <p>Five threads: the {@link Committer} writes the journal; behind its durable mark the {@link
 * TreeBuilder} makes trees and tiles, and the {@link CheckpointPublisher} signs them; the {@link
 * SegmentKeeper} prepares segments and watches them; followers read with {@link #follow}. The files
 * and the rules of recovery are described in docs/internals/journal-format.md.
 *
 * <p>If what is found at the start is not what this log wrote, the log opens all the same, but
 * refuses everything: {@link #status} says why, nothing was cut, nothing will be signed.
 *
 * <p>Safe for use by any number of threads, virtual or not; an interrupt does not hurt the log.
 */
public final class AuditLog implements AuditSink, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(AuditLog.class.getName());

    private final AuditLogConfig config;
    private final FolderLock lock;
    private final Optional<String> damage;
    private final Optional<Running> running;
    private final AtomicBoolean closed = new AtomicBoolean();

    private AuditLog(
            AuditLogConfig config,
            FolderLock lock,
            Optional<String> damage,
            Optional<Running> running) {
        this.config = config;
        this.lock = lock;
        this.damage = damage;
        this.running = running;
    }

    /**
     * Opens the log, or creates it in an empty folder.
     *
     * @throws OperatorException if another process holds the folder, or it cannot be read, or
     *     belongs to a node of another name
     */
    public static AuditLog open(AuditLogConfig config) {
        return open(config, List.of(config.logSeed()));
    }

    /**
     * As {@link #open(AuditLogConfig)}, with one more seed: there are two from the moment a key
     * rotation is prepared until the old one is destroyed. Which of them is which, the log finds
     * out by itself, and {@link #use} tells. A rotation that was interrupted is brought to its end.
     *
     * @param other stays the caller's to close, like the one in {@code config}
     */
    public static AuditLog open(AuditLogConfig config, Secret other) {
        return open(config, List.of(config.logSeed(), other));
    }

    private static AuditLog open(AuditLogConfig config, List<Secret> seeds) {
        Path folder = config.folder();
        FolderLock lock;
        try {
            DurableFiles.createDirectories(folder, Mode.PRIVATE);
            lock = lock(folder);
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
        boolean opened = false;
        try {
            AuditLog log =
                    new AuditLog(
                            config,
                            lock,
                            Optional.empty(),
                            Optional.of(Running.start(config, seeds)));
            opened = true;
            return log;
        } catch (JournalDamageException e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "audit log {0} unavailable, nothing was cut or signed: {1}",
                    folder,
                    e.finding());
            opened = true;
            return new AuditLog(config, lock, Optional.of(e.finding()), Optional.empty());
        } catch (IOException e) {
            throw unreadable(folder, e);
        } finally {
            if (!opened) {
                release(lock);
            }
        }
    }

    /** The node: the configured name, a dot, and the eight hex digits of this journal. */
    public String node() {
        return running().node();
    }

    /** The origin of a tenant's log, {@code <node>/<tenant>}. */
    public String origin(TenantId tenant) {
        return running().origin(tenant);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the tenant has no log
     */
    @Override
    public RecordReference append(AuditDraft draft) {
        Running log = running();
        Pending pending =
                Pending.record(log.tenants().require(draft.tenant()), RecordFormat.prepare(draft));
        log.committer().commit(pending);
        return pending.reference();
    }

    /**
     * Announces an effect, durably, before it begins.
     *
     * @param provisional what is known of the call; the record if nothing more is ever heard of it,
     *     but with {@code outcome: error}, {@code code: interrupted}
     * @throws AuditUnavailableException if the effect must not begin
     * @throws IllegalArgumentException if the tenant has no log
     */
    public Intent begin(AuditDraft provisional) {
        Running log = running();
        Pending pending =
                Pending.intent(
                        log.tenants().require(provisional.tenant()),
                        Intent.interrupted(provisional));
        log.committer().commit(pending);
        return new Intent(log.committer(), pending);
    }

    /**
     * Gives a tenant its log; the record {@code TenantCreated} in {@code _node} states its origin
     * and keys. Does nothing if it has one.
     *
     * @throws AuditUnavailableException if that cannot be made durable
     */
    public void createTenant(TenantId tenant) {
        running().createTenant(tenant);
    }

    /** All tenants that have a log, {@code _node} first, in the order of their creation. */
    public List<TenantId> tenants() {
        return running().tenants().all().stream().map(TenantChain::tenant).toList();
    }

    /** Whether a tenant has a log. */
    public boolean exists(TenantId tenant) {
        return running().tenants().find(tenant).isPresent();
    }

    /**
     * How far a chain is durable.
     *
     * @throws IllegalArgumentException if the tenant has no log
     */
    public LogHead head(TenantId tenant) {
        return running().tenants().require(tenant).head();
    }

    /**
     * The exact bytes of a record, checked against the tree.
     *
     * @throws IllegalArgumentException if there is none
     * @throws dev.mapsovereign.auditlog.prune.RecordPrunedException if it was pruned
     * @throws AuditIntegrityException if what is on disk is not what was written
     */
    public byte[] record(TenantId tenant, long index) {
        return ChainRule.record(leaf(tenant, index));
    }

    /** The record hash of a record; otherwise as {@link #record}. */
    public byte[] recordHash(TenantId tenant, long index) {
        return ChainRule.recordHash(leaf(tenant, index));
    }

    /** The record hash of the record before, zeros before the first; else as {@link #record}. */
    public byte[] previousHash(TenantId tenant, long index) {
        return ChainRule.previousHash(leaf(tenant, index));
    }

    /** The leaf of a record, previous hash and record; otherwise as {@link #record}. */
    public byte[] leaf(TenantId tenant, long index) {
        return leaves(tenant, index, 1).getFirst();
    }

    /**
     * Leaves one after the other; cheaper than one by one.
     *
     * @throws IllegalArgumentException if there are not so many
     * @throws dev.mapsovereign.auditlog.prune.RecordPrunedException if one of them was pruned
     * @throws AuditIntegrityException if what is on disk is not what was written
     */
    public List<byte[]> leaves(TenantId tenant, long first, int count) {
        return running().leaves(tenant).leaves(first, count);
    }

    /**
     * The root of a tenant's tree when it had that size.
     *
     * @throws IllegalArgumentException if it never had
     */
    public byte[] root(TenantId tenant, long size) {
        Running log = running();
        TenantTree tree = log.builtTree(tenant);
        if (size < 0 || size > tree.size()) {
            throw new IllegalArgumentException(
                    "log of " + tenant + " has " + tree.size() + " records, never had " + size);
        }
        return Recovery.rootAt(tree, size, log.tiles());
    }

    /**
     * Takes records on, and signs no checkpoint until {@link #resumeSigning}: a cosignature states
     * a time, and a node that knows that its clock is wrong has none to state. What grew meanwhile
     * is signed with the first tick afterwards.
     *
     * @param reason for whoever asks for a checkpoint
     */
    public void holdSigning(String reason) {
        running.ifPresent(log -> log.availability().held(Optional.of(reason)));
    }

    /** Takes {@link #holdSigning} back; nothing happens when there is nothing to take back. */
    public void resumeSigning() {
        running.ifPresent(log -> log.availability().held(Optional.empty()));
    }

    /**
     * The newest published checkpoint; one is made if there is none yet.
     *
     * @throws AuditUnavailableException if none can be made
     */
    public SignedNote checkpoint(TenantId tenant) {
        Optional<SignedNote> newest = running().publisher().newest(tenant);
        return newest.isPresent() ? newest.get() : publishCheckpoint(tenant);
    }

    /**
     * A published checkpoint over everything that is durable now.
     *
     * @throws AuditUnavailableException if it cannot be made durable
     */
    public SignedNote publishCheckpoint(TenantId tenant) {
        Running log = running();
        TenantTree tree = log.builtTree(tenant);
        try {
            log.publisher().publish(List.of(tree));
        } catch (IOException e) {
            throw Availability.unavailable("no checkpoint can be published: " + e.getMessage(), e);
        }
        return log.publisher()
                .newest(tenant)
                .orElseThrow(
                        () -> new IllegalArgumentException("log of " + tenant + " has no records"));
    }

    /**
     * A checkpoint over the first records alone, for a medium that has no room for all. It states
     * nothing that the newest one does not cover. Whoever shows it keeps it first.
     *
     * @param size not below the log's last change of keys: this is signed by the keys of today
     * @throws IllegalArgumentException if the log has no such size
     * @throws AuditUnavailableException if this log does not sign any more
     */
    public SignedNote checkpointAt(TenantId tenant, long size) {
        Running log = running();
        if (size < 1) {
            throw new IllegalArgumentException("no checkpoint over " + size + " records");
        }
        return log.sign(tenant, size, root(tenant, size));
    }

    /**
     * Keeps a checkpoint of ours for ever: from now on the log starts only if it recomputes. For
     * checkpoints that left the house, came back with cosignatures, or changed a key.
     *
     * @throws AuditIntegrityException if it is not ours, or the tree has another root at its size
     */
    public void keep(TenantId tenant, SignedNote checkpoint) {
        running().keep(tenant, checkpoint);
    }

    /** The checkpoints of a tenant that are kept for ever, in no order. */
    public List<SignedNote> kept(TenantId tenant) {
        return running().kept(tenant);
    }

    /**
     * Stops this log for good: our own keys signed a checkpoint that its tree never had, so there
     * is a second history, and going on would only make it longer. Nothing is recorded or signed
     * any more; neither after a restart, as long as the note lies where this puts it.
     *
     * @return where that is
     */
    public Path stop(SignedNote conflicting) {
        return running().stop(conflicting);
    }

    /** The verifier keys of a tenant's log, Ed25519 first, ML-DSA-44 second. */
    public List<VerifierKey> keys(TenantId tenant) {
        Running log = running();
        return log.signer(log.tenants().require(tenant)).keys();
    }

    /** All keys that a tenant's log has had, by the size from which they sign. */
    public KeyEpochs keyEpochs(TenantId tenant) {
        Running log = running();
        return log.keyEpochs(log.tenants().require(tenant));
    }

    /** The number of the newest keys: 0 at first, one more with each rotation. */
    public int keyEpoch() {
        return running().keyEpoch();
    }

    /**
     * What a seed is to this log.
     *
     * @throws AuditUnavailableException if the log could not be opened: then nobody can tell
     */
    public SeedUse use(Secret seed) {
        return running().use(seed);
    }

    /**
     * Changes the keys of all logs, without a gap and while appends go on; on return every log has
     * its rotation checkpoint and the seed before may be destroyed
     * (docs/internals/key-rotation.md). A rotation that is under way is brought to its end instead.
     *
     * @param seed of the next epoch, already durable where the next start will find it; the
     *     caller's to close, after this log
     * @param progress is told what has become durable
     * @throws AuditUnavailableException if it cannot begin, or cannot end now; {@link #use} tells
     *     which, and in the latter case it goes on by itself
     */
    public void rotateKeys(Secret seed, Consumer<RotationStep> progress) {
        running().rotateKeys(seed, progress);
    }

    /** The Ed25519 key of {@code _node}'s log: what an auditor has to trust. */
    public VerifierKey nodeKey() {
        return keys(TenantId.NODE).getFirst();
    }

    /** A note {@code map/<kind>/v1} with the Ed25519 signature of {@code _node}'s log. */
    public SignedNote signNote(String kind, List<String> lines) {
        Running log = running();
        Optional<String> halted = log.availability().halted();
        if (halted.isPresent()) {
            throw Availability.unavailable(halted.get());
        }
        return log.signer(log.tenants().require(TenantId.NODE)).sign(kind, lines);
    }

    /** The tiles of a tenant's log as it is now. */
    public TileSource tiles(TenantId tenant) {
        Running log = running();
        return new TileSource(log.leaves(tenant), log.builtTree(tenant), log.tiles());
    }

    /**
     * Follows the journal from a position of it, or from {@link Position#START}.
     *
     * @throws IllegalArgumentException for a position that this journal has not reached; whoever
     *     kept it has seen a later state of it, or another journal
     */
    public JournalReader follow(Position from) {
        return running().follow(from);
    }

    /** Which records of a tenant were pruned. */
    public PrunedRanges pruned(TenantId tenant) {
        return running().pruned().book().of(tenant);
    }

    /**
     * Records that records are pruned, as {@code AuditPruned} in {@code _node}, and puts it in
     * force: nobody reads them any more. Their files go with {@link #removePruned}
     * (docs/internals/pruning.md).
     *
     * @param grounds why that may be; for the record
     * @throws AuditUnavailableException if that cannot be made durable
     */
    public RecordReference prune(Prune prune, JsonObject grounds) {
        try {
            return running().pruned().record(prune, grounds);
        } catch (IOException e) {
            throw Availability.unavailable("a prune cannot be kept: " + e.getMessage(), e);
        }
    }

    /** What was pruned and is not {@link #finishPrunes finished}. */
    public List<Prune> unfinishedPrunes() {
        return running().pruned().unfinished();
    }

    /**
     * Removes the entry bundles of a prune that is in force.
     *
     * @throws UncheckedIOException if one cannot be removed; to be called again
     */
    public void removePruned(Prune prune) {
        try {
            running().pruned().removeBundles(prune);
        } catch (IOException e) {
            throw new UncheckedIOException("pruned records cannot be removed", e);
        }
    }

    /**
     * Whatever these prunes had to remove is gone, here and elsewhere.
     *
     * @throws UncheckedIOException if that cannot be kept; then they stay unfinished
     */
    public void finishPrunes(List<Prune> prunes) {
        try {
            running().pruned().finish(prunes);
        } catch (IOException e) {
            throw new UncheckedIOException("a prune cannot be marked as finished", e);
        }
    }

    /**
     * Removes segments of the journal that were closed before a time and that nobody needs: what
     * they hold and was not pruned is read from the entry bundles and compared first.
     *
     * @param followed where the slowest follower goes on
     * @param dryRun only to say what would go
     * @param progress told how many records were compared
     * @throws AuditIntegrityException if what would stay is not what was written; nothing is
     *     removed then
     * @throws UncheckedIOException if files cannot be read or removed
     */
    public TrimmedJournal trimJournal(
            Position followed, Instant before, boolean dryRun, LongConsumer progress) {
        try {
            return running().pruned().trim(followed, before, dryRun, progress);
        } catch (JournalDamageException e) {
            throw new AuditIntegrityException(e.finding(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("the journal cannot be pruned", e);
        }
    }

    /** How the log is; answers in every state. */
    public AuditLogStatus status() {
        return running.map(log -> log.status(config)).orElseGet(this::damagedStatus);
    }

    /**
     * Writes what was accepted, seals the journal, signs every tree that grew, keeps the state,
     * gives the folder free.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            if (running.isPresent()) {
                running.get().close();
            }
        } finally {
            // A thread that hangs in a write may still finish it: then nobody else may have the
            // folder as long as this process lives.
            if (running.isEmpty() || running.get().ended()) {
                release(lock);
            }
        }
    }

    private Running running() {
        return running.orElseThrow(() -> Availability.unavailable(damage.orElse("closed")));
    }

    private AuditLogStatus damagedStatus() {
        return new AuditLogStatus(
                Optional.empty(),
                damage,
                List.of(),
                0,
                Running.diskFree(config.folder()),
                0,
                Position.START,
                Position.START);
    }

    private static FolderLock lock(Path folder) throws IOException {
        return lock(folder, "stop that process, or use its control socket");
    }

    /** Sole use of the audit folder; {@code hint} says what to do where another has it. */
    static FolderLock lock(Path folder, String hint) throws IOException {
        Optional<FolderLock> lock = FolderLock.tryAcquire(folder);
        if (lock.isEmpty()) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "audit folder "
                            + folder
                            + " is in use by "
                            + FolderLock.holder(folder).orElse("another process"),
                    hint);
        }
        return lock.get();
    }

    private static void release(FolderLock lock) {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the audit folder's lock cannot be given back", e);
        }
    }

    private static OperatorException unreadable(Path folder, IOException e) {
        return new OperatorException(
                ExitCode.ENVIRONMENT,
                "audit folder " + folder + " cannot be opened: " + e.getMessage(),
                e);
    }
}
