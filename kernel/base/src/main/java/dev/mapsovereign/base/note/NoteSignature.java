package dev.mapsovereign.base.note;

import dev.mapsovereign.base.crypto.StrictBase64;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * One signature line of a note, equal by value.
 *
 * @param name of the key
 * @param keyId of the key
 * @param signature what stands behind the key id; at least one byte
 */
public record NoteSignature(String name, int keyId, byte[] signature) {
    private static final String HEAD = "\u2014 ";

    /** Checks each part. */
    public NoteSignature {
        NoteText.requireName(name);
        signature = signature.clone();
        if (signature.length == 0
                || signature.length > Limits.SIGNATURE_BYTES_MAX - Integer.BYTES) {
            throw new NoteException(
                    "a signature of " + signature.length + " bytes behind its key id");
        }
    }

    /** The signature that a line without its end states. */
    static NoteSignature parse(String line) {
        int blank = line.indexOf(' ', HEAD.length());
        if (!line.startsWith(HEAD) || blank < 0) {
            throw new NoteException("a signature line is a dash, a name and a signature");
        }
        byte[] bytes;
        try {
            bytes = StrictBase64.decode(line.substring(blank + 1));
        } catch (IllegalArgumentException e) {
            throw new NoteException("a signature line: " + e.getMessage(), e);
        }
        if (bytes.length <= Integer.BYTES) {
            throw new NoteException("a signature line holds no signature behind its key id");
        }
        return new NoteSignature(
                line.substring(HEAD.length(), blank),
                ByteBuffer.wrap(bytes).getInt(),
                Arrays.copyOfRange(bytes, Integer.BYTES, bytes.length));
    }

    /** A copy. */
    @Override
    public byte[] signature() {
        return signature.clone();
    }

    /** The line without its end. */
    public String line() {
        byte[] bytes =
                ByteBuffer.allocate(Integer.BYTES + signature.length)
                        .putInt(keyId)
                        .put(signature)
                        .array();
        return HEAD + name + " " + StrictBase64.encode(bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NoteSignature line
                && keyId == line.keyId
                && name.equals(line.name)
                && Arrays.equals(signature, line.signature);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, keyId);
    }

    @Override
    public String toString() {
        return line();
    }
}
