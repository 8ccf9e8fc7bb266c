package dev.mapsovereign.base.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Reader and writer against {@link DullJson}: both must take the same texts and give them the same
 * canonical form. Another run: {@code -Dfuzz.seed=…}.
 */
class JsonFuzzTest {
    private static final long SEED = Long.getLong("fuzz.seed", 20_260_101L);
    private static final int TEXTS = 30_000;
    private static final int DEPTH_MAX = 6;
    private static final JsonReader.Limits LIMITS = new JsonReader.Limits(DEPTH_MAX, 1 << 20);

    /** Bytes at which grammars and decoders differ. */
    private static final int[] TELLING = {
        '"', '\\', '/', '{', '}', '[', ']', ':', ',', '.', '-', '+', '0', '1', '9', 'e', 'E', 'u',
        'd', 'D', '8', 'c', 'n', 't', 'f', ' ', '\t', '\n', '\r', 0x00, 0x0b, 0x0c, 0x1f, 0x7f,
        0x80, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xfe, 0xff
    };

    @Test
    void parseAndEncode_anyText_agreeWithTheDullModel() {
        Random random = new Random(SEED);
        int taken = 0;
        int refused = 0;
        for (int i = 0; i < TEXTS; i++) {
            byte[] text = new Generator(random).text().getBytes(UTF_8);
            for (int changes = random.nextInt(4); changes > 0; changes--) {
                text = mutate(text, random);
            }
            if (agree(text, i)) {
                taken++;
            } else {
                refused++;
            }
        }
        // Both ways must have been tried often, else this test compares nothing.
        assertThat(taken).isGreaterThan(TEXTS / 4);
        assertThat(refused).isGreaterThan(TEXTS / 4);
    }

    private static boolean agree(byte[] text, int number) {
        String name = "text %d of seed %d: %s".formatted(number, SEED, new String(text, UTF_8));
        Optional<String> dull = DullJson.canonical(text, DEPTH_MAX);
        Optional<String> ours = ours(text);
        assertThat(ours).as(name).isEqualTo(dull);
        ours.ifPresent(canonical ->
                assertThat(ours(canonical.getBytes(UTF_8))).as(name).contains(canonical));
        return ours.isPresent();
    }

    private static Optional<String> ours(byte[] text) {
        try {
            return Optional.of(CanonicalJson.text(JsonReader.parse(text, LIMITS)));
        } catch (JsonException e) {
            assertThat(e.offset()).isBetween(0, text.length);
            return Optional.empty();
        }
    }

    private static byte[] mutate(byte[] text, Random random) {
        if (text.length == 0) {
            return text;
        }
        int at = random.nextInt(text.length);
        int to = Math.min(text.length, at + 1 + random.nextInt(6));
        byte telling = (byte) TELLING[random.nextInt(TELLING.length)];
        return switch (random.nextInt(6)) {
            case 0 -> join(text, 0, at, new byte[] {telling}, at + 1);
            case 1 -> join(text, 0, at, new byte[] {telling}, at);
            case 2 -> join(text, 0, at, new byte[0], to);
            case 3 -> join(text, 0, to, new byte[0], at);
            case 4 -> Arrays.copyOf(text, at);
            default -> join(text, 0, at, new byte[] {(byte) random.nextInt()}, at + 1);
        };
    }

    private static byte[] join(byte[] text, int from, int to, byte[] between, int rest) {
        byte[] joined =
                Arrays.copyOf(
                        Arrays.copyOfRange(text, from, to),
                        to - from + between.length + text.length - rest);
        System.arraycopy(between, 0, joined, to - from, between.length);
        System.arraycopy(text, rest, joined, to - from + between.length, text.length - rest);
        return joined;
    }

