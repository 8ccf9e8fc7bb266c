package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.Batch;
import dev.mapsovereign.auditlog.journal.BatchHeader;
import dev.mapsovereign.auditlog.journal.ChainHead;
import dev.mapsovereign.auditlog.journal.Entry;
import dev.mapsovereign.auditlog.journal.EntryType;
import dev.mapsovereign.auditlog.journal.JournalCursor;
import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.journal.Place;
import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.tree.PruneBook;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Follows the journal from a position: every durable record once, in the order of the journal,
 * which within a tenant is the order of its chain, but for those that were pruned. Every record's
 * hash is recomputed on the way. Of a pruned journal the records before its base come first, log by
 * log.
 *
 * <p>For one thread, which must not be interrupted while it reads: Java closes the file of an
 * interrupted thread.
 */
public final class JournalReader implements AutoCloseable {
    private final Tenants tenants;
    private final DurableMark mark;
    private final JournalCursor cursor;
    private final MessageDigest sha256 = Sha256.digest();
    private final Deque<LoggedRecord> read = new ArrayDeque<>();
    private final Optional<HeldRecords> held;
    private final PruneBook pruned;
    private int skip;

    /**
     * @param held what comes before {@code from}
     * @param pruned records that are passed over, though segments may still hold them
     */
    JournalReader(
            SegmentFolder segments,
            Tenants tenants,
            DurableMark mark,
            Position from,
            Optional<HeldRecords> held,
            PruneBook pruned) {
        this.tenants = tenants;
        this.mark = mark;
        this.cursor = new JournalCursor(segments, from.place(), false);
        this.skip = from.records();
        this.held = held;
        this.pruned = pruned;
    }

    /**
     * The next records; waits for the first of them.
     *
     * @param most at most so many
     * @param atMost empty after that time
     * @throws AuditIntegrityException if the journal does not hold what was written
     * @throws UncheckedIOException if it cannot be read
     */
    public List<LoggedRecord> next(int most, Duration atMost) throws InterruptedException {
        if (read.isEmpty() && held.isPresent() && held.get().hasNext()) {
            return held.get().next(most);
        }
        long deadline = System.nanoTime() + atMost.toNanos();
        while (read.isEmpty()) {
            Optional<Batch> batch = nextBatch();
            if (batch.isPresent()) {
                records(batch.get());
                continue;
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return List.of();
            }
            var _ = mark.awaitBeyond(cursor.position(), Duration.ofNanos(left));
        }
        List<LoggedRecord> records = new ArrayList<>(Math.min(most, read.size()));
        while (records.size() < most && (!read.isEmpty() || readAhead())) {
            records.add(read.removeFirst());
        }
        return records;
    }

    @Override
    public void close() {
        try {
            cursor.close();
        } catch (IOException e) {
            throw new UncheckedIOException("a segment of the journal cannot be closed", e);
        }
    }

    /** Takes in another batch that is durable already; whether there are records now. */
    private boolean readAhead() {
        Optional<Batch> batch = nextBatch();
        while (batch.isPresent()) {
            records(batch.get());
            if (!read.isEmpty()) {
                return true;
            }
            batch = nextBatch();
        }
        return false;
    }

    private Optional<Batch> nextBatch() {
        try {
            return cursor.next(mark.place());
        } catch (JournalDamageException e) {
            throw new AuditIntegrityException(e.finding(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("the journal cannot be read", e);
        }
    }

    private void records(Batch batch) {
        BatchHeader header = batch.header();
        Map<Integer, Chain> chains = new HashMap<>();
        for (ChainHead head : header.heads()) {
            chains.put(head.tenant(), new Chain(head));
        }
        int seen = 0;
        int total = header.heads().stream().mapToInt(ChainHead::count).sum();
        for (Entry entry : entries(batch)) {
            if (entry.type() != EntryType.RECORD) {
                continue;
            }
            seen++;
            Chain chain = Optional.ofNullable(chains.get(entry.tenant())).orElseThrow();
            chain.hash =
                    ChainRule.recordHash(
                            sha256, chain.hash, entry.source(), entry.from(), entry.length());
            long index = chain.index++;
            TenantId tenant = tenants.byNumber(entry.tenant()).tenant();
            if (seen <= skip || pruned.of(tenant).contains(index)) {
                continue;
            }
            read.add(
                    new LoggedRecord(
                            tenant, index, entry.bytes(), chain.hash, after(header, seen, total)));
        }
        for (Chain chain : chains.values()) {
            if (!Arrays.equals(chain.hash, chain.head.after())) {
                throw new AuditIntegrityException(
                        "the batch at " + header.at() + " does not lead to its chain heads");
            }
        }
        skip = 0;
    }

    private static List<Entry> entries(Batch batch) {
        try {
            return batch.entries();
        } catch (JournalDamageException e) {
            throw new AuditIntegrityException(e.finding(), e);
        }
    }

    private static Position after(BatchHeader header, int seen, int total) {
        Place at = header.at();
        return seen == total
                ? Position.of(header.end())
                : new Position(at.segment(), at.offset(), seen);
    }

    /** One tenant's chain on its way through a batch. */
    private static final class Chain {
        final ChainHead head;
        byte[] hash;
        long index;

        Chain(ChainHead head) {
            this.head = head;
            this.hash = head.before();
            this.index = head.first();
        }
    }
}
