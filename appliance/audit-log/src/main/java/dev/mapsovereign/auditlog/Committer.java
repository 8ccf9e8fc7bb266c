package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.BatchHeader;
import dev.mapsovereign.auditlog.journal.ChainHead;
import dev.mapsovereign.auditlog.journal.Entry;
import dev.mapsovereign.auditlog.journal.EntryType;
import dev.mapsovereign.auditlog.journal.JournalFormat;
import dev.mapsovereign.auditlog.journal.Place;
import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.auditlog.journal.SegmentHeader;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.PreparedRecord;
import dev.mapsovereign.auditlog.record.RecordTime;
import dev.mapsovereign.auditlog.tree.IntentFormat;
import dev.mapsovereign.auditlog.tree.LogState;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.durable.AppendFile;
import dev.mapsovereign.base.durable.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The one thread that writes the journal. It takes whatever was handed over since the last batch,
 * gives each record its index, time and hash, writes all with one call, syncs once, and wakes those
 * who wait. While it syncs, the next batch gathers by itself: so batches grow with the load, a
 * single caller waits for one sync only, and nothing ever waits for a timer.
 *
 * <p>What it must never do: write over bytes that were synced, answer before the sync, go on in a
 * file whose write or sync has failed. After such a failure what the disk holds of the batch is
 * unknown; the batch goes to a new segment whose header declares the old one's rest void.
 *
 * <p>The hand-over and the results in {@link Pending} are all that it shares with callers; all
 * other fields are its thread's own.
 */
final class Committer {
    private static final System.Logger LOG = System.getLogger(Committer.class.getName());
    private static final int BODY_FROM = JournalFormat.HEADER_BYTES_MAX;

    private final AuditLogConfig config;
    private final SegmentFolder segments;
    private final SegmentKeeper keeper;
    private final Tenants tenants;
    private final DurableMark mark;
    private final Availability availability;
    private final BuilderLag lag;
    private final ClockWatch clock;
    private final Handover handover = new Handover();
    private final Thread thread;
    private volatile boolean closing;

    // Where the journal stands.
    private SegmentHeader segment;
    private Optional<AppendFile> file;
    private long offset;
    private Place lastEnd;
    private long lastBatch;
    private byte[] lastDigest;
    private long lastIntent;
    private boolean sealed;
    private long repairedNanos;

    /** Intents that no durable record has settled. */
    private volatile int openIntents;

    // The batch being made.
    private final Deque<Pending> backlog = new ArrayDeque<>();
    private final byte[] buffer =
            new byte[BODY_FROM + JournalFormat.BODY_BYTES_MAX + JournalFormat.PAGE];
    private final ByteBuffer view = ByteBuffer.wrap(buffer);
    private final MessageDigest sha256 = Sha256.digest();
    private final List<Pending> members = new ArrayList<>();
    private final List<TenantChain.Growth> growths = new ArrayList<>();
    private int bodyEnd;
    private int entries;
    private int creations;
    private int intents;
    private long micros;
    private byte[] time = new byte[0];

    /**
     * @param state where the journal ends; read now, never kept
     * @param file the last segment, to go on at {@code offset}
     */
    Committer(
            AuditLogConfig config,
            SegmentFolder segments,
            SegmentKeeper keeper,
            Tenants tenants,
            DurableMark mark,
            Availability availability,
            BuilderLag lag,
            LogState state,
            AppendFile file) {
        this.config = config;
        this.segments = segments;
        this.keeper = keeper;
        this.tenants = tenants;
        this.mark = mark;
        this.availability = availability;
        this.lag = lag;
        this.clock = new ClockWatch(config.clock(), state.lastBatch() == 0, state.lastMicros());
        this.segment = segments.last();
        this.file = Optional.of(file);
        this.offset = file.size();
        this.lastEnd = state.end();
        this.lastBatch = state.lastBatch();
        this.lastDigest = state.lastDigest();
        this.lastIntent = state.lastIntent();
        this.openIntents = state.intents().size();
        // Not known to be so; one more sealed batch costs nothing.
        this.sealed = state.lastBatch() == 0;
        this.thread = Thread.ofPlatform().name("audit-committer").daemon().unstarted(this::run);
        handover.takenBy(thread);
    }

