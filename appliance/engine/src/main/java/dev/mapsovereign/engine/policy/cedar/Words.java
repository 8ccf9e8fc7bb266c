package dev.mapsovereign.engine.policy.cedar;

import java.util.List;
import java.util.Set;

/** The words of a text, taken one after the other; what both parsers read alike. */
final class Words {
    /** No attribute, type or function can be called so. */
    private static final Set<String> RESERVED =
            Set.of("true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar");

    private final List<Token> tokens;
    private int at;

    /**
     * @param tokens the last one is the end
     */
    Words(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    /** The one after the next. */
    Token afterNext() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = tokens.get(at);
        if (token.kind() != Token.Kind.END) {
            at++;
        }
        return token;
    }

    Position position() {
        return peek().position();
    }

    boolean atEnd() {
        return peek().kind() == Token.Kind.END;
    }

    boolean isNext(String sign) {
        return peek().isSign(sign);
    }

    boolean isNextWord(String word) {
        return peek().isWord(word);
    }

    boolean take(String sign) {
        boolean found = isNext(sign);
        at += found ? 1 : 0;
        return found;
    }

    boolean takeWord(String word) {
        boolean found = isNextWord(word);
        at += found ? 1 : 0;
        return found;
    }

    void require(String sign) throws CedarSyntaxException {
        if (!take(sign)) {
            throw wrong(sign + " is expected");
        }
    }

    void requireWord(String word) throws CedarSyntaxException {
        if (!takeWord(word)) {
            throw wrong(word + " is expected");
        }
    }

    /** A word that is not reserved. */
    String name() throws CedarSyntaxException {
        Token token = next();
        if (token.kind() != Token.Kind.WORD) {
            throw wrong(token, "a name is expected");
        }
        if (RESERVED.contains(token.text())) {
            throw new CedarSyntaxException(
                    token.position(), token.text() + " is reserved and cannot be a name here");
        }
        return token.text();
    }

    /** {@code A}, {@code A::B}; what follows the last {@code ::} may be left to read. */
    String path() throws CedarSyntaxException {
        StringBuilder path = new StringBuilder(name());
        while (isNext("::") && afterNext().kind() == Token.Kind.WORD) {
            next();
            path.append("::").append(name());
        }
        return path.toString();
    }

    /** {@code A::B::"id"}. */
    EntityUid entity() throws CedarSyntaxException {
        if (peek().kind() != Token.Kind.WORD) {
            throw wrong("an entity such as Tenant::\"acme\" is expected");
        }
        return entity(path());
    }

    EntityUid entity(String type) throws CedarSyntaxException {
        require("::");
        return new EntityUid(type, string());
    }

    /** A string literal. */
    String string() throws CedarSyntaxException {
        Token token = next();
        if (token.kind() != Token.Kind.STRING) {
            throw wrong(token, "a string is expected");
        }
        try {
            return Strings.text(token.text());
        } catch (Strings.EscapeException e) {
            throw new CedarSyntaxException(token.position(), String.valueOf(e.getMessage()));
        }
    }

    /** The pattern of {@code like}. */
    Wildcard pattern() throws CedarSyntaxException {
        Token token = next();
        if (token.kind() != Token.Kind.STRING) {
            throw wrong(token, "like takes a pattern in quotes");
        }
        try {
            return Strings.pattern(token.text());
        } catch (Strings.EscapeException e) {
            throw new CedarSyntaxException(token.position(), String.valueOf(e.getMessage()));
        }
    }

    CedarSyntaxException wrong(String what) {
        return wrong(peek(), what);
    }

    static CedarSyntaxException wrong(Token token, String what) {
        return new CedarSyntaxException(token.position(), what + ", not " + token.shown());
    }
}
