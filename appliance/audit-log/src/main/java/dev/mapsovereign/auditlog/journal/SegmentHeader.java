package dev.mapsovereign.auditlog.journal;

import dev.mapsovereign.base.crypto.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * The first page of a segment.
 *
 * @param segment its number, from 1
 * @param journalId 16 random bytes that all segments of one journal share
 * @param length of the file, for ever
 * @param previousEnd offset at which the segment before ends; what lies behind it there is void
 * @param lastBatch number of the last batch before this segment; 0 for none
 * @param lastDigest digest of that batch
 * @param micros time of its making
 * @param node the node's name with its eight random hex digits
 */
public record SegmentHeader(
        long segment,
        byte[] journalId,
        long length,
        long previousEnd,
        long lastBatch,
        byte[] lastDigest,
        long micros,
        String node) {
    /** Bytes of {@code journalId}. */
    public static final int ID_BYTES = 16;

    private static final long MAGIC = 0x4d41504a524e4c31L; // MAPJRNL1
    private static final int CRC_AT = JournalFormat.SEGMENT_HEADER_BYTES - Integer.BYTES;

    /** The page. */
    public byte[] encode() {
        byte[] name = node.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer out = ByteBuffer.allocate(JournalFormat.SEGMENT_HEADER_BYTES);
        out.putLong(MAGIC).putLong(segment).put(journalId).putLong(length);
        out.putLong(previousEnd).putLong(lastBatch).put(lastDigest).putLong(micros);
        out.put((byte) name.length).put(name);
        return out.putInt(CRC_AT, crc(out.array())).array();
    }

    /**
     * The header of that page.
     *
     * @param file for the finding
     * @throws JournalDamageException if it is none
     */
    public static SegmentHeader parse(byte[] page, String file) throws JournalDamageException {
        ByteBuffer in = ByteBuffer.wrap(page);
        if (in.getLong() != MAGIC || in.getInt(CRC_AT) != crc(page)) {
            throw new JournalDamageException(file + " does not begin with a whole segment header");
        }
        long segment = in.getLong();
        byte[] journalId = new byte[ID_BYTES];
        in.get(journalId);
        long length = in.getLong();
        long previousEnd = in.getLong();
        long lastBatch = in.getLong();
        byte[] lastDigest = new byte[Sha256.BYTES];
        in.get(lastDigest);
        long micros = in.getLong();
        byte[] name = new byte[Byte.toUnsignedInt(in.get())];
        in.get(name);
        return new SegmentHeader(
                segment,
                journalId,
                length,
                previousEnd,
                lastBatch,
                lastDigest,
                micros,
                new String(name, StandardCharsets.US_ASCII));
    }

    private static int crc(byte[] page) {
        CRC32C crc = new CRC32C();
        crc.update(page, 0, CRC_AT);
        return (int) crc.getValue();
    }
}
