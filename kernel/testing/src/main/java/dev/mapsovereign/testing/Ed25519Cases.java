package dev.mapsovereign.testing;

import dev.mapsovereign.testing.DullEd25519.Point;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/**
 * Signatures on which Ed25519 implementations are known to disagree, with the verdict of the strict
 * rule: published ones, and new ones made from random numbers and judged by {@link DullEd25519}.
 */
public final class Ed25519Cases {
    private Ed25519Cases() {}

    /** Those of Wycheproof and of "Taming the many EdDSAs". */
    public static List<Ed25519Case> published() {
        List<Ed25519Case> cases = new ArrayList<>(read("ed25519-wycheproof"));
        cases.addAll(read("ed25519-speccheck"));
        return cases;
    }

    /** New ones of every kind: right, altered, of wrong length, and at each edge of the rule. */
    public static List<Ed25519Case> generated(SeededRandom random) {
        List<Ed25519Case> cases = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            addAlterations(cases, random);
            addScalarsBeyondOrder(cases, random);
        }
        addSmallOrderParts(cases, random);
        addNonCanonicalParts(cases, random);
        for (int round = 0; round < 12; round++) {
            addMixedOrderKey(cases, random);
        }
        return cases;
    }

    /** The eight points of small order: the multiples of one of order eight. */
    static List<Point> smallOrderPoints() {
        Point generator =
                DullEd25519.decode(
                                HexFormat.of()
                                        .parseHex(
                                                "c7176a703d4dd84fba3c0b760d10670f"
                                                        + "2a2053fa2c39ccc64ec7fd7792ac037a"))
                        .orElseThrow();
        List<Point> points = new ArrayList<>();
        for (int factor = 0; factor < 8; factor++) {
            points.add(generator.times(BigInteger.valueOf(factor)));
        }
        return points;
    }

    private static void addAlterations(List<Ed25519Case> cases, SeededRandom random) {
        Signer signer = new Signer(random, DullEd25519.NEUTRAL);
        byte[] message = random.bytes(random.nextInt(200));
        byte[] signature = signer.sign(message);
        cases.add(judged("as signed", signer.publicKey, message, signature));
        cases.add(judged("altered key", flipped(signer.publicKey, random), message, signature));
        cases.add(
                judged("altered signature", signer.publicKey, message, flipped(signature, random)));
        cases.add(
                judged("longer message", signer.publicKey, Arrays.copyOf(message, 201), signature));
        for (int length : List.of(0, 1, 32, 63, 65, 128)) {
            cases.add(
                    judged(
                            "signature of " + length,
                            signer.publicKey,
                            message,
                            Arrays.copyOf(signature, length)));
        }
        for (int length : List.of(0, 31, 33, 64)) {
            cases.add(
                    judged(
                            "key of " + length,
                            Arrays.copyOf(signer.publicKey, length),
                            message,
                            signature));
        }
    }

    private static void addScalarsBeyondOrder(List<Ed25519Case> cases, SeededRandom random) {
        Signer signer = new Signer(random, DullEd25519.NEUTRAL);
        byte[] message = random.bytes(40);
        byte[] signature = signer.sign(message);
        BigInteger s = DullEd25519.number(Arrays.copyOfRange(signature, 32, 64));
        for (int multiple = 1; multiple < 15; multiple++) {
            BigInteger beyond = s.add(DullEd25519.L.multiply(BigInteger.valueOf(multiple)));
            cases.add(
                    judged(
                            "S + " + multiple + "L",
                            signer.publicKey,
                            message,
                            joined(Arrays.copyOf(signature, 32), DullEd25519.bytes(beyond))));
        }
        for (int above = -1; above < 2; above++) {
            BigInteger edge = DullEd25519.L.add(BigInteger.valueOf(above));
            cases.add(
                    judged(
                            "S = L + " + above,
                            signer.publicKey,
                            message,
                            joined(Arrays.copyOf(signature, 32), DullEd25519.bytes(edge))));
        }
    }

    /** With A of small order, S·B = R holds for one message in at most eight, whoever signs. */
    private static void addSmallOrderParts(List<Ed25519Case> cases, SeededRandom random) {
        for (Point small : smallOrderPoints()) {
            Signer signer = new Signer(random, DullEd25519.NEUTRAL);
            for (int round = 0; round < 4; round++) {
                byte[] message = random.bytes(16);
                BigInteger s = random(random);
                byte[] r = DullEd25519.BASE.times(s).encode();
                cases.add(
                        judged(
                                "A of small order",
                                small.encode(),
                                message,
                                joined(r, DullEd25519.bytes(s))));
                cases.add(
                        judged(
                                "R of small order",
                                signer.publicKey,
                                message,
                                signer.sign(message, BigInteger.ZERO, small)));
            }
        }
    }

    /** Each y of p or above, both signs, as A and as R; and x = 0 with the sign of an odd x. */
    private static void addNonCanonicalParts(List<Ed25519Case> cases, SeededRandom random) {
        Signer signer = new Signer(random, DullEd25519.NEUTRAL);
        byte[] message = random.bytes(16);
        byte[] signature = signer.sign(message);
        List<byte[]> encodings = new ArrayList<>();
        for (int above = 0; above < 19; above++) {
            encodings.add(DullEd25519.bytes(DullEd25519.P.add(BigInteger.valueOf(above))));
        }
        encodings.add(DullEd25519.bytes(BigInteger.ONE));
        encodings.add(DullEd25519.bytes(DullEd25519.P.subtract(BigInteger.ONE)));
        for (byte[] even : List.copyOf(encodings)) {
            byte[] odd = even.clone();
            odd[31] |= (byte) 0x80;
            encodings.add(odd);
        }
        byte[] s = Arrays.copyOfRange(signature, 32, 64);
        for (byte[] encoding : encodings) {
            cases.add(judged("A not canonical", encoding, message, signature));
            cases.add(judged("R not canonical", signer.publicKey, message, joined(encoding, s)));
            // With S = 0 the equation for a neutral A or R holds for whoever decodes leniently.
            cases.add(
                    judged(
                            "A and R not canonical, S = 0",
                            encoding,
                            message,
                            joined(encoding, new byte[32])));
        }
    }

    /** With cofactor all of these hold; without, only where the small parts cancel. */
    private static void addMixedOrderKey(List<Ed25519Case> cases, SeededRandom random) {
        List<Point> small = smallOrderPoints();
        Signer signer = new Signer(random, small.get(1 + random.nextInt(7)));
        byte[] message = random.bytes(24);
        BigInteger r = random(random);
        cases.add(
                judged(
                        "A of mixed order",
                        signer.publicKey,
                        message,
                        signer.sign(message, r, DullEd25519.NEUTRAL)));
        for (Point part : small) {
            cases.add(
                    judged(
                            "A and R of mixed order",
                            signer.publicKey,
                            message,
                            signer.sign(message, r, part)));
        }
    }

    /** A signer whose public key may carry a part of small order. */
    private static final class Signer {
        private final SeededRandom random;
        private final BigInteger secret;
        private final byte[] publicKey;

        Signer(SeededRandom random, Point smallPart) {
            this.random = random;
            secret = random(random);
            publicKey = DullEd25519.BASE.times(secret).plus(smallPart).encode();
        }

        byte[] sign(byte[] message) {
            return sign(message, random(random), DullEd25519.NEUTRAL);
        }

        byte[] sign(byte[] message, BigInteger r, Point smallPart) {
            byte[] commitment = DullEd25519.BASE.times(r).plus(smallPart).encode();
            BigInteger k = DullEd25519.challenge(commitment, publicKey, message);
            BigInteger s = r.add(k.multiply(secret)).mod(DullEd25519.L);
            return joined(commitment, DullEd25519.bytes(s));
        }
    }

    private static Ed25519Case judged(
            String what, byte[] publicKey, byte[] message, byte[] signature) {
        return new Ed25519Case(
                what,
                publicKey,
                message,
                signature,
                DullEd25519.verify(publicKey, message, signature));
    }

    private static BigInteger random(SeededRandom random) {
        return DullEd25519.number(random.bytes(64)).mod(DullEd25519.L);
    }

    private static byte[] flipped(byte[] bytes, SeededRandom random) {
        byte[] flipped = bytes.clone();
        int bit = random.nextInt(bytes.length * 8);
        flipped[bit / 8] ^= (byte) (1 << (bit % 8));
        return flipped;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    private static List<Ed25519Case> read(String name) {
        try (InputStream file =
                        Objects.requireNonNull(
                                Ed25519Cases.class.getResourceAsStream(name + ".txt"));
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
            return lines.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> published(name, line))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Ed25519Case published(String name, String line) {
        String[] columns = line.split(" ", -1);
        return new Ed25519Case(
                name + " " + columns[0],
                bytes(columns[2]),
                bytes(columns[3]),
                bytes(columns[4]),
                columns[1].equals("valid"));
    }

    private static byte[] bytes(String column) {
        return column.equals("-") ? new byte[0] : HexFormat.of().parseHex(column);
    }
}
