package dev.mapsovereign.engine.policy.cedar;

/**
 * One word of a policy's text.
 *
 * @param kind what it is
 * @param text as it stands there; of a string what is between its quotes
 * @param position where it begins
 */
record Token(Kind kind, String text, Position position) {
    enum Kind {
        /** A word; reserved ones as well. */
        WORD,
        /** Digits. */
        NUMBER,
        /** A string with its escapes. */
        STRING,
        /** A sign, such as {@code ==}. */
        SIGN,
        /** After the last one. */
        END
    }

    boolean isSign(String sign) {
        return kind == Kind.SIGN && text.equals(sign);
    }

    boolean isWord(String word) {
        return kind == Kind.WORD && text.equals(word);
    }

    /** How an error names it. */
    String shown() {
        String cut =
                text.length() > Limits.QUOTED_CHARACTERS_MAX
                        ? text.substring(0, Limits.QUOTED_CHARACTERS_MAX) + "…"
                        : text;
        return switch (kind) {
            case END -> "the end of the text";
            case STRING -> "the string \"" + cut + "\"";
            case WORD, NUMBER, SIGN -> cut;
        };
    }
}
