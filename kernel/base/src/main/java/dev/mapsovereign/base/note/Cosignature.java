package dev.mapsovereign.base.note;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A timed signature and the messages it is made over (C2SP tlog-cosignature).
 *
 * @param time seconds since 1970; as signed 64 bits, so what would be above 2^63−1 is negative
 * @param signature the signature behind the time
 */
record Cosignature(long time, byte[] signature) {
    private static final byte[] SUBTREE_LABEL = NoteText.utf8("subtree/v1\n\0");

    /** Taken apart; bytes too short for a time give one that is refused, −1. */
    static Cosignature split(byte[] timed) {
        return timed.length < Long.BYTES
                ? new Cosignature(-1, timed)
                : new Cosignature(
                        ByteBuffer.wrap(timed).getLong(),
                        Arrays.copyOfRange(timed, Long.BYTES, timed.length));
    }

    byte[] bytes() {
        return ByteBuffer.allocate(Long.BYTES + signature.length)
                .putLong(time)
                .put(signature)
                .array();
    }

    static byte[] messageEd25519(long time, String checkpoint) {
        return NoteText.utf8("cosignature/v1\ntime " + time + "\n" + checkpoint);
    }

    /** The structure {@code cosigned_message} for a whole tree: start 0, end its size. */
    static byte[] messageMlDsa44(String cosigner, long time, Checkpoint checkpoint) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(SUBTREE_LABEL);
        writeShort(message, cosigner);
        writeLong(message, time);
        writeShort(message, checkpoint.origin());
        writeLong(message, 0);
        writeLong(message, checkpoint.size());
        message.writeBytes(checkpoint.root());
        return message.toByteArray();
    }

    /** Both names have at most 255 bytes: {@link VerifierKey} and {@link Checkpoint} see to it. */
    private static void writeShort(ByteArrayOutputStream message, String text) {
        byte[] bytes = NoteText.utf8(text);
        message.write(bytes.length);
        message.writeBytes(bytes);
    }

    private static void writeLong(ByteArrayOutputStream message, long number) {
        message.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
    }
}
