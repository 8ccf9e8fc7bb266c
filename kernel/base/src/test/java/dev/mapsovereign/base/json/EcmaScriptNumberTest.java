package dev.mapsovereign.base.json;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EcmaScriptNumberTest {
    private static final long SEED = 8785;

    /** RFC 8785, appendix B, and the neighbours of every change of layout. */
    @ParameterizedTest
    @CsvSource({
        "0000000000000000, 0",
        "8000000000000000, 0",
        "0000000000000001, 5e-324",
        "8000000000000001, -5e-324",
        "0000000000000002, 1e-323",
        "0000000000000003, 1.5e-323",
        "0000000000000004, 2e-323",
        "7fefffffffffffff, 1.7976931348623157e+308",
        "ffefffffffffffff, -1.7976931348623157e+308",
        "0010000000000000, 2.2250738585072014e-308",
        "000fffffffffffff, 2.225073858507201e-308",
        "4340000000000000, 9007199254740992",
        "c340000000000000, -9007199254740992",
        "4430000000000000, 295147905179352830000",
        "44b52d02c7e14af5, 9.999999999999997e+22",
        "44b52d02c7e14af6, 1e+23",
        "44b52d02c7e14af7, 1.0000000000000001e+23",
        "444b1ae4d6e2ef4e, 999999999999999700000",
        "444b1ae4d6e2ef4f, 999999999999999900000",
        "444b1ae4d6e2ef50, 1e+21",
        "3eb0c6f7a0b5ed8c, 9.999999999999997e-7",
        "3eb0c6f7a0b5ed8d, 0.000001",
        "41b3de4355555553, 333333333.3333332",
        "41b3de4355555554, 333333333.33333325",
        "41b3de4355555555, 333333333.3333333",
        "41b3de4355555556, 333333333.3333334",
        "41b3de4355555557, 333333333.33333343",
        "becbf647612f3696, -0.0000033333333333333333",
        "43143ff3c1cb0959, 1424953923781206.2"
    })
    void text_publishedSample_isThePublishedText(String bits, String expected) {
        double value = Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16));

        assertThat(CanonicalJson.text(new JsonNumber(value))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "2e23, 2e+23",
        "4.35, 4.35",
        "0.1, 0.1",
        "0.30000000000000004, 0.30000000000000004",
        "123456789012345680000, 123456789012345680000",
        "1e20, 100000000000000000000",
        "1e-6, 0.000001",
        "1.5e-6, 0.0000015",
        "1e-7, 1e-7",
        "1.25e-7, 1.25e-7",
        "1e100, 1e+100",
        "9.5, 9.5",
        "9007199254740991, 9007199254740991",
        "2.2250738585072011e-308, 2.225073858507201e-308",
        "2.2250738585072012e-308, 2.2250738585072014e-308",
        "6.631236846766476e-316, 6.63123685e-316",
        "2600790730.46484375, 2600790730.4648438",
        "9.5e-322, 9.5e-322",
        "1e22, 1e+22",
        "5e-324, 5e-324",
        "3e-324, 5e-324"
    })
    void text_hardCase_isWhatEcmaScriptWrites(String decimal, String expected) {
        assertThat(CanonicalJson.text(JsonReader.parse(decimal.getBytes(US_ASCII))))
                .isEqualTo(expected);
    }

    /**
     * One million numbers of the sequence whose digests are published with the vectors: edge cases,
     * then the smallest normal doubles, then whatever a chain of SHA-256 gives.
     */
    @Test
    void text_publishedSequence_hasThePublishedDigests() {
        Map<Integer, String> published = new TreeMap<>();
        lines("numbers/digests.txt")
                .forEach(line ->
                        published.put(
                                Integer.valueOf(line.substring(0, line.indexOf(' '))),
                                line.substring(line.indexOf(' ') + 1)));
        assertThat(published).hasSize(4).containsKey(1_000_000);
        PublishedSequence sequence = new PublishedSequence();
        MessageDigest digest = Sha256.digest();
        int count = 0;
        for (Map.Entry<Integer, String> entry : published.entrySet()) {
            for (; count < entry.getKey(); count++) {
                double value = sequence.next();
                String bits = Long.toHexString(Double.doubleToRawLongBits(value));
                String text = CanonicalJson.text(new JsonNumber(value));
                digest.update((bits + "," + text + "\n").getBytes(US_ASCII));
            }
            assertThat(Hex.encode(snapshot(digest)))
                    .as("%s numbers", entry.getKey())
                    .isEqualTo(entry.getValue());
        }
    }

    @Test
    void text_randomDouble_isTheShortestThatComesBack() {
        Random random = new Random(SEED);
        for (int i = 0; i < 20_000; i++) {
            double value = randomDouble(random, i);
            String text = CanonicalJson.text(new JsonNumber(value));
            assertThat(text)
                    .as("bits %x", Double.doubleToRawLongBits(value))
                    .isEqualTo(DullJson.number(value));
            assertThat(Double.parseDouble(text)).isEqualTo(value);
        }
    }

    @Test
    void text_smallestDoubles_areTheShortestThatComeBack() {
        // Here lie the doubles that one digit tells apart, where the JDK insists on two.
        for (long bits = 1; bits <= 3_000; bits++) {
            double value = Double.longBitsToDouble(bits);
            assertThat(CanonicalJson.text(new JsonNumber(value))).isEqualTo(DullJson.number(value));
        }
    }

    @Test
    void text_powersOfTwoAndTen_areTheShortestThatComeBack() {
        // Below a power of two the doubles stand twice as close as above it.
        for (int exponent = -1074; exponent <= 1023; exponent++) {
            double power = Math.scalb(1.0, exponent);
            for (double value : List.of(Math.nextDown(power), power, Math.nextUp(power))) {
                assertThat(CanonicalJson.text(new JsonNumber(value)))
                        .isEqualTo(DullJson.number(value));
            }
        }
        for (int exponent = -323; exponent <= 308; exponent++) {
            double power = Double.parseDouble("1e" + exponent);
            for (double value : List.of(Math.nextDown(power), power, Math.nextUp(power))) {
                assertThat(CanonicalJson.text(new JsonNumber(value)))
                        .isEqualTo(DullJson.number(value));
            }
        }
    }

    private static double randomDouble(Random random, int i) {
        double value =
                switch (i % 4) {
                    case 0 -> Double.longBitsToDouble(random.nextLong());
                    case 1 -> random.nextInt(1_000_000) / 100.0;
                    case 2 -> random.nextLong() * Math.pow(10, random.nextInt(40) - 20);
                    default -> random.nextGaussian();
                };
        return Double.isFinite(value) ? value : i;
    }

    private static byte[] snapshot(MessageDigest digest) {
        try {
            return ((MessageDigest) digest.clone()).digest();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError("the JDK's SHA-256 can be cloned", e);
        }
    }

    private static List<String> lines(String name) {
        return new String(Rfc8785VectorsTest.read(name), UTF_8).lines().toList();
    }

    /** The published algorithm: a list, 2,000 doubles in a row, then the blocks of a hash chain. */
    private static final class PublishedSequence {
        private static final int SERIAL_COUNT = 2_000;
        private static final long SERIAL_FIRST = 0x0010000000000000L;

        private final List<String> fixed = lines("numbers/static.txt");
        private int position;
        private byte[] block = new byte[32];
        private ByteBuffer rest = ByteBuffer.allocate(0);

        double next() {
            int at = position++;
            if (at < fixed.size()) {
                return Double.longBitsToDouble(Long.parseUnsignedLong(fixed.get(at), 16));
            }
            if (at < fixed.size() + SERIAL_COUNT) {
                return Double.longBitsToDouble(SERIAL_FIRST + at - fixed.size());
            }
            double value = 0;
            while (value == 0 || !Double.isFinite(value)) {
                if (!rest.hasRemaining()) {
                    block = Sha256.hash(block);
                    rest = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
                }
                value = rest.getDouble();
            }
            return value;
        }
    }
}
