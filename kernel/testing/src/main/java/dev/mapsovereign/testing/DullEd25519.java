package dev.mapsovereign.testing;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/**
 * Ed25519 as the formulas of RFC 8032 §5.1 read, slow and readable: the third opinion when two
 * implementations are compared. Its rule is the strict one: canonical S, A and R, neither A nor R
 * of small order, no cofactor in the equation; each found here from the curve, not from a list.
 */
public final class DullEd25519 {
    static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

    /** The order of the base point. */
    static final BigInteger L =
            BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

    static final Point NEUTRAL = new Point(BigInteger.ZERO, BigInteger.ONE);
    static final Point BASE =
            decode(encodeY(BigInteger.valueOf(4).multiply(inverse(BigInteger.valueOf(5))), false))
                    .orElseThrow();

    private DullEd25519() {}

    private static final class Curve {
        static final BigInteger D =
                BigInteger.valueOf(-121665).multiply(inverse(BigInteger.valueOf(121666))).mod(P);
        static final BigInteger ROOT_OF_MINUS_ONE =
                BigInteger.TWO.modPow(P.subtract(BigInteger.ONE).shiftRight(2), P);
    }

    /** A point of the curve −x² + y² = 1 + d·x²·y² (§5.1). */
    record Point(BigInteger x, BigInteger y) {
        Point plus(Point other) {
            return Extended.of(this).plus(Extended.of(other)).affine();
        }

        Point times(BigInteger factor) {
            Extended addend = Extended.of(this);
            Extended sum = Extended.of(NEUTRAL);
            for (int bit = factor.bitLength() - 1; bit >= 0; bit--) {
                sum = sum.plus(sum);
                if (factor.testBit(bit)) {
                    sum = sum.plus(addend);
                }
            }
            return sum.affine();
        }

        boolean isSmallOrder() {
            return times(BigInteger.valueOf(8)).equals(NEUTRAL);
        }

        byte[] encode() {
            return encodeY(y, x.testBit(0));
        }
    }

    /** Coordinates of §5.1.4, in which adding needs no inverse: x = X/Z, y = Y/Z, x·y = T/Z. */
    private record Extended(BigInteger x, BigInteger y, BigInteger z, BigInteger t) {
        static Extended of(Point point) {
            return new Extended(
                    point.x(), point.y(), BigInteger.ONE, point.x().multiply(point.y()).mod(P));
        }

        Extended plus(Extended other) {
            BigInteger a = y.subtract(x).multiply(other.y.subtract(other.x));
            BigInteger b = y.add(x).multiply(other.y.add(other.x));
            BigInteger c = t.multiply(BigInteger.TWO).multiply(Curve.D).mod(P).multiply(other.t);
            BigInteger d = z.multiply(BigInteger.TWO).multiply(other.z);
            BigInteger e = b.subtract(a).mod(P);
            BigInteger f = d.subtract(c).mod(P);
            BigInteger g = d.add(c).mod(P);
            BigInteger h = b.add(a).mod(P);
            return new Extended(
                    e.multiply(f).mod(P),
                    g.multiply(h).mod(P),
                    f.multiply(g).mod(P),
                    e.multiply(h).mod(P));
        }

        Point affine() {
            BigInteger inverse = inverse(z);
            return new Point(x.multiply(inverse).mod(P), y.multiply(inverse).mod(P));
        }
    }

    /** Whether the signature holds by the strict rule. */
    public static boolean verify(byte[] publicKey, byte[] message, byte[] signature) {
        if (publicKey.length != 32 || signature.length != 64) {
            return false;
        }
        byte[] r = Arrays.copyOf(signature, 32);
        BigInteger s = number(Arrays.copyOfRange(signature, 32, 64));
        Optional<Point> a = decode(publicKey);
        Optional<Point> commitment = decode(r);
        if (s.compareTo(L) >= 0 || a.isEmpty() || commitment.isEmpty()) {
            return false;
        }
        if (a.get().isSmallOrder() || commitment.get().isSmallOrder()) {
            return false;
        }
        BigInteger k = challenge(r, publicKey, message);
        return BASE.times(s).equals(commitment.get().plus(a.get().times(k)));
    }

    /** SHA-512 of R, A and the message, as a number below L. */
    static BigInteger challenge(byte[] r, byte[] publicKey, byte[] message) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-512");
            digest.update(r);
            digest.update(publicKey);
            digest.update(message);
            return number(digest.digest()).mod(L);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-512", e);
        }
    }

    /** The point that 32 bytes spell; none for y of p or above, no x, or a sign at x = 0. */
    static Optional<Point> decode(byte[] encoded) {
        byte[] bytes = encoded.clone();
        boolean odd = (bytes[31] & 0x80) != 0;
        bytes[31] &= 0x7f;
        BigInteger y = number(bytes);
        if (y.compareTo(P) >= 0) {
            return Optional.empty();
        }
        BigInteger ySquare = y.multiply(y);
        BigInteger xSquare =
                ySquare.subtract(BigInteger.ONE)
                        .multiply(inverse(Curve.D.multiply(ySquare).add(BigInteger.ONE)))
                        .mod(P);
        BigInteger x = xSquare.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
        if (!x.multiply(x).mod(P).equals(xSquare)) {
            x = x.multiply(Curve.ROOT_OF_MINUS_ONE).mod(P);
        }
        if (!x.multiply(x).mod(P).equals(xSquare) || (x.signum() == 0 && odd)) {
            return Optional.empty();
        }
        return Optional.of(new Point(x.testBit(0) == odd ? x : P.subtract(x), y));
    }

    /** 32 bytes, little-endian. */
    static byte[] bytes(BigInteger number) {
        byte[] bytes = new byte[32];
        for (int i = 0; i < 32; i++) {
            bytes[i] = number.shiftRight(8 * i).byteValue();
        }
        return bytes;
    }

    /** The number that bytes spell little-endian. */
    static BigInteger number(byte[] littleEndian) {
        byte[] bigEndian = new byte[littleEndian.length];
        for (int i = 0; i < bigEndian.length; i++) {
            bigEndian[i] = littleEndian[bigEndian.length - 1 - i];
        }
        return new BigInteger(1, bigEndian);
    }

    private static byte[] encodeY(BigInteger y, boolean odd) {
        byte[] encoded = bytes(y.mod(P));
        if (odd) {
            encoded[31] |= (byte) 0x80;
        }
        return encoded;
    }

    private static BigInteger inverse(BigInteger number) {
        return number.mod(P).modInverse(P);
    }
}
