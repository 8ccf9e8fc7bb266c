package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.JournalReader;
import dev.mapsovereign.auditlog.LoggedRecord;
import dev.mapsovereign.auditlog.Position;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Gives the projection its records in batches of one transaction each, read piece by piece while
 * the batch is being inserted. What was given is kept until {@link #done}, so that the same batch
 * can be given again. Used by one thread.
 */
final class BatchSource {
    private final JournalReader reader;
    private final Partitions partitions;
    private final Courtesy courtesy;
    private final int batchRecords;
    private final List<Piece> taken = new ArrayList<>();

    /** Begins a month whose partition is not there: for the next transaction. */
    private Optional<Piece> waiting = Optional.empty();

    /**
     * A source of batches.
     *
     * @param batchRecords at most so many in a batch, and {@link Limits#PIECE_RECORDS} beyond
     */
    BatchSource(JournalReader reader, Partitions partitions, Courtesy courtesy, int batchRecords) {
        this.reader = reader;
        this.batchRecords = batchRecords;
        this.partitions = partitions;
        this.courtesy = courtesy;
    }

    /** Takes in one record. */
    @FunctionalInterface
    interface Row {
        void put(LoggedRecord record, RecordColumns columns) throws SQLException;
    }

    private record Piece(List<LoggedRecord> records, List<RecordColumns> columns) {
        static Piece of(List<LoggedRecord> records) {
            return new Piece(
                    records,
                    records.stream().map(record -> RecordColumns.of(record.record())).toList());
        }

        long bytes() {
            return records.stream().mapToLong(record -> record.record().length).sum();
        }
    }

    /** Whether there is something to insert, after a short wait; makes the partitions for it. */
    boolean awaitMore() throws InterruptedException {
        if (taken.isEmpty()) {
            Optional<Piece> first = waiting.isPresent() ? waiting : read(Limits.IDLE);
            waiting = Optional.empty();
            first.ifPresent(piece -> {
                partitions.make(piece.columns());
                taken.add(piece);
            });
        }
        return !taken.isEmpty();
    }

    /**
     * Gives a batch from its beginning, and whatever else is durable by now until the batch is
     * full.
     *
     * @return where the journal goes on after it
     */
    Position feed(Row row) throws SQLException {
        long records = 0;
        long bytes = 0;
        for (int at = 0; at < taken.size() || (hasRoom(records, bytes) && takeMore()); at++) {
            Piece piece = taken.get(at);
            for (int i = 0; i < piece.records().size(); i++) {
                row.put(piece.records().get(i), piece.columns().get(i));
            }
            records += piece.records().size();
            bytes += piece.bytes();
        }
        return taken.getLast().records().getLast().after();
    }

    /** Those of the batch, in their order. */
    void forEachTaken(Consumer<LoggedRecord> action) {
        taken.forEach(piece -> piece.records().forEach(action));
    }

    /**
     * The batch is committed.
     *
     * @return how many records it had
     */
    int done() {
        int records = taken.stream().mapToInt(piece -> piece.records().size()).sum();
        taken.clear();
        return records;
    }

    private boolean hasRoom(long records, long bytes) {
        return !courtesy.stepsBack() && records < batchRecords && bytes < Limits.BATCH_BYTES;
    }

    private boolean takeMore() {
        if (waiting.isPresent()) {
            return false;
        }
        Optional<Piece> more = readAtOnce();
        if (more.isPresent() && !partitions.has(more.get().columns())) {
            waiting = more;
            return false;
        }
        more.ifPresent(taken::add);
        return more.isPresent();
    }

    private Optional<Piece> readAtOnce() {
        try {
            return read(Duration.ZERO);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the projection's thread is never interrupted", e);
        }
    }

    private Optional<Piece> read(Duration atMost) throws InterruptedException {
        List<LoggedRecord> records = reader.next(Limits.PIECE_RECORDS, atMost);
        return records.isEmpty() ? Optional.empty() : Optional.of(Piece.of(records));
    }
}
