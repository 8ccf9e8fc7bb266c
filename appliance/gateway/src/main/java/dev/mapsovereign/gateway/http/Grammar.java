package dev.mapsovereign.gateway.http;

/** What the parts of a request's head may hold, whichever version of HTTP it came by. */
public final class Grammar {
    private static final boolean[] TOKEN = tokenCharacters();

    private Grammar() {}

    /** A method or a field's name (RFC 9110 §5.6.2). */
    public static void requireToken(String text, String what) throws RequestException {
        boolean token = !text.isEmpty();
        for (int at = 0; token && at < text.length(); at++) {
            char character = text.charAt(at);
            token = character < TOKEN.length && TOKEN[character];
        }
        if (!token) {
            throw RequestException.malformed(what + " is not a token");
        }
    }

    /** Host and port, without user; not resolved, only kept from holding anything surprising. */
    public static void requireAuthority(String text) throws RequestException {
        boolean good = !text.isEmpty() && text.length() <= 261;
        for (int at = 0; good && at < text.length(); at++) {
            char character = text.charAt(at);
            good =
                    (character >= '0' && character <= '9')
                            || (character >= 'a' && character <= 'z')
                            || (character >= 'A' && character <= 'Z')
                            || "-._~:[]".indexOf(character) >= 0;
        }
        if (!good) {
            throw RequestException.malformed("the authority is not a host with an optional port");
        }
    }

    /** Visible ASCII and nothing else. */
    public static void requireVisible(String text, String what) throws RequestException {
        for (int at = 0; at < text.length(); at++) {
            if (text.charAt(at) <= ' ' || text.charAt(at) > '~') {
                throw RequestException.malformed(what + " holds a character outside visible ASCII");
            }
        }
    }

    private static boolean[] tokenCharacters() {
        boolean[] token = new boolean[128];
        for (char character = 0; character < 128; character++) {
            token[character] =
                    Character.isLetterOrDigit(character)
                            || "!#$%&'*+-.^_`|~".indexOf(character) >= 0;
        }
        return token;
    }
}
