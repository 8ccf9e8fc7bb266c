package dev.mapsovereign.config;

import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;

/** Finds the word that somebody probably meant. */
final class DidYouMean {
    private DidYouMean() {}

    /**
     * The nearest of {@code known} when it is near enough: one edit for every three letters. Edits
     * are a letter more, less or other, and two neighbours swapped.
     */
    static Optional<String> nearest(String typed, Collection<String> known) {
        int allowed = typed.length() / 3;
        String best = "";
        int bestDistance = allowed + 1;
        for (String word : known.stream().sorted().toList()) {
            int distance = distance(typed, word, bestDistance);
            if (distance < bestDistance) {
                best = word;
                bestDistance = distance;
            }
        }
        return bestDistance <= allowed ? Optional.of(best) : Optional.empty();
    }

    /** As an addition to a message; empty when nothing is near. */
    static String hint(String typed, Collection<String> known) {
        return nearest(typed, known).map(word -> "; did you mean \"" + word + "\"?").orElse("");
    }

    /** Optimal string alignment; anything from {@code enough} on may be answered as that. */
    private static int distance(String a, String b, int enough) {
        if (Math.abs(a.length() - b.length()) >= enough) {
            return enough;
        }
        int[] beforeLast = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        Arrays.setAll(last, i -> i);
        for (int i = 1; i <= a.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(Math.min(last[j], row[j - 1]) + 1, last[j - 1] + change);
                if (i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1)) {
                    row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
                }
            }
            int[] reused = beforeLast;
            beforeLast = last;
            last = row;
            row = reused;
        }
        return last[b.length()];
    }
}
