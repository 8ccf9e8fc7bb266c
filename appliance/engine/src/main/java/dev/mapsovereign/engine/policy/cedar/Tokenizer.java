package dev.mapsovereign.engine.policy.cedar;

import java.util.ArrayList;
import java.util.List;

/** Cuts a policy's text into words; blanks and {@code //} comments fall away. */
final class Tokenizer {
    /** Longer ones before their beginnings. */
    private static final List<String> SIGNS =
            List.of(
                    "==", "!=", "<=", ">=", "||", "&&", "::", "<", ">", "=", "!", "+", "-", "*",
                    "/", "%", "@", ".", ",", ";", ":", "(", ")", "{", "}", "[", "]", "?");

    private final String text;
    private int at;
    private int line = 1;
    private int lineStart;

    private Tokenizer(String text) {
        this.text = text;
    }

    /** Every word, and one for the end. */
    static List<Token> tokens(String text) throws CedarSyntaxException {
        if (text.length() > Limits.TEXT_CHARACTERS_MAX) {
            throw new CedarSyntaxException(
                    new Position(1, 1),
                    "a policy has at most "
                            + Limits.TEXT_CHARACTERS_MAX
                            + " characters, this one has "
                            + text.length());
        }
        return new Tokenizer(text).all();
    }

    private List<Token> all() throws CedarSyntaxException {
        List<Token> tokens = new ArrayList<>();
        while (true) {
            skip();
            if (at == text.length()) {
                tokens.add(new Token(Token.Kind.END, "", position()));
                return tokens;
            }
            tokens.add(next());
        }
    }

    private Position position() {
        return new Position(line, at - lineStart + 1);
    }

    private void skip() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (text.startsWith("//", at)) {
                while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f') {
                step();
            } else {
                return;
            }
        }
    }

    private void step() {
        if (text.charAt(at++) == '\n') {
            line++;
            lineStart = at;
        }
    }

    private Token next() throws CedarSyntaxException {
        Position begin = position();
        int from = at;
        char c = text.charAt(at);
        if (c == '"') {
            return string(begin);
        }
        if (isDigit(c)) {
            while (at < text.length() && isDigit(text.charAt(at))) {
                at++;
            }
            return new Token(Token.Kind.NUMBER, text.substring(from, at), begin);
        }
        if (isWordPart(c)) {
            while (at < text.length() && isWordPart(text.charAt(at))) {
                at++;
            }
            return new Token(Token.Kind.WORD, text.substring(from, at), begin);
        }
        for (String sign : SIGNS) {
            if (text.startsWith(sign, at)) {
                at += sign.length();
                return new Token(Token.Kind.SIGN, sign, begin);
            }
        }
        int codePoint = text.codePointAt(at);
        throw new CedarSyntaxException(
                begin,
                (codePoint > ' ' && codePoint < 0x7f
                                ? Character.toString(codePoint)
                                : "the character U+%04X".formatted(codePoint))
                        + " has no meaning outside a string");
    }

    private Token string(Position begin) throws CedarSyntaxException {
        at++;
        int from = at;
        while (at < text.length() && text.charAt(at) != '"') {
            if (text.charAt(at) == '\\') {
                at++;
                if (at < text.length() && text.charAt(at) == '\n') {
                    break;
                }
            }
            if (at < text.length()) {
                step();
            }
        }
        if (at >= text.length() || text.charAt(at) != '"') {
            throw new CedarSyntaxException(begin, "this string is not ended by a \"");
        }
        at++;
        return new Token(Token.Kind.STRING, text.substring(from, at - 1), begin);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isWordPart(char c) {
        return c == '_' || isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
}
