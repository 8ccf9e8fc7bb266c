package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.Place;
import dev.mapsovereign.auditlog.prune.IndexRange;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.Tiles;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;

/**
 * The records before the base of a pruned journal, as far as they are kept: log by log, from entry
 * bundles. Their positions count them, in segment 0. For one thread.
 */
final class HeldRecords {
    private final Deque<Run> runs;
    private final Function<TenantId, LeafReader> leaves;
    private final Position end;
    private long given;

    /** Records of one log that follow each other. */
    record Run(TenantId tenant, IndexRange range) {}

    /**
     * @param runs all of them, in an order that stays the same
     * @param base where the journal goes on
     * @param skip how many were read before
     * @throws IllegalArgumentException if there are not so many
     */
    HeldRecords(List<Run> runs, Function<TenantId, LeafReader> leaves, Place base, long skip) {
        this.runs = new ArrayDeque<>(runs);
        this.leaves = leaves;
        this.end = Position.of(base);
        while (given < skip) {
            if (this.runs.isEmpty()) {
                throw new IllegalArgumentException(
                        "the pruned journal has fewer than " + skip + " records before its base");
            }
            take(skip - given);
        }
    }

    /** Where the journal goes on. */
    Position end() {
        return end;
    }

    boolean hasNext() {
        return !runs.isEmpty();
    }

    /**
     * The next records, at least one; to be called while there are some.
     *
     * @throws AuditIntegrityException if one is not what was written
     */
    List<LoggedRecord> next(int most) {
        Run run = runs.element();
        long index = run.range().from();
        int wanted = (int) Math.min(most, Tiles.WIDTH - index % Tiles.WIDTH);
        int count = (int) Math.min(wanted, run.range().count());
        List<LoggedRecord> records = new ArrayList<>(count);
        for (byte[] leaf : leaves.apply(run.tenant()).leaves(index, count)) {
            take(1);
            records.add(
                    new LoggedRecord(
                            run.tenant(),
                            index + records.size(),
                            ChainRule.record(leaf),
                            ChainRule.recordHash(leaf),
                            runs.isEmpty() ? end : new Position(0, given, 0)));
        }
        return records;
    }

    /** Goes on by so many records, at most to the end of the run. */
    private void take(long count) {
        Run run = runs.remove();
        long from = Math.min(run.range().to(), run.range().from() + count);
        given += from - run.range().from();
        if (from < run.range().to()) {
            runs.addFirst(new Run(run.tenant(), new IndexRange(from, run.range().to())));
        }
    }
}
