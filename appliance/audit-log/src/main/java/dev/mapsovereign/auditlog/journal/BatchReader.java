package dev.mapsovereign.auditlog.journal;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;

/** Reads batches out of a segment and says exactly how far one holds. */
public final class BatchReader {
    private BatchReader() {}

    /** What stands at a place. */
    public sealed interface Found {
        /** A batch whose checksums hold and that belongs there. */
        record Whole(Batch batch) implements Found {}

        /** A header that holds and belongs there, before a body that does not. */
        record BrokenBody(BatchHeader header) implements Found {}

        /** No header that holds and belongs there. */
        record NoHeader() implements Found {}
    }

    /**
     * Looks at one place.
     *
     * @param at a multiple of the page
     * @param limit the batch must end at or before this offset
     */
    public static Found read(SegmentWindow segment, Place at, long limit) throws IOException {
        Optional<BatchHeader> header = header(segment, at, limit);
        if (header.isEmpty()) {
            return new Found.NoHeader();
        }
        int length = header.get().length() + header.get().bodyLength();
        byte[] bytes = segment.read(at.offset(), length, limit);
        if (bytes.length < length || header.get().extent() > limit - at.offset()) {
            return new Found.BrokenBody(header.get());
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes, header.get().length(), header.get().bodyLength());
        if ((int) crc.getValue() != header.get().bodyCrc()) {
            return new Found.BrokenBody(header.get());
        }
        byte[] digest = BatchHeader.digest(Arrays.copyOf(bytes, header.get().length()));
        return new Found.Whole(new Batch(header.get(), digest, bytes));
    }

    /** The header at a place, if one holds and belongs there. */
    public static Optional<BatchHeader> header(SegmentWindow segment, Place at, long limit)
            throws IOException {
        byte[] page = segment.read(at.offset(), JournalFormat.PAGE, limit);
        if (page.length < BatchHeader.FIXED_BYTES) {
            return Optional.empty();
        }
        Optional<Integer> length = BatchHeader.claimedLength(page);
        if (length.isEmpty()) {
            return Optional.empty();
        }
        byte[] bytes =
                length.get() <= page.length ? page : segment.read(at.offset(), length.get(), limit);
        return bytes.length < length.get()
                ? Optional.empty()
                : BatchHeader.parse(bytes, length.get()).filter(header -> header.at().equals(at));
    }
}
