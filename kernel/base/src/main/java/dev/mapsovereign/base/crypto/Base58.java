package dev.mapsovereign.base.crypto;

import java.util.Arrays;

/**
 * Base58 with the alphabet of Bitcoin, which the multibase prefix {@code z} names. It leaves out
 * {@code 0}, {@code O}, {@code I} and {@code l}, so that people do not confuse them. Each byte
 * string has exactly one spelling. The cost grows with the square of the length: for keys and
 * signatures.
 */
public final class Base58 {
    /** Longest text that is decoded: a 64-byte signature has at most 88 digits. */
    public static final int TEXT_LENGTH_MAX = 128;

    private static final String ALPHABET =
            "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private static final int BASE = 58;
    private static final char ZERO = ALPHABET.charAt(0);
    private static final byte[] DIGITS = digits();

    private Base58() {}

    /** The text of these bytes. */
    public static String encode(byte[] bytes) {
        int zeros = leadingZeros(bytes);
        byte[] rest = Arrays.copyOfRange(bytes, zeros, bytes.length);
        // log(256)/log(58) = 1.3657…
        char[] text = new char[zeros + rest.length * 137 / 100 + 1];
        int start = text.length;
        int first = 0;
        while (first < rest.length) {
            text[--start] = ALPHABET.charAt(divide(rest, first, 256, BASE));
            while (first < rest.length && rest[first] == 0) {
                first++;
            }
        }
        for (int i = 0; i < zeros; i++) {
            text[--start] = ZERO;
        }
        return new String(text, start, text.length - start);
    }

    /**
     * The bytes of this text.
     *
     * @throws IllegalArgumentException for a character outside the alphabet or a text above {@link
     *     #TEXT_LENGTH_MAX}
     */
    public static byte[] decode(String text) {
        if (text.length() > TEXT_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "base58 of " + text.length() + " characters, at most " + TEXT_LENGTH_MAX);
        }
        byte[] rest = new byte[text.length()];
        for (int i = 0; i < rest.length; i++) {
            rest[i] = digit(text.charAt(i), i);
        }
        int zeros = leadingZeros(rest);
        byte[] bytes = new byte[rest.length];
        int start = bytes.length;
        int first = zeros;
        while (first < rest.length) {
            bytes[--start] = (byte) divide(rest, first, BASE, 256);
            while (first < rest.length && rest[first] == 0) {
                first++;
            }
        }
        return Arrays.copyOfRange(bytes, start - zeros, bytes.length);
    }

    private static byte digit(char c, int position) {
        byte digit = c < DIGITS.length ? DIGITS[c] : -1;
        if (digit < 0) {
            throw new IllegalArgumentException(
                    "no base58 character at position "
                            + position
                            + ": U+"
                            + Integer.toHexString(c));
        }
        return digit;
    }

    /** Divides the number in place, digits of {@code base} from {@code first} on; the remainder. */
    private static int divide(byte[] number, int first, int base, int divisor) {
        int remainder = 0;
        for (int i = first; i < number.length; i++) {
            int value = remainder * base + (number[i] & 0xff);
            number[i] = (byte) (value / divisor);
            remainder = value % divisor;
        }
        return remainder;
    }

    private static int leadingZeros(byte[] bytes) {
        int zeros = 0;
        while (zeros < bytes.length && bytes[zeros] == 0) {
            zeros++;
        }
        return zeros;
    }

    private static byte[] digits() {
        byte[] digits = new byte[128];
        Arrays.fill(digits, (byte) -1);
        for (int i = 0; i < ALPHABET.length(); i++) {
            digits[ALPHABET.charAt(i)] = (byte) i;
        }
        return digits;
    }
}
