package dev.mapsovereign.base.json;

import java.math.BigDecimal;

/**
 * Numbers as ECMAScript writes them (ECMA-262, Number::toString with radix 10), which RFC 8785
 * §3.2.2.3 demands: as few digits as bring the same double back, of those the nearest to its exact
 * value; plain from 1e-6 up to below 1e21, else with an exponent.
 *
 * <p>The digits come from {@link Double#toString(double)}, which since JDK 19 is shortest with one
 * exception: it never gives fewer than two digits, and when two are free it takes the nearest of
 * those ({@code 4.9E-324} for what ECMAScript calls {@code 5e-324}). Those are looked at again.
 */
final class EcmaScriptNumber {
    /** From here on ECMAScript uses an exponent: the decimal point would stand behind 21 digits. */
    private static final int POINT_MAX = 21;

    /** Down to here it does not: five zeros may stand behind the decimal point. */
    private static final int POINT_MIN = -5;

    private EcmaScriptNumber() {}

    /** The text of a finite number. */
    static String text(double value) {
        if (value == 0.0) {
            return "0";
        }
        String java = Double.toString(Math.abs(value));
        int exponentAt = java.indexOf('E');
        int mantissaEnd = exponentAt < 0 ? java.length() : exponentAt;
        int exponent = exponentAt < 0 ? 0 : Integer.parseInt(java.substring(exponentAt + 1));
        int pointAt = java.indexOf('.');

        // value = 0.<digits> × 10^point
        StringBuilder digits = new StringBuilder(24);
        digits.append(java, 0, pointAt).append(java, pointAt + 1, mantissaEnd);
        int point = pointAt + exponent;
        int zeros = leadingZeros(digits);
        digits.delete(0, zeros);
        point -= zeros;
        dropTrailingZeros(digits);
        if (digits.length() == 2) {
            point += toOneDigit(digits, point, Math.abs(value));
        }
        return layout(value < 0, digits, point);
    }

    private static int leadingZeros(StringBuilder digits) {
        int zeros = 0;
        while (digits.charAt(zeros) == '0') {
            zeros++;
        }
        return zeros;
    }

    private static void dropTrailingZeros(StringBuilder digits) {
        int length = digits.length();
        while (digits.charAt(length - 1) == '0') {
            length--;
        }
        digits.setLength(length);
    }

    /**
     * Replaces two digits by one where one is enough.
     *
     * @return by how much the decimal point moves: 1 when 9.x becomes 10
     */
    private static int toOneDigit(StringBuilder digits, int point, double value) {
        int down = digits.charAt(0) - '0';
        BigDecimal exact = new BigDecimal(value);
        BigDecimal best = BigDecimal.ZERO;
        for (int digit = down; digit <= down + 1; digit++) {
            BigDecimal candidate = BigDecimal.valueOf(digit).scaleByPowerOfTen(point - 1);
            if (candidate.doubleValue() == value
                    && (best.signum() == 0
                            || candidate.subtract(exact).abs().compareTo(best.subtract(exact).abs())
                                    < 0)) {
                best = candidate;
            }
        }
        if (best.signum() == 0) {
            return 0;
        }
        BigDecimal one = best.stripTrailingZeros();
        digits.setLength(0);
        digits.append(one.unscaledValue());
        return one.precision() - one.scale() - point;
    }

    private static String layout(boolean negative, StringBuilder digits, int point) {
        int count = digits.length();
        StringBuilder text = new StringBuilder(28);
        if (negative) {
            text.append('-');
        }
        if (point > POINT_MAX || point < POINT_MIN) {
            text.append(digits.charAt(0));
            if (count > 1) {
                text.append('.').append(digits, 1, count);
            }
            text.append('e').append(point > 0 ? '+' : '-').append(Math.abs(point - 1));
        } else if (point <= 0) {
            text.append("0.").repeat('0', -point).append(digits);
        } else if (count <= point) {
            text.append(digits).repeat('0', point - count);
        } else {
            text.append(digits, 0, point).append('.').append(digits, point, count);
        }
        return text.toString();
    }
}
