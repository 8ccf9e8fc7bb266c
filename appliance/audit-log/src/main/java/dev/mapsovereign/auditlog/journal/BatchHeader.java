package dev.mapsovereign.auditlog.journal;

import dev.mapsovereign.base.crypto.Sha256;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The header of a batch: where it belongs, what came before it, what it does to the chains.
 *
 * @param at its own place; a copy elsewhere is not this batch
 * @param number from 1 without gaps over all segments
 * @param previousEnd where the batch before ended
 * @param micros time, microseconds since 1970
 * @param entries how many the body has
 * @param previousDigest SHA-256 of the whole header of the batch before; zeros for the first
 * @param bodyCrc CRC-32C of the body
 */
public record BatchHeader(
        Kind kind,
        int bodyLength,
        Place at,
        long number,
        Place previousEnd,
        long micros,
        int entries,
        byte[] previousDigest,
        int bodyCrc,
        List<ChainHead> heads) {
    /** What a batch is for. */
    public enum Kind {
        /** Holds entries. */
        DATA(1),
        /** Holds nothing: everything before it was synced before it was written. */
        SEALED(2),
        /** Holds nothing: the next segment exists. */
        CONTINUED(3);

        private final short code;

        Kind(int code) {
            this.code = (short) code;
        }

        static Optional<Kind> of(short code) {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return Optional.of(kind);
                }
            }
            return Optional.empty();
        }
    }

    static final int FIXED_BYTES = 112;
    private static final int MAGIC = 0x4d415042; // MAPB
    private static final int LENGTH_AT = 8;
    private static final int CRC_AT = 108;

    /** Bytes of the header. */
    public int length() {
        return length(heads.size());
    }

    /** Bytes of a header with so many chain heads. */
    public static int length(int heads) {
        return FIXED_BYTES + heads * ChainHead.BYTES;
    }

    /** Bytes that the batch takes in its segment. */
    public int extent() {
        return JournalFormat.roundUp(length() + bodyLength);
    }

    /** Where the next batch goes if it goes into the same segment. */
    public Place end() {
        return new Place(at.segment(), at.offset() + extent());
    }

    /** The header as it stands in the segment. */
    public byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(length());
        out.putInt(MAGIC).putShort(kind.code).putShort((short) 0);
        out.putInt(length()).putInt(bodyLength);
        out.putLong(at.segment()).putLong(at.offset()).putLong(number);
        out.putLong(previousEnd.segment()).putLong(previousEnd.offset());
        out.putLong(micros).putInt(entries).putInt(heads.size());
        out.put(previousDigest).putInt(bodyCrc).putInt(0);
        for (ChainHead head : heads) {
            head.put(out);
        }
        return out.putInt(CRC_AT, crc(out.array(), 0, out.capacity())).array();
    }

    /** How the next batch names a batch with this header. */
    public static byte[] digest(byte[] encoded) {
        return Sha256.hash(encoded);
    }

    /**
     * The length that a header claims; not to be believed before {@link #parse}.
     *
     * @return empty if there is no header, or none that could be one
     */
    static Optional<Integer> claimedLength(byte[] page) {
        ByteBuffer in = ByteBuffer.wrap(page);
        int length = in.getInt(LENGTH_AT);
        return in.getInt(0) == MAGIC
                        && length >= FIXED_BYTES
                        && length <= JournalFormat.HEADER_BYTES_MAX
                        && (length - FIXED_BYTES) % ChainHead.BYTES == 0
                ? Optional.of(length)
                : Optional.empty();
    }

    /** The header that stands at the start of the bytes; empty if its CRC or a bound is broken. */
    static Optional<BatchHeader> parse(byte[] bytes, int length) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (in.getInt(CRC_AT) != crc(bytes, 0, length)) {
            return Optional.empty();
        }
        Optional<Kind> kind = Kind.of(in.getShort(4));
        int bodyLength = in.getInt(12);
        int count = in.getInt(68);
        if (kind.isEmpty()
                || bodyLength < 0
                || bodyLength > JournalFormat.BODY_BYTES_MAX
                || length(count) != length) {
            return Optional.empty();
        }
        byte[] previousDigest = new byte[Sha256.BYTES];
        in.get(72, previousDigest);
        List<ChainHead> heads = new ArrayList<>(count);
        in.position(FIXED_BYTES);
        for (int i = 0; i < count; i++) {
            heads.add(ChainHead.get(in));
        }
        return Optional.of(
                new BatchHeader(
                        kind.get(),
                        bodyLength,
                        new Place(in.getLong(16), in.getLong(24)),
                        in.getLong(32),
                        new Place(in.getLong(40), in.getLong(48)),
                        in.getLong(56),
                        in.getInt(64),
                        previousDigest,
                        in.getInt(104),
                        heads));
    }

    /** CRC-32C of a header, its own four bytes taken as zero. */
    private static int crc(byte[] header, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(header, from, CRC_AT);
        crc.update(new byte[Integer.BYTES]);
        crc.update(header, from + CRC_AT + Integer.BYTES, length - CRC_AT - Integer.BYTES);
        return (int) crc.getValue();
    }
}
