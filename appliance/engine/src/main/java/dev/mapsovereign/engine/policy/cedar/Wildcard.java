package dev.mapsovereign.engine.policy.cedar;

import java.util.List;

/**
 * The pattern of {@code like}: literal parts with any text, or none, between two of them.
 *
 * @param parts at least one; the first must begin the text, the last must end it
 */
public record Wildcard(List<String> parts) {
    /** Copies the list. */
    public Wildcard {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a pattern has at least one part");
        }
        parts = List.copyOf(parts);
    }

    /** Whether all of {@code text} has this form; the first place for each part is enough. */
    boolean matches(String text) {
        String first = parts.getFirst();
        if (parts.size() == 1) {
            return text.equals(first);
        }
        String last = parts.getLast();
        int end = text.length() - last.length();
        if (end < first.length() || !text.startsWith(first) || !text.endsWith(last)) {
            return false;
        }
        int from = first.length();
        for (String part : parts.subList(1, parts.size() - 1)) {
            int found = text.indexOf(part, from);
            if (found < 0 || found + part.length() > end) {
                return false;
            }
            from = found + part.length();
        }
        return true;
    }
}
