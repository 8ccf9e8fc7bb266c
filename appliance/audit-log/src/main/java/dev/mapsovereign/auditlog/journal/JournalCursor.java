package dev.mapsovereign.auditlog.journal;

import java.io.IOException;
import java.util.Optional;

/**
 * Goes through the batches of a journal in order, over the borders of segments, up to a mark behind
 * which everything is durable. Each batch must be whole and name the one before it.
 *
 * <p>For one thread, which must not be interrupted.
 */
public final class JournalCursor implements AutoCloseable {
    private final SegmentFolder folder;
    private final boolean onDevice;

    private Place next;
    private Optional<SegmentWindow> open = Optional.empty();

    /**
     * @param from a place where a batch ended, or {@link Place#BEGINNING}
     * @param onDevice to read past the page cache
     */
    public JournalCursor(SegmentFolder folder, Place from, boolean onDevice) {
        this.folder = folder;
        this.next = from;
        this.onDevice = onDevice;
    }

    /** Where the next batch is looked for. */
    public Place position() {
        return next;
    }

    /**
     * The next batch.
     *
     * @param durable where the newest durable batch ends
     * @return empty if the next batch is not durable yet
     * @throws JournalDamageException if what must be whole is not
     */
    public Optional<Batch> next(Place durable) throws IOException, JournalDamageException {
        if (next.compareTo(durable) >= 0) {
            return Optional.empty();
        }
        stepOverBorders(durable);
        if (next.compareTo(durable) >= 0) {
            return Optional.empty();
        }
        long limit =
                next.segment() == durable.segment()
                        ? durable.offset()
                        : folder.end(next.segment()).orElseThrow();
        if (!(read(limit) instanceof BatchReader.Found.Whole found)) {
            throw new JournalDamageException(
                    "the batch at " + next + " of the journal is broken, which was durable once");
        }
        next = found.batch().header().end();
        return Optional.of(found.batch());
    }

    /** What stands at {@link #position}, in the last segment up to the segment's own end. */
    public BatchReader.Found peek() throws IOException {
        return read(folder.header(next.segment()).length());
    }

    private BatchReader.Found read(long limit) throws IOException {
        try {
            return BatchReader.read(window(), next, limit);
        } catch (IOException e) {
            // Perhaps only this descriptor is of no use any more; the next attempt gets another.
            close();
            throw e;
        }
    }

    /** Goes on behind a batch that {@link #peek} has found. */
    public void skip(Batch batch) {
        next = batch.header().end();
    }

    /** Moves into the next segment where this one ends, if there is a next one. */
    public void stepOverBorders() throws IOException, JournalDamageException {
        if (next.segment() == 0) {
            next = new Place(1, JournalFormat.SEGMENT_HEADER_BYTES);
        }
        Optional<Long> end = folder.end(next.segment());
        while (end.isPresent() && next.offset() >= end.get()) {
            if (next.offset() > end.get()) {
                throw new JournalDamageException(
                        "a batch of the journal goes to "
                                + next
                                + ", where its segment had ended at "
                                + end.get());
            }
            close();
            next = new Place(next.segment() + 1, JournalFormat.SEGMENT_HEADER_BYTES);
            end = folder.end(next.segment());
        }
    }

    /** The open segment, for looking at what lies behind the last batch. */
    public SegmentWindow window() throws IOException {
        if (open.isEmpty()) {
            open =
                    Optional.of(
                            onDevice
                                    ? SegmentWindow.onDevice(
                                            folder.path(next.segment()), SegmentWindow.WINDOW_BYTES)
                                    : SegmentWindow.inCache(folder.path(next.segment())));
        }
        return open.get();
    }

    @Override
    public void close() throws IOException {
        if (open.isPresent()) {
            open.get().close();
            open = Optional.empty();
        }
    }

    private void stepOverBorders(Place durable) throws IOException, JournalDamageException {
        // The last segment's successor may come to be at any moment; what it says holds at once.
        if (next.segment() < durable.segment()) {
            stepOverBorders();
        }
    }
}
