package dev.mapsovereign.base.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The same rules a second time, as plainly as they can be written: characters instead of bytes,
 * regular expressions instead of state, exact decimals instead of the JDK's shortest. What the
 * reader and the writer are compared with; it shares no line with them.
 */
final class DullJson {
    private static final Pattern SPACE = Pattern.compile("[ \t\r\n]*");
    private static final Pattern NUMBER =
            Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
    private static final Pattern STRING_PART =
            Pattern.compile("[^\"\\\\\\x00-\\x1f]|\\\\([\"\\\\/bfnrt]|u[0-9a-fA-F]{4})");

    private final String text;
    private final int depthMax;
    private int at;

    private DullJson(String text, int depthMax) {
        this.text = text;
        this.depthMax = depthMax;
    }

    /** Not this grammar. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** The canonical form of what the bytes say; empty when they are to be refused. */
    static Optional<String> canonical(byte[] utf8, int depthMax) {
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
            DullJson dull = new DullJson(text, depthMax);
            dull.match(SPACE);
            Object value = dull.value(1);
            dull.match(SPACE);
            if (dull.at < text.length()) {
                throw new Refused();
            }
            return Optional.of(write(value));
        } catch (CharacterCodingException | Refused e) {
            return Optional.empty();
        }
    }

    private Object value(int depth) {
        if (at == text.length()) {
            throw new Refused();
        }
        return switch (text.charAt(at)) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", Optional.empty());
            default -> {
                double number = Double.parseDouble(match(NUMBER));
                if (Double.isInfinite(number)) {
                    throw new Refused();
                }
                yield number;
            }
        };
    }

    private Map<String, Object> object(int depth) {
        refuseDeeper(depth);
        Map<String, Object> members = new TreeMap<>();
        at++;
        match(SPACE);
        if (take('}')) {
            return members;
        }
        do {
            match(SPACE);
            String name = string();
            match(SPACE);
            if (!take(':')) {
                throw new Refused();
            }
            match(SPACE);
            if (members.put(name, value(depth + 1)) != null) {
                throw new Refused();
            }
            match(SPACE);
        } while (take(','));
        if (!take('}')) {
            throw new Refused();
        }
        return members;
    }

    private List<Object> array(int depth) {
        refuseDeeper(depth);
        List<Object> values = new ArrayList<>();
        at++;
        match(SPACE);
        if (take(']')) {
            return values;
        }
        do {
            match(SPACE);
            values.add(value(depth + 1));
            match(SPACE);
        } while (take(','));
        if (!take(']')) {
            throw new Refused();
        }
        return values;
    }

    private String string() {
        if (!take('"')) {
            throw new Refused();
        }
        StringBuilder out = new StringBuilder();
        while (!take('"')) {
            String part = match(STRING_PART);
            if (part.charAt(0) != '\\') {
                out.append(part);
            } else if (part.charAt(1) == 'u') {
                out.append((char) Integer.parseInt(part.substring(2), 16));
            } else {
                out.append("\"\\/\b\f\n\r\t".charAt("\"\\/bfnrt".indexOf(part.charAt(1))));
            }
        }
        // What cannot be encoded again had a lone surrogate.
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(out)) {
            throw new Refused();
        }
        return out.toString();
    }

    private Object word(String word, Object value) {
        if (!text.startsWith(word, at)) {
            throw new Refused();
        }
        at += word.length();
        return value;
    }

    private void refuseDeeper(int depth) {
        if (depth > depthMax) {
            throw new Refused();
        }
    }

    private boolean take(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private String match(Pattern pattern) {
        Matcher matcher = pattern.matcher(text).region(at, text.length());
        if (!matcher.lookingAt()) {
            throw new Refused();
        }
        at = matcher.end();
        return matcher.group();
    }

    private static String write(Object value) {
        return switch (value) {
            case Map<?, ?> members -> {
                List<String> parts = new ArrayList<>();
                members.forEach(
                        (name, member) -> parts.add(quote((String) name) + ":" + write(member)));
                yield "{" + String.join(",", parts) + "}";
            }
            case List<?> values ->
                    "[" + String.join(",", values.stream().map(DullJson::write).toList()) + "]";
            case String text -> quote(text);
            case Double number -> number(number);
            case Optional<?> nothing -> "null";
            default -> value.toString();
        };
    }

    private static String quote(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int named = "\"\\\b\f\n\r\t".indexOf(c);
            if (named >= 0) {
                out.append('\\').append("\"\\bfnrt".charAt(named));
            } else if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    /** ECMA-262, Number::toString, word for word: the smallest k, then the s nearest to x. */
    static String number(double x) {
        if (x == 0) {
            return "0";
        }
        if (x < 0) {
            return "-" + number(-x);
        }
        BigDecimal exact = new BigDecimal(x);
        for (int k = 1; ; k++) {
            // Of two that are equally near, the even one: the note that RFC 8785 makes a rule.
            for (RoundingMode mode :
                    List.of(RoundingMode.HALF_EVEN, RoundingMode.DOWN, RoundingMode.UP)) {
                BigDecimal candidate = exact.round(new MathContext(k, mode));
                if (candidate.doubleValue() == x) {
                    BigDecimal s = candidate.stripTrailingZeros();
                    return layOut(s.unscaledValue(), s.precision() - s.scale());
                }
            }
        }
    }

    /** Steps 6 to 10: s has k digits and x is s × 10^(n−k). */
    private static String layOut(BigInteger s, int n) {
        String digits = s.toString();
        int k = digits.length();
        if (k <= n && n <= 21) {
            return digits + "0".repeat(n - k);
        }
        if (0 < n && n <= 21) {
            return digits.substring(0, n) + "." + digits.substring(n);
        }
        if (-6 < n && n <= 0) {
            return "0." + "0".repeat(-n) + digits;
        }
        String exponent = (n - 1 < 0 ? "e-" : "e+") + Math.abs(n - 1);
        return k == 1 ? digits + exponent : digits.charAt(0) + "." + digits.substring(1) + exponent;
    }
}
