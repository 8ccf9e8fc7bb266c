package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.checkpoint.LogSigner;
import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.auditlog.record.KeyEpochs;
import dev.mapsovereign.auditlog.record.RecordFormat;
import dev.mapsovereign.auditlog.tree.LogState;
import dev.mapsovereign.auditlog.tree.OpenIntent;
import dev.mapsovereign.auditlog.tree.StateFile;
import dev.mapsovereign.auditlog.tree.TenantTree;
import dev.mapsovereign.auditlog.tree.TileFiles;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.durable.AppendFile;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.SignedNote;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** A log whose journal was found whole, with all its parts at work. */
final class Running {
    private static final System.Logger LOG = System.getLogger(AuditLog.class.getName());
    static final int NODE_DIGITS_BYTES = 4;

    private final SegmentFolder segments;
    private final KeptNotes keptNotes;
    private final TileFiles tiles;
    private final VerifiedTiles verifiedTiles;
    private final Availability availability = new Availability();
    private final Tenants tenants = new Tenants();
    private final DurableMark mark;
    private final SegmentKeeper keeper;
    private final Committer committer;
    private final TreeBuilder builder;
    private final CheckpointPublisher publisher;
    private final SigningKeys keys;
    private final KeyTurn turn;
    private final Conflicts conflicts;
    private final Optional<Succession> succession;
    private final PrunedLog pruned;
    private final String node;

    /**
     * Held while a tenant is created, so that it is introduced once, and while keys are rotated, so
     * that every log is either part of that or begins with the new keys.
     */
    private final ReentrantLock creation = new ReentrantLock();

    private Running(AuditLogConfig config, Opening opening, Recovery.Found found, AppendFile file)
            throws IOException, JournalDamageException {
        this.segments = opening.segments;
        this.keptNotes = opening.kept;
        this.tiles = opening.tiles;
        this.verifiedTiles = new VerifiedTiles(opening.tiles);
        this.keys = opening.keys;
        this.conflicts = opening.conflicts;
        this.succession = opening.succession;
        this.node = opening.node();
        LogState state = found.state();
        for (TenantTree tree : state.trees()) {
            TenantTree.Summary summary = tree.summary();
            tenants.add(
                    new TenantChain(
                            tree.number(),
                            tree.tenant(),
                            tree.epoch(),
                            new LogHead(summary.size(), summary.head()),
                            summary.bytes()));
        }
        this.mark = new DurableMark(state.end());
        this.keeper =
                new SegmentKeeper(
                        opening.journal,
                        config.segmentBytes(),
                        config.floorBytes(),
                        segments,
                        availability,
                        new OutsideChange(
                                config.folder().resolve("finding"),
                                config.clock(),
                                this::tellOfChange));
        BuilderLag lag = new BuilderLag();
        this.committer =
                new Committer(
                        config, segments, keeper, tenants, mark, availability, lag, state, file);
        this.builder =
                new TreeBuilder(segments, mark, availability, lag, state, opening.stateFile, tiles);
        this.publisher =
                new CheckpointPublisher(
                        config.checkpointInterval(),
                        opening.notes,
                        availability,
                        builder::trees,
                        keys,
                        this::goOnTurning);
        this.pruned =
                new PrunedLog(
                        new PrunedLog.Places(opening.state, opening.base),
                        segments,
                        tiles,
                        opening.pruned,
                        tenants,
                        committer,
                        builder,
                        this::leaves);
        this.turn =
                new KeyTurn(
                        config, keys, publisher, committer, tenants, this::builtTree, this::leaves);
    }

    /** Recovers and starts; says in one line what was done. */
    static Running start(AuditLogConfig config, List<Secret> seeds)
            throws IOException, JournalDamageException {
        long began = System.nanoTime();
        Opening opening = new Opening(config, seeds);
        requireName(config, opening.node());
        Recovery recovery =
                new Recovery(
                        opening.segments,
                        opening.stateFile,
                        new StateFile(opening.base),
                        opening.notes,
                        opening.kept,
                        opening.tiles,
                        opening.keys::signed);
        Recovery.Found found = recovery.read();
        for (TenantTree tree : found.state().trees()) {
            opening.keys.load(tree.tenant(), tree.epoch());
        }
        List<OpenIntent> interrupted = found.state().intents();
        long end = found.state().lastBatch();
        AppendFile file = recovery.cut(found);
        Running running = new Running(config, opening, found, file);
        running.begin(interrupted);
        LOG.log(
                System.Logger.Level.INFO,
                "audit log {0}: {1}, {2} segments, {3} batches, {4} of them read after the {5}; {6}"
                        + " bytes of a torn batch cut; {7} interrupted effects recorded; {8} ms",
                running.node,
                opening.created ? "created" : "opened",
                opening.segments.count(),
                end,
                found.batches(),
                found.fromState() ? "kept state" : "beginning",
                found.tornTo() - found.tornFrom(),
                interrupted.size(),
                (System.nanoTime() - began) / 1_000_000);
        return running;
    }

