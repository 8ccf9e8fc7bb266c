package dev.mapsovereign.base.json;

/** What makes a Java string Unicode text: surrogates only in pairs. */
final class Unicode {
    private Unicode() {}

    static void requireWellFormed(String text) {
        int position = loneSurrogate(text);
        if (position >= 0) {
            throw new IllegalArgumentException("lone surrogate at character " + position);
        }
    }

    /** Where the first lone surrogate stands; −1 when there is none. */
    static int loneSurrogate(String text) {
        int length = text.length();
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                if (c > Character.MAX_HIGH_SURROGATE
                        || i + 1 == length
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }
}
