package dev.mapsovereign.base.json;

/** Strict UTF-8 (RFC 3629 §4): shortest form, no surrogates, nothing beyond U+10FFFF. */
final class Utf8 {
    private Utf8() {}

    /**
     * The offset after the multi-byte character that begins at {@code at}.
     *
     * @throws JsonException when none is well-formed there
     */
    static int next(byte[] in, int at) {
        int first = in[at] & 0xff;
        if (first >= 0xc2 && first <= 0xdf) {
            requireContinuation(in, at, 1, 0x80, 0xbf);
            return at + 2;
        }
        if (first >= 0xe0 && first <= 0xef) {
            // e0 would allow overlong forms, ed the surrogates.
            requireContinuation(
                    in, at, 1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
            requireContinuation(in, at, 2, 0x80, 0xbf);
            return at + 3;
        }
        if (first >= 0xf0 && first <= 0xf4) {
            // f0 would allow overlong forms, f4 what lies beyond U+10FFFF.
            requireContinuation(
                    in, at, 1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
            requireContinuation(in, at, 2, 0x80, 0xbf);
            requireContinuation(in, at, 3, 0x80, 0xbf);
            return at + 4;
        }
        throw malformed(at);
    }

    private static void requireContinuation(byte[] in, int at, int distance, int min, int max) {
        if (at + distance >= in.length) {
            throw malformed(at);
        }
        int c = in[at + distance] & 0xff;
        if (c < min || c > max) {
            throw malformed(at);
        }
    }

    private static JsonException malformed(int at) {
        return new JsonException("malformed UTF-8", at);
    }
}