    /** Texts that keep the grammar, spelled in every way it allows. */
    private static final class Generator {
        private static final int[] POINTS = {
            'a', 'Z', '0', ' ', '"', '\\', '/', 0x00, 0x07, '\b', '\t', '\n', '\f', '\r', 0x1f,
            0x7f, 0x80, 0x7ff, 0x800, 0x20ac, 0xd7ff, 0xe000, 0xfb33, 0xfffd, 0xffff, 0x10000,
            0x1f602, 0x10ffff
        };

        private final Random random;
        private final StringBuilder out = new StringBuilder();

        Generator(Random random) {
            this.random = random;
        }

        String text() {
            space();
            value(1);
            space();
            return out.toString();
        }

        private void value(int depth) {
            switch (random.nextInt(depth <= DEPTH_MAX ? 9 : 6)) {
                case 0 -> out.append("true");
                case 1 -> out.append("false");
                case 2 -> out.append("null");
                case 3 -> string();
                case 4, 5 -> number();
                case 6 -> array(depth);
                default -> object(depth);
            }
        }

        private void array(int depth) {
            out.append('[');
            int count = random.nextInt(4);
            for (int i = 0; i < count; i++) {
                out.append(i == 0 ? "" : ",");
                space();
                value(depth + 1);
                space();
            }
            out.append(']');
        }

        private void object(int depth) {
            out.append('{');
            Set<Integer> starts = new HashSet<>();
            // Sometimes beyond eight members, where the map changes its form.
            int count = random.nextInt(random.nextInt(10) == 0 ? 14 : 4);
            for (int i = 0; i < count; i++) {
                out.append(i == 0 ? "" : ",");
                space();
                name(starts);
                space();
                out.append(':');
                space();
                value(depth + 1);
                space();
            }
            out.append('}');
        }

        private void name(Set<Integer> taken) {
            int start = out.length();
            do {
                out.setLength(start);
                string();
            } while (!taken.add(out.substring(start).hashCode()) && random.nextInt(20) > 0);
        }

        private void string() {
            out.append('"');
            for (int count = random.nextInt(6); count > 0; count--) {
                int point =
                        random.nextBoolean()
                                ? POINTS[random.nextInt(POINTS.length)]
                                : 'a' + random.nextInt(26);
                character(point);
            }
            out.append('"');
        }

        private void character(int point) {
            int shortForm = "\"\\/\b\f\n\r\t".indexOf(point);
            boolean mustEscape = point < 0x20 || point == '"' || point == '\\';
            if (shortForm >= 0 && random.nextInt(3) > 0) {
                out.append('\\').append("\"\\/bfnrt".charAt(shortForm));
            } else if (mustEscape || random.nextInt(4) == 0) {
                for (char unit : Character.toChars(point)) {
                    String escape = String.format("\\u%04x", (int) unit);
                    out.append(
                            random.nextBoolean()
                                    ? escape
                                    : "\\u" + escape.substring(2).toUpperCase(Locale.ROOT));
                }
            } else {
                out.appendCodePoint(point);
            }
        }

        private void number() {
            out.append(random.nextInt(3) == 0 ? "-" : "");
            out.append(
                    random.nextInt(4) == 0
                            ? "0"
                            : digits(1 + random.nextInt(9), random.nextInt(20)));
            if (random.nextInt(3) == 0) {
                out.append('.').append(digits(random.nextInt(10), random.nextInt(20)));
            }
            if (random.nextInt(3) == 0) {
                out.append(random.nextBoolean() ? "e" : "E");
                out.append(
                        switch (random.nextInt(3)) {
                            case 0 -> "+";
                            case 1 -> "-";
                            default -> "";
                        });
                out.append(random.nextInt(340));
            }
        }

        private String digits(int first, int more) {
            StringBuilder digits = new StringBuilder().append(first);
            for (int i = 0; i < more; i++) {
                digits.append(random.nextInt(10));
            }
            return digits.toString();
        }

        private void space() {
            while (random.nextInt(5) == 0) {
                out.append(" \t\r\n".charAt(random.nextInt(4)));
            }
        }
    }
}
