package dev.mapsovereign.base.note;

import dev.mapsovereign.base.crypto.Ed25519;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Notes that say of what kind they are: their text begins with the line {@code map/<kind>/v1}. A
 * verifier demands the kind it expects, so that no signature made for one purpose serves another.
 * No checkpoint is mistaken for one: an origin has a dot in the part before its first slash.
 */
public final class KindNote {
    private static final Pattern KIND = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");

    private KindNote() {}

    /**
     * Signs lines as a note of a kind.
     *
     * @param kind such as {@code plugin}
     * @param lines none empty, none with a control character
     */
    public static SignedNote sign(String kind, List<String> lines, NoteSigner... signers) {
        StringBuilder text = new StringBuilder(head(kind)).append('\n');
        for (String line : lines) {
            NoteText.requireLine(line);
            text.append(line).append('\n');
        }
        return SignedNote.sign(text.toString(), signers);
    }

    /**
     * The lines below the kind.
     *
     * @throws NoteException if the key did not sign it, or it is of another kind
     */
    public static List<String> open(
            SignedNote note, String kind, VerifierKey key, Ed25519 ed25519) {
        if (!note.verifies(key, ed25519)) {
            throw new NoteException("the note bears no valid signature of key " + key.name());
        }
        List<String> lines = new ArrayList<>(List.of(note.text().split("\n", -1)));
        lines.removeLast(); // behind the last line end
        if (!lines.removeFirst().equals(head(kind))) {
            throw new NoteException("the note is not of kind " + kind);
        }
        if (lines.contains("")) {
            throw new NoteException("an empty line in a note of kind " + kind);
        }
        return List.copyOf(lines);
    }

    private static String head(String kind) {
        if (!KIND.matcher(kind).matches()) {
            throw new NoteException("no kind of note: " + kind);
        }
        return "map/" + kind + "/v1";
    }
}