    String node() {
        return node;
    }

    String origin(TenantId tenant) {
        return node + "/" + tenant;
    }

    Tenants tenants() {
        return tenants;
    }

    Committer committer() {
        return committer;
    }

    PrunedLog pruned() {
        return pruned;
    }

    CheckpointPublisher publisher() {
        return publisher;
    }

    TileFiles tiles() {
        return tiles;
    }

    Availability availability() {
        return availability;
    }

    LogSigner signer(TenantChain chain) {
        return keys.signer(chain.tenant(), chain.epoch());
    }

    KeyEpochs keyEpochs(TenantChain chain) {
        return keys.epochs(chain.tenant(), chain.epoch());
    }

    int keyEpoch() {
        return keys.newestEpoch();
    }

    SeedUse use(Secret seed) {
        return keys.use(seed);
    }

    /**
     * Rotates the keys of all logs, or brings to its end the rotation that is under way.
     *
     * @param seed of the next epoch; of no use if one is under way
     */
    void rotateKeys(Secret seed, Consumer<RotationStep> progress) {
        creation.lock();
        try {
            if (keys.underWay().isEmpty()) {
                turn.begin(seed, progress);
            }
            turn.proceed(progress);
        } catch (IOException e) {
            throw Availability.unavailable("the log keys cannot be rotated: " + e.getMessage(), e);
        } finally {
            creation.unlock();
        }
    }

    /** Called by the publisher: a rotation that had to stop goes on. */
    private void goOnTurning() {
        if (keys.underWay().isPresent() && creation.tryLock()) {
            try {
                proceed();
            } finally {
                creation.unlock();
            }
        }
    }

    private void proceed() {
        try {
            turn.proceed(step -> {});
        } catch (IOException e) {
            throw Availability.unavailable("a key rotation waits: " + e.getMessage(), e);
        }
    }

    /** The tree of a tenant with everything that is durable now. */
    TenantTree builtTree(TenantId tenant) {
        TenantChain chain = tenants.require(tenant);
        builder.awaitDurable();
        return builder.tree(chain.tenant()).orElseThrow();
    }

    LeafReader leaves(TenantId tenant) {
        return new LeafReader(builtTree(tenant), tiles, verifiedTiles, segments);
    }

    void createTenant(TenantId tenant) {
        creation.lock();
        try {
            if (tenants.find(tenant).isPresent()) {
                return;
            }
            TenantChain created = TenantChain.toBe(tenant, keys.newestEpoch());
            TenantChain introducedBy = tenant.isNode() ? created : tenants.require(TenantId.NODE);
            Optional<JsonObject> continues = succession.flatMap(former -> former.continues(tenant));
            Pending pending =
                    Pending.tenant(
                            introducedBy,
                            keys.toBe(tenant).announcement(tenant).tenantCreated(continues),
                            created);
            committer.commit(pending);
        } finally {
            creation.unlock();
        }
    }

    SignedNote sign(TenantId tenant, long size, byte[] root) {
        Optional<String> silent = availability.halted().or(availability::held);
        if (silent.isPresent()) {
            throw Availability.unavailable(silent.get());
        }
        return signer(tenants.require(tenant)).sign(size, root);
    }