    void start() {
        thread.start();
    }

    /** How many effects have begun whose records are not written. */
    int openIntents() {
        return openIntents;
    }

    /**
     * Hands over and waits until it is durable.
     *
     * @throws dev.mapsovereign.base.audit.AuditUnavailableException if that cannot be, or not in
     *     time
     */
    void commit(Pending pending) {
        long deadline = System.nanoTime() + config.appendDeadline().toNanos();
        Optional<String> refusal = availability.refusal();
        if (refusal.isPresent() && !pending.isOwed()) {
            throw Availability.unavailable(refusal.get());
        }
        submit(pending);
        pending.await(deadline);
    }

    /** Hands over what nobody waits for. */
    void submit(Pending pending) {
        if (!handover.offer(pending)) {
            throw Availability.unavailable("too many records wait to be written");
        }
    }

    /** Whether nothing is written any more. */
    boolean ended() {
        return !thread.isAlive();
    }

    /** Writes what was handed over, seals the journal and ends. */
    void close() throws InterruptedException, IOException {
        closing = true;
        handover.wake();
        if (!thread.join(Limits.CLOSE_WAIT)) {
            throw new IOException("the journal's disk does not answer");
        }
        if (file.isPresent()) {
            file.get().close();
        }
    }

    private void run() {
        try {
            while (!closing || gather()) {
                step();
            }
            if (file.isPresent() && !sealed && availability.halted().isEmpty()) {
                seal();
            }
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, "audit log halted: the committer failed", e);
            availability.damaged("the committer failed: " + e);
            backlog.addAll(members);
        }
        refuseAll(availability.reason().orElse("the audit log is closed"));
    }

    private void step() {
        gather();
        if (availability.halted().isPresent()) {
            refuseAll(availability.halted().get());
            rest();
        } else if (file.isEmpty()) {
            refuseAll("the journal cannot be written");
            repair();
        } else if (backlog.isEmpty()) {
            idle();
        } else {
            write();
        }
    }

    /** Takes over what was handed over; whether anything is to be written. */
    private boolean gather() {
        Pending next = handover.takeAll();
        while (next != null) {
            Pending following = next.next;
            next.next = null;
            backlog.add(next);
            next = following;
        }
        return !backlog.isEmpty() && file.isPresent() && availability.halted().isEmpty();
    }

    private void idle() {
        if (sealed) {
            handover.sleep(Limits.CLOCK_STEP.toNanos());
            return;
        }
        long until = System.nanoTime() + Limits.SEAL_DELAY.toNanos();
        for (long left = Limits.SEAL_DELAY.toNanos(); left > 0; left = until - System.nanoTime()) {
            handover.sleep(left);
            if (gather() || !backlog.isEmpty() || closing) {
                return;
            }
        }
        seal();
    }

    private void rest() {
        if (closing) {
            backlog.clear();
        }
        handover.sleep(Limits.REPAIR_PAUSE.toNanos());
    }

    // ---- making a batch

    private void write() {
        lag.await();
        gather();
        begin();
        watchClock();
        while (!backlog.isEmpty()
                && entries < Limits.BATCH_ENTRIES_MAX
                && growths.size() < JournalFormat.HEADS_MAX - 1
                && bodyEnd - BODY_FROM + backlog.getFirst().bytesMax()
                        <= JournalFormat.BODY_BYTES_MAX) {
            Pending pending = backlog.removeFirst();
            if (!pending.take()) {
                handover.settled(pending);
                continue;
            }
            Optional<String> refusal = pending.isOwed() ? Optional.empty() : refusal(pending);
            if (refusal.isPresent()) {
                settle(pending);
                pending.fail(Availability.unavailable(refusal.get()));
            } else {
                add(pending);
            }
        }
        if (entries > 0) {
            writeMembers();
        }
    }

    private void begin() {
        members.clear();
        forgetGrowths();
        bodyEnd = BODY_FROM;
        entries = 0;
        creations = 0;
        intents = 0;
        micros = clock.micros();
        time = RecordTime.ascii(micros);
    }

    private void watchClock() {
        Optional<PreparedRecord> stepped = clock.stepped(micros);
        if (stepped.isPresent() && tenants.count() > 0) {
            add(taken(Pending.own(tenants.byNumber(0), stepped.get())));
        }
    }

    private Pending taken(Pending own) {
        // Not through the queue, but counted as if.
        var _ = handover.count(own);
        var _ = own.take();
        return own;
    }

    /** Why this one cannot be written, if so: its tenant's quota, the reserve. */
    private Optional<String> refusal(Pending pending) {
        TenantChain created = pending.created;
        if (created != null && (creations > 0 || tenants.find(created.tenant()).isPresent())) {
            // Whoever tried before did not wait for the end of it.
            return Optional.of("tenant " + created.tenant() + " is being created already");
        }
        TenantChain chain = pending.chain;
        TenantChain.Growth growth = chain.growth;
        long more = (growth == null ? 0 : growth.bytes) + pending.record.lengthMax();
        if (!chain.tenant().isNode() && chain.bytes() + more > config.tenantQuotaBytes()) {
            return Optional.of(
                    "tenant "
                            + chain.tenant()
                            + " has used its journal quota of "
                            + config.tenantQuotaBytes()
                            + " bytes");
        }
        if (pending.kind == Pending.Kind.INTENT
                && (openIntents + intents + 1L) * Limits.INTENT_BYTES > config.reserveBytes()) {
            return Optional.of(openIntents + " effects are under way, no more can be recorded");
        }
        // The rest of a segment into which a batch does not fit is lost, at most one extent.
        long need = config.reserveBytes() + JournalFormat.EXTENT_MAX + bodyEnd - BODY_FROM;
        if (filled() < need && !(keeper.awaitStandby(Limits.STANDBY_WAIT) && filled() >= need)) {
            String reason =
                    "the journal is nearly full: "
                            + keeper.obstacle().orElse("the next segment is not ready");
            availability.shortage(reason);
            return Optional.of(reason);
        }
        return Optional.empty();
    }

    /** Bytes that can be written into filled segments. */
    private long filled() {
        return segment.length() - offset + keeper.filledBytes();
    }

    private void add(Pending pending) {
        members.add(pending);
        switch (pending.kind) {
            case RECORD -> addRecord(pending, 0);
            case COMPLETION -> addRecord(pending, pending.intent);
            case INTENT -> {
                pending.intent = ++lastIntent;
                intents++;
                byte[] bytes = IntentFormat.encode(pending.record);
                addEntry(EntryType.INTENT, pending.chain.number(), pending.intent, bytes);
            }
            case TENANT -> {
                TenantChain created = Objects.requireNonNull(pending.created);
                created.number(tenants.count() + creations++);
                byte[] name = created.tenant().value().getBytes(StandardCharsets.US_ASCII);
                addEntry(
                        EntryType.TENANT,
                        created.number(),
                        0,
                        ByteBuffer.allocate(Integer.BYTES + name.length)
                                .putInt(created.epoch())
                                .put(name)
                                .array());
                addRecord(pending, 0);
            }
        }
    }

    private void addRecord(Pending pending, long intent) {
        TenantChain.Growth growth = growth(pending.chain);
        if (growth.count == 0) {
            growths.add(growth);
        }
        int from = bodyEnd + Entry.HEAD_BYTES;
        long index = growth.next();
        int end = pending.record.writeTo(buffer, from, index, time);
        int length = end - from;
        Entry.putHead(view, bodyEnd, EntryType.RECORD, pending.chain.number(), length, intent);
        byte[] hash = ChainRule.recordHash(sha256, growth.after, buffer, from, length);
        pending.placed(growth, index, hash, micros);
        growth.after = hash;
        growth.count++;
        growth.bytes += length;
        bodyEnd = end;
        entries++;
    }

    private void addEntry(EntryType type, int tenant, long intent, byte[] bytes) {
        Entry.putHead(view, bodyEnd, type, tenant, bytes.length, intent);
        System.arraycopy(bytes, 0, buffer, bodyEnd + Entry.HEAD_BYTES, bytes.length);
        bodyEnd += Entry.HEAD_BYTES + bytes.length;
        entries++;
    }

    private static TenantChain.Growth growth(TenantChain chain) {
        TenantChain.Growth growth = chain.growth;
        if (growth == null) {
            growth = new TenantChain.Growth(chain);
            chain.growth = growth;
        }
        return growth;
    }

    private void forgetGrowths() {
        for (TenantChain.Growth growth : growths) {
            growth.chain.growth = null;
        }
        growths.clear();
    }

    // ---- writing it

    private void writeMembers() {
        try {
            try {
                write(BatchHeader.Kind.DATA);
            } catch (IOException e) {
                warn("the journal goes on in a new segment, a batch could not be written", e);
                abandonSegment();
                write(BatchHeader.Kind.DATA);
            }
        } catch (IOException e) {
            giveUp(e);
            return;
        }
        sealed = false;
        settleMembers();
    }

    /** Writes and syncs the batch being made; afterwards it counts. */
    private void write(BatchHeader.Kind kind) throws IOException {
        int bodyLength = bodyEnd - BODY_FROM;
        makeRoom(JournalFormat.roundUp(BatchHeader.length(growths.size()) + bodyLength));
        byte[] header = header(kind).encode();
        int from = BODY_FROM - header.length;
        int extent = JournalFormat.roundUp(header.length + bodyLength);
        System.arraycopy(header, 0, buffer, from, header.length);
        Arrays.fill(buffer, bodyEnd, from + extent, (byte) 0);
        AppendFile open = file.orElseThrow();
        open.append(ByteBuffer.wrap(buffer, from, extent));
        open.sync();
        offset += extent;
        lastEnd = new Place(segment.segment(), offset);
        lastBatch++;
        lag.wrote(extent);
        lastDigest = BatchHeader.digest(header);
    }

    private BatchHeader header(BatchHeader.Kind kind) {
        List<ChainHead> heads = new ArrayList<>(growths.size());
        for (TenantChain.Growth growth : growths) {
            heads.add(
                    new ChainHead(
                            growth.chain.number(),
                            growth.count,
                            growth.first,
                            growth.before,
                            growth.after));
        }
        CRC32C crc = new CRC32C();
        crc.update(buffer, BODY_FROM, bodyEnd - BODY_FROM);
        return new BatchHeader(
                kind,
                bodyEnd - BODY_FROM,
                new Place(segment.segment(), offset),
                lastBatch + 1,
                lastEnd,
                micros,
                entries,
                lastDigest,
                (int) crc.getValue(),
                heads);
    }

    private void settleMembers() {
        for (TenantChain.Growth growth : growths) {
            growth.chain.accept(growth);
        }
        int open = openIntents;
        for (Pending pending : members) {
            switch (pending.kind) {
                case COMPLETION -> open--;
                case INTENT -> open++;
                case TENANT -> tenants.add(Objects.requireNonNull(pending.created));
                case RECORD -> {}
            }
        }
        openIntents = open;
        forgetGrowths();
        // Only now, for a follower looks up the tenants that it reads of.
        mark.advance(lastEnd);
        for (Pending pending : members) {
            settle(pending);
            if (!pending.done() && pending.kind == Pending.Kind.INTENT) {
                // Its caller was refused meanwhile: no effect, and nobody else will settle it.
                backlog.add(
                        taken(Pending.interruption(pending.chain, pending.record, pending.intent)));
            }
        }
        members.clear();
    }

    private void settle(Pending pending) {
        handover.settled(pending);
    }

    /**
     * Neither this segment nor a new one could be written: the callers are told, debts are kept.
     */
    private void giveUp(IOException reason) {
        LOG.log(
                System.Logger.Level.ERROR,
                "audit log unavailable: the journal cannot be written: {0}",
                reason.toString());
        String text = "the journal cannot be written: " + reason.getMessage();
        availability.unwritable(text);
        close(file);
        file = Optional.empty();
        forgetGrowths();
        for (Pending pending : members.reversed()) {
            if (pending.isOwed()) {
                pending.putBack();
                backlog.addFirst(pending);
            } else {
                settle(pending);
                pending.fail(Availability.unavailable(text, reason));
            }
        }
        members.clear();
        repairedNanos = System.nanoTime();
    }

    private void refuseAll(String reason) {
        gather();
        List<Pending> owed = new ArrayList<>();
        for (Pending pending : backlog) {
            if (pending.isOwed()) {
                owed.add(pending);
            } else {
                settle(pending);
                pending.fail(Availability.unavailable(reason));
            }
        }
        backlog.clear();
        backlog.addAll(owed);
    }

    private void repair() {
        Duration since = Duration.ofNanos(System.nanoTime() - repairedNanos);
        if (since.compareTo(Limits.REPAIR_PAUSE) < 0) {
            handover.sleep(Limits.REPAIR_PAUSE.minus(since).toNanos());
            return;
        }
        repairedNanos = System.nanoTime();
        try {
            startSegment();
            LOG.log(System.Logger.Level.WARNING, "audit log available again");
            availability.writable();
        } catch (IOException e) {
            availability.unwritable("the journal cannot be written: " + e.getMessage());
        }
    }

    // ---- segments

    /** An empty batch: damage to the one before it can then not look like a torn end. */
    private void seal() {
        begin();
        try {
            write(BatchHeader.Kind.SEALED);
            mark.advance(lastEnd);
        } catch (IOException e) {
            warn("the idle journal could not be sealed", e);
            try {
                // A new segment's header names the last batch too.
                abandonSegment();
            } catch (IOException again) {
                giveUp(again);
            }
        }
        sealed = true;
    }

    /** Goes on in the next segment if the batch and the closing one behind it do not fit here. */
    private void makeRoom(int extent) throws IOException {
        if (segment.length() - offset >= extent + (long) JournalFormat.PAGE) {
            return;
        }
        AppendFile full = file.orElseThrow();
        long end = offset;
        SegmentHeader old = segment;
        startSegment();
        try (full) {
            sayContinued(full, old, end);
        } catch (IOException e) {
            // The new segment says where this one ends; only the hint is lost that it exists.
            warn("a full segment could not be marked as such", e);
        }
    }

    /** Makes the standby the next segment; the present one ends at the last durable batch in it. */
    private void startSegment() throws IOException {
        if (keeper.filledBytes() == 0) {
            var _ = keeper.awaitStandby(Limits.STANDBY_WAIT);
        }
        SegmentHeader header =
                new SegmentHeader(
                        segment.segment() + 1,
                        segment.journalId(),
                        config.segmentBytes(),
                        offset,
                        lastBatch,
                        lastDigest,
                        RecordTime.micros(config.clock().instant()),
                        segment.node());
        Path path = segments.pathOfNew(header.segment());
        try (AppendFile standby = keeper.take()) {
            standby.resumeAt(0);
            standby.append(ByteBuffer.wrap(header.encode()));
            standby.sync();
            DurableFiles.move(standby.path(), path);
        }
        segments.add(header, path);
        AppendFile next = AppendFile.open(path);
        next.resumeAt(JournalFormat.SEGMENT_HEADER_BYTES);
        file = Optional.of(next);
        segment = header;
        offset = JournalFormat.SEGMENT_HEADER_BYTES;
    }

    private void sayContinued(AppendFile full, SegmentHeader old, long end) throws IOException {
        BatchHeader header =
                new BatchHeader(
                        BatchHeader.Kind.CONTINUED,
                        0,
                        new Place(old.segment(), end),
                        lastBatch + 1,
                        lastEnd,
                        micros,
                        0,
                        lastDigest,
                        0,
                        List.of());
        byte[] page = Arrays.copyOf(header.encode(), JournalFormat.PAGE);
        full.append(ByteBuffer.wrap(page));
        full.sync();
    }

    /** As {@link #startSegment}, after a write or sync in the present one has failed. */
    private void abandonSegment() throws IOException {
        Optional<AppendFile> broken = file;
        startSegment();
        close(broken);
    }

    private static void warn(String what, IOException e) {
        LOG.log(System.Logger.Level.WARNING, "{0}: {1}", what, e.toString());
    }

    private static void close(Optional<AppendFile> file) {
        if (file.isPresent()) {
            try {
                file.get().close();
            } catch (IOException e) {
                warn("a segment could not be closed", e);
            }
        }
    }
}
