package dev.mapsovereign.base.note;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** What characters notes may have (C2SP signed-note, "Format"), and their exact bytes. */
final class NoteText {
    private NoteText() {}

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Strict: no malformed byte is replaced, since the text is what was signed. */
    static String decode(byte[] utf8) {
        try {
            // A new decoder reports what is malformed, as decode(Charset) would not.
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
        } catch (CharacterCodingException e) {
            throw new NoteException("the note is not UTF-8", e);
        }
    }

    /** No ASCII control character but line ends, no lone surrogate, so that UTF-8 gives it back. */
    static void requireText(String text) {
        requireCharacters(text, true);
    }

    /** As {@link #requireText}, and one line of at least one character. */
    static void requireLine(String line) {
        if (line.isEmpty()) {
            throw new NoteException("a line is empty");
        }
        requireCharacters(line, false);
    }

    /** A key name: a line of at most 255 bytes without any Unicode space or plus sign. */
    static void requireName(String name) {
        requireLine(name);
        if (name.codePoints().anyMatch(c -> c == '+' || isSpace(c))) {
            throw new NoteException("a key name holds a space or a plus sign");
        }
        if (utf8(name).length > Limits.NAME_BYTES_MAX) {
            throw new NoteException("a key name has more than 255 bytes");
        }
    }

    /** Unicode's White_Space, which Java spreads over two methods and leaves U+0085 out of both. */
    private static boolean isSpace(int c) {
        return Character.isSpaceChar(c) || Character.isWhitespace(c) || c == 0x85;
    }

    private static void requireCharacters(String text, boolean lineEnds) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x20 && !(lineEnds && c == '\n')) {
                throw new NoteException("control character U+%04X in a note".formatted((int) c));
            }
            if (Character.isSurrogate(c)) {
                boolean pair =
                        Character.isHighSurrogate(c)
                                && i + 1 < text.length()
                                && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    throw new NoteException("lone surrogate at character " + i);
                }
                i++;
            }
        }
    }
}
