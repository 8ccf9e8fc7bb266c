package dev.mapsovereign.base.age;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bech32 (BIP 173) without its bound on length, as C2SP age uses it. Works on bytes, since a text
 * may be a secret that has to be wiped.
 */
final class Bech32 {
    private static final byte[] ALPHABET =
            "qpzry9x8gf2tvdw0s3jn54khce6mua7l".getBytes(StandardCharsets.US_ASCII);
    private static final int[] GENERATOR = {
        0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3
    };
    private static final int CHECKSUM = 6;

    private Bech32() {}

    /**
     * The text, in lower case.
     *
     * @param kind the human-readable part, in lower case
     */
    static byte[] encode(String kind, byte[] data) {
        byte[] words = regroup(data, 8, 5, true);
        byte[] all = Arrays.copyOf(words, words.length + CHECKSUM);
        int sum = polymod(kind, all) ^ 1;
        for (int i = 0; i < CHECKSUM; i++) {
            all[words.length + i] = (byte) (sum >> (5 * (CHECKSUM - 1 - i)) & 31);
        }
        byte[] head = (kind + "1").getBytes(StandardCharsets.US_ASCII);
        byte[] text = Arrays.copyOf(head, head.length + all.length);
        for (int i = 0; i < all.length; i++) {
            text[head.length + i] = ALPHABET[all[i]];
        }
        Arrays.fill(words, (byte) 0);
        Arrays.fill(all, (byte) 0);
        return text;
    }

    /**
     * The data of a text whose human-readable part is {@code kind}.
     *
     * @param kind in lower case
     * @param text in lower case
     * @throws IllegalArgumentException for any other text; the message holds nothing of it
     */
    static byte[] decode(String kind, byte[] text) {
        byte[] head = (kind + "1").getBytes(StandardCharsets.US_ASCII);
        if (text.length < head.length + CHECKSUM
                || !Arrays.equals(head, Arrays.copyOf(text, head.length))) {
            throw new IllegalArgumentException("does not begin with " + kind + "1");
        }
        byte[] words = new byte[text.length - head.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = word(text[head.length + i], i);
        }
        try {
            if (polymod(kind, words) != 1) {
                throw new IllegalArgumentException("its checksum is wrong: a typing error?");
            }
            return regroup(Arrays.copyOf(words, words.length - CHECKSUM), 5, 8, false);
        } finally {
            Arrays.fill(words, (byte) 0);
        }
    }

    private static byte word(byte character, int position) {
        for (int i = 0; i < ALPHABET.length; i++) {
            if (ALPHABET[i] == character) {
                return (byte) i;
            }
        }
        throw new IllegalArgumentException(
                "its character " + (position + 1) + " after the 1 is not of Bech32");
    }

    private static int polymod(String kind, byte[] words) {
        int sum = 1;
        for (int i = 0; i < kind.length(); i++) {
            sum = step(sum, kind.charAt(i) >> 5);
        }
        sum = step(sum, 0);
        for (int i = 0; i < kind.length(); i++) {
            sum = step(sum, kind.charAt(i) & 31);
        }
        for (byte word : words) {
            sum = step(sum, word);
        }
        return sum;
    }

    private static int step(int sum, int word) {
        int top = sum >>> 25;
        int next = (sum & 0x1ffffff) << 5 ^ word;
        for (int i = 0; i < GENERATOR.length; i++) {
            if ((top >> i & 1) == 1) {
                next ^= GENERATOR[i];
            }
        }
        return next;
    }

    /** Groups of so many bits into groups of as many others; bits left over must be zeros. */
    private static byte[] regroup(byte[] groups, int from, int to, boolean fill) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(groups.length * from / to + 1);
        int bits = 0;
        int held = 0;
        for (byte group : groups) {
            held = (held << from) | (group & ((1 << from) - 1));
            bits += from;
            while (bits >= to) {
                bits -= to;
                out.write(held >> bits);
                held &= (1 << bits) - 1;
            }
        }
        if (fill && bits > 0) {
            out.write(held << (to - bits));
        } else if (!fill && (bits >= from || held != 0)) {
            throw new IllegalArgumentException("its last bits are not as they must be");
        }
        byte[] regrouped = out.toByteArray();
        for (int i = 0; i < regrouped.length; i++) {
            regrouped[i] &= (byte) ((1 << to) - 1);
        }
        return regrouped;
    }
}
