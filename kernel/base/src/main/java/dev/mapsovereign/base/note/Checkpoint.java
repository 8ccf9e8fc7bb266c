package dev.mapsovereign.base.note;

import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.merkle.MerkleHash;
import java.util.Arrays;
import java.util.List;

/**
 * What a log states of its tree (C2SP tlog-checkpoint), equal by value. Extension lines, which the
 * specification permits and advises against, are refused: nobody could audit them.
 *
 * @param origin the log's name, 1 to 255 bytes, no control characters
 * @param size number of leaves, 0 or more
 * @param root 32 bytes; that of the empty tree if there are no leaves
 */
public record Checkpoint(String origin, long size, byte[] root) {
    /** Checks each part. */
    public Checkpoint {
        NoteText.requireLine(origin);
        root = root.clone();
        if (NoteText.utf8(origin).length > Limits.NAME_BYTES_MAX) {
            throw new NoteException("a checkpoint's origin has more than 255 bytes");
        }
        if (size < 0) {
            throw new NoteException("a checkpoint's size is negative");
        }
        if (root.length != MerkleHash.BYTES) {
            throw new NoteException("a checkpoint's root has 32 bytes, not " + root.length);
        }
        if (size == 0 && !Arrays.equals(root, MerkleHash.empty())) {
            throw new NoteException("a checkpoint of size 0 has another root than the empty tree");
        }
    }

    /** The checkpoint that a note's text states; any other spelling of it is refused. */
    public static Checkpoint parse(String text) {
        List<String> lines = List.of(text.split("\n", -1));
        // Three lines, each ended, leave an empty fourth.
        if (lines.size() != 4 || !lines.get(3).isEmpty()) {
            throw new NoteException("a checkpoint has exactly three lines");
        }
        try {
            return new Checkpoint(
                    lines.get(0), parseSize(lines.get(1)), StrictBase64.decode(lines.get(2)));
        } catch (NoteException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new NoteException("a checkpoint's root: " + e.getMessage(), e);
        }
    }

    static boolean isCheckpoint(String text) {
        try {
            parse(text);
            return true;
        } catch (NoteException e) {
            return false;
        }
    }

    /** The note's text: three lines, each ended. */
    public String text() {
        return origin + "\n" + size + "\n" + StrictBase64.encode(root) + "\n";
    }

    /** A copy. */
    @Override
    public byte[] root() {
        return root.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Checkpoint checkpoint && text().equals(checkpoint.text());
    }

    @Override
    public int hashCode() {
        return text().hashCode();
    }

    @Override
    public String toString() {
        return "Checkpoint[" + origin + ", " + size + ", " + StrictBase64.encode(root) + "]";
    }

    private static long parseSize(String digits) {
        // 19 digits hold every size below 2^63, and some above, which parseLong refuses.
        if (!digits.matches("0|[1-9][0-9]{0,18}")) {
            throw new NoteException("a checkpoint's size is not a decimal number");
        }
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw new NoteException("a checkpoint's size is above 2^63-1", e);
        }
    }
}