    void keep(TenantId tenant, SignedNote checkpoint) {
        TenantTree tree = builtTree(tenant);
        try {
            Recovery.requireRecomputes(tree, checkpoint, keys::signed, tiles);
            keptNotes.keep(tenant, checkpoint);
        } catch (JournalDamageException e) {
            throw new AuditIntegrityException(e.finding(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("a checkpoint cannot be kept", e);
        }
    }

    Path stop(SignedNote conflicting) {
        try {
            Path kept = conflicts.keep(conflicting);
            availability.damaged(Conflicts.finding(kept));
            return kept;
        } catch (IOException e) {
            // Stopping matters more than the file.
            availability.damaged("own keys signed a second history, which could not be kept");
            throw new UncheckedIOException("a conflicting checkpoint cannot be kept", e);
        }
    }

    List<SignedNote> kept(TenantId tenant) {
        try {
            return keptNotes.of(tenant);
        } catch (JournalDamageException e) {
            throw new AuditIntegrityException(e.finding(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("the kept checkpoints cannot be read", e);
        }
    }

    AuditLogStatus status(AuditLogConfig of) {
        List<AuditLogStatus.TenantStatus> logs =
                tenants.all().stream()
                        .map(chain ->
                                new AuditLogStatus.TenantStatus(
                                        chain.tenant(),
                                        origin(chain.tenant()),
                                        chain.head(),
                                        publisher.publishedSize(chain.tenant()),
                                        chain.bytes() - chain.prunedBytes()))
                        .toList();
        return new AuditLogStatus(
                Optional.of(node),
                availability.reason(),
                logs,
                segments.count(),
                diskFree(of.folder()),
                committer.openIntents(),
                Position.of(mark.place()),
                Position.of(builder.built()));
    }

    /** Usable space on the disk of a folder; 0 if it cannot be told. */
    static long diskFree(Path folder) {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Ends all parts, whatever one of them says; each writes what it still has to. */
    void close() {
        availability.closed();
        boolean interrupted = Thread.interrupted();
        List<IOException> failures = new ArrayList<>();
        List<Part> parts = List.of(committer::close, keeper::end, builder::close, publisher::close);
        for (Part part : parts) {
            try {
                part.close();
            } catch (IOException e) {
                failures.add(e);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!failures.isEmpty()) {
            IOException first = failures.removeFirst();
            failures.forEach(first::addSuppressed);
            throw new UncheckedIOException("the audit log could not be closed in order", first);
        }
    }

    private interface Part {
        void close() throws IOException, InterruptedException;
    }

    /** Whether no thread of this log can write any more. */
    boolean ended() {
        return committer.ended() && keeper.ended() && builder.ended() && publisher.ended();
    }

    /**
     * A reader from a position of this journal.
     *
     * @throws IllegalArgumentException for a position that the journal has not reached
     */
    JournalReader follow(Position from) {
        pruned.requireWhole(from);
        if (from.place().compareTo(mark.place()) > 0) {
            throw new IllegalArgumentException(
                    "position "
                            + from.text()
                            + " lies behind the journal's end "
                            + mark.place()
                            + ": it is of a later state of this journal, or of another one");
        }
        Optional<HeldRecords> held =
                from.segment() == 0 ? pruned.held(from.offset()) : Optional.empty();
        Position next = held.map(HeldRecords::end).orElse(from);
        return new JournalReader(segments, tenants, mark, next, held, pruned.book());
    }

    private void begin(List<OpenIntent> interrupted) throws IOException, JournalDamageException {
        keeper.start();
        committer.start();
        builder.start();
        publisher.start();
        boolean begun = false;
        try {
            settle(interrupted);
            if (tenants.count() == 0) {
                createTenant(TenantId.NODE);
            }
            succeed();
            pruned.begin();
            resumeTurning();
            begun = true;
        } finally {
            if (!begun) {
                close();
            }
        }
    }

    /**
     * The logs of a former node go on in this one, each with a record 0 that says so, before
     * anybody else can write to them.
     */
    private void succeed() {
        if (succession.isEmpty()) {
            return;
        }
        for (TenantId tenant : succession.get().tenants()) {
            createTenant(tenant);
            TenantChain chain = tenants.require(tenant);
            if (chain.head().size() == 0) {
                JsonObject former = succession.get().continues(tenant).orElseThrow();
                AuditDraft draft =
                        AuditDraft.builder(tenant, EventType.CONFIG_CHANGED, AuditOutcome.SUCCESS)
                                .operation("new_log")
                                .meta(JsonObject.builder().put("continues", former).build())
                                .build();
                committer.commit(Pending.record(chain, RecordFormat.prepare(draft)));
            }
        }
    }

    /** A rotation that a crash interrupted ends before anybody gets to see the log, if it can. */
    private void resumeTurning() {
        if (keys.underWay().isEmpty()) {
            return;
        }
        LOG.log(System.Logger.Level.INFO, "{0}: a key rotation goes on", node);
        // The publisher may have begun with it already: then this waits for it.
        creation.lock();
        try {
            proceed();
        } catch (AuditUnavailableException e) {
            LOG.log(System.Logger.Level.WARNING, "{0}: {1}", node, e.getMessage());
        } finally {
            creation.unlock();
        }
    }

    private void settle(List<OpenIntent> interrupted) {
        for (OpenIntent intent : interrupted) {
            committer.submit(
                    Pending.interruption(
                            tenants.byNumber(intent.tenant()), intent.record(), intent.number()));
        }
    }

    private Pending tellOfChange(String noticed, String finding) {
        AuditDraft draft =
                AuditDraft.builder(TenantId.NODE, EventType.SECURITY_VIOLATION, AuditOutcome.ERROR)
                        .meta(
                                JsonObject.builder()
                                        .put("finding", "journal: " + finding)
                                        .put("noticed", noticed)
                                        .build())
                        .build();
        Pending told = Pending.own(tenants.require(TenantId.NODE), RecordFormat.prepare(draft));
        committer.submit(told);
        return told;
    }

    private static void requireName(AuditLogConfig config, String node) {
        if (!node.startsWith(config.nodeName() + ".")
                || node.length()
                        != config.nodeName().value().length() + 1 + 2 * NODE_DIGITS_BYTES) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "audit folder "
                            + config.folder()
                            + " belongs to node "
                            + node
                            + ", not to one named "
                            + config.nodeName(),
                    "set node.name back, or give the new node a folder of its own");
        }
    }
}
