package dev.mapsovereign.auditlog.journal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A whole batch that was read and whose checksums hold.
 *
 * @param digest of its header, as the next batch must name it
 * @param bytes header and body
 */
public record Batch(BatchHeader header, byte[] digest, byte[] bytes) {
    /**
     * Its entries in order.
     *
     * @throws JournalDamageException if the body, whose checksum holds, is not made of entries
     */
    public List<Entry> entries() throws JournalDamageException {
        List<Entry> entries = new ArrayList<>(header.entries());
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int end = header.length() + header.bodyLength();
        int at = header.length();
        while (at < end) {
            if (end - at < Entry.HEAD_BYTES) {
                throw wrong("ends within an entry's head");
            }
            int code = in.getInt(at);
            Optional<EntryType> type = EntryType.of((byte) (code >>> 24));
            int length = in.getInt(at + 8);
            int from = at + Entry.HEAD_BYTES;
            if (type.isEmpty() || (code & 0xffffff) != 0 || length < 0 || length > end - from) {
                throw wrong("holds an entry that is none");
            }
            entries.add(
                    new Entry(
                            type.get(),
                            in.getInt(at + 4),
                            in.getLong(at + 12),
                            bytes,
                            from,
                            length,
                            header.at().offset() + from));
            at = from + length;
        }
        if (entries.size() != header.entries()) {
            throw wrong("has " + entries.size() + " entries, its header says " + header.entries());
        }
        return entries;
    }

    private JournalDamageException wrong(String what) {
        return new JournalDamageException(
                "batch " + header.number() + " at " + header.at() + " " + what);
    }
}
