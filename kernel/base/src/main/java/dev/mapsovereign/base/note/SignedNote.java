package dev.mapsovereign.base.note;

import dev.mapsovereign.base.crypto.Ed25519;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A text with signatures (C2SP signed-note). Until {@link #verifies} has said yes for a trusted
 * key, nobody should look at the text.
 *
 * @param text ends with a line end
 * @param signatures 1 to 32
 */
public record SignedNote(String text, List<NoteSignature> signatures) {
    private static final String SEPARATOR = "\n\n";

    /** Checks both parts. */
    public SignedNote {
        requireText(text);
        signatures = List.copyOf(signatures);
        if (signatures.isEmpty()) {
            throw new NoteException("a note without signatures");
        }
        if (signatures.size() > Limits.SIGNATURES_MAX) {
            throw new NoteException("a note has at most 32 signatures, not " + signatures.size());
        }
    }

    /** As {@link #parse(byte[], int)} with texts of at most 64 KiB. */
    public static SignedNote parse(byte[] note) {
        return parse(note, Limits.TEXT_BYTES_MAX);
    }

    /**
     * The note that these bytes spell; {@link #bytes} gives exactly them again.
     *
     * @param textBytesMax largest accepted text in bytes
     * @throws NoteException for anything else: malformed UTF-8, control characters, no separating
     *     line, no or too many signatures, a malformed line, base64 in a second spelling
     */
    public static SignedNote parse(byte[] note, int textBytesMax) {
        if (note.length > (long) textBytesMax + 1 + Limits.SIGNATURE_LINES_BYTES_MAX) {
            throw new NoteException("a note of " + note.length + " bytes");
        }
        String all = NoteText.decode(note);
        NoteText.requireText(all);
        int separator = all.lastIndexOf(SEPARATOR);
        if (separator < 0) {
            throw new NoteException("no empty line between a note's text and its signatures");
        }
        String text = all.substring(0, separator + 1);
        if (NoteText.utf8(text).length > textBytesMax) {
            throw new NoteException("a note's text has more than " + textBytesMax + " bytes");
        }
        return new SignedNote(text, parseLines(all.substring(separator + SEPARATOR.length())));
    }

    /** The text with a signature of each signer, in their order. */
    public static SignedNote sign(String text, NoteSigner... signers) {
        requireText(text);
        List<NoteSignature> signatures = new ArrayList<>(signers.length);
        for (NoteSigner signer : signers) {
            signatures.add(signature(text, signer));
        }
        return new SignedNote(text, signatures);
    }

    /** The note as a file holds it. */
    public byte[] bytes() {
        StringBuilder note = new StringBuilder(text).append('\n');
        for (NoteSignature signature : signatures) {
            note.append(signature.line()).append('\n');
        }
        return NoteText.utf8(note.toString());
    }

    /**
     * Whether the key signed this. Every line that bears the key's name and id must verify, and
     * there must be one; the lines of other keys are ignored.
     */
    public boolean verifies(VerifierKey key, Ed25519 ed25519) {
        List<NoteSignature> claimed = signatures.stream().filter(key::claims).toList();
        return !claimed.isEmpty()
                && claimed.stream().allMatch(line -> key.verifies(text, line.signature(), ed25519));
    }

    /** When a cosigner signed this, as it says itself; empty unless it {@link #verifies}. */
    public Optional<Instant> cosignedAt(VerifierKey cosigner, Ed25519 ed25519) {
        if (!cosigner.isCosigner() || !verifies(cosigner, ed25519)) {
            return Optional.empty();
        }
        return signatures.stream()
                .filter(cosigner::claims)
                .map(line -> Cosignature.split(line.signature()).time())
                .max(Long::compare)
                .map(SignedNote::instant);
    }

    /** The note with one more line, in place of the one of the same key if there is one. */
    public SignedNote with(NoteSignature signature) {
        List<NoteSignature> lines = new ArrayList<>(signatures);
        lines.removeIf(
                line -> line.keyId() == signature.keyId() && line.name().equals(signature.name()));
        lines.add(signature);
        return new SignedNote(text, lines);
    }

    /** The note with a line by this signer, as {@link #with(NoteSignature)}. */
    public SignedNote with(NoteSigner signer) {
        return with(signature(text, signer));
    }

    private static NoteSignature signature(String text, NoteSigner signer) {
        VerifierKey key = signer.key();
        return new NoteSignature(key.name(), key.keyId(), signer.sign(text));
    }

    private static List<NoteSignature> parseLines(String lines) {
        if (!lines.endsWith("\n")) {
            throw new NoteException("a note's last line has no end");
        }
        List<NoteSignature> signatures = new ArrayList<>();
        int at = 0;
        while (at < lines.length()) {
            if (signatures.size() == Limits.SIGNATURES_MAX) {
                throw new NoteException("a note has more than 32 signatures");
            }
            int end = lines.indexOf('\n', at);
            signatures.add(NoteSignature.parse(lines.substring(at, end)));
            at = end + 1;
        }
        return signatures;
    }

    private static void requireText(String text) {
        NoteText.requireText(text);
        if (!text.endsWith("\n")) {
            throw new NoteException("a note's text must end with a line end");
        }
    }

    /** A cosigner's time can lie beyond what {@link Instant} can say. */
    private static Instant instant(long seconds) {
        return Instant.ofEpochSecond(Math.min(seconds, Instant.MAX.getEpochSecond()));
    }
}
