package dev.mapsovereign.gateway;

import dev.mapsovereign.gateway.testing.TestNode;
import dev.mapsovereign.testing.SeededRandom;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Makes requests that are good, nearly good, and bad, out of a grammar and out of table rows. */
final class HostileStreams {
    /** Bytes at which readers of HTTP and of JSON differ. */
    private static final String TELLING =
            "\r\n\r\n\r\n::  \t;,/#?*%=\"\\{}[]0159afAFxXhH+-.@\u0000\u0001\u000b\u007f\u0080\u0085\u00a0\u00c3\u00ff";

    private final SeededRandom random;
    private final String apiKey;
    private final List<byte[]> rows;

    HostileStreams(SeededRandom random, String apiKey, List<byte[]> rows) {
        this.random = random;
        this.apiKey = apiKey;
        this.rows = rows;
    }

    /** The bytes of one case. */
    byte[] next() {
        byte[] made =
                switch (random.nextInt(10)) {
                    case 0, 1, 2 -> row();
                    case 3 -> splice(row(), row());
                    case 4 -> splice(row(), grammar());
                    case 5 -> splice(grammar(), row());
                    case 6 -> join(grammar(), grammar());
                    default -> grammar();
                };
        // A third stays as it is: what is good must be taken.
        for (int changes = Math.max(0, random.nextInt(6) - 1); changes > 0; changes--) {
            made = changed(made);
        }
        return made;
    }

    /** The same bytes in the parts in which they are sent. */
    List<byte[]> parts(byte[] all) {
        List<byte[]> parts = new ArrayList<>();
        int at = 0;
        while (at < all.length) {
            int most = random.nextInt(3) == 0 ? all.length : 1 + random.nextInt(all.length);
            int to = parts.size() > 6 ? all.length : Math.min(all.length, at + most);
            parts.add(Arrays.copyOfRange(all, at, to));
            at = to;
        }
        return parts;
    }

    private byte[] row() {
        return rows.get(random.nextInt(rows.size()));
    }

    private byte[] splice(byte[] first, byte[] second) {
        return join(
                Arrays.copyOf(first, place(first)),
                Arrays.copyOfRange(second, place(second), second.length));
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** Anywhere, and more often at the beginning of a line. */
    private int place(byte[] bytes) {
        int at = random.nextInt(bytes.length + 1);
        if (random.nextBoolean()) {
            while (at > 0 && at < bytes.length && bytes[at - 1] != '\n') {
                at++;
            }
        }
        return at;
    }

    private byte[] changed(byte[] bytes) {
        if (bytes.length == 0) {
            return bytes;
        }
        int at = random.nextInt(bytes.length);
        byte telling = (byte) TELLING.charAt(random.nextInt(TELLING.length()));
        return switch (random.nextInt(10)) {
            case 0 -> with(bytes, at, (byte) (bytes[at] ^ (1 << random.nextInt(8))));
            case 1 -> with(bytes, at, telling);
            case 2, 3 -> cut(bytes, at, at, new byte[] {telling});
            case 4 -> cut(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(6)), NONE);
            case 5 -> random.nextInt(3) == 0 ? Arrays.copyOf(bytes, at) : bytes;
            case 6 -> {
                int from = place(bytes);
                int to = Math.min(bytes.length, from + random.nextInt(40));
                yield cut(bytes, place(bytes), Arrays.copyOfRange(bytes, from, to));
            }
            default -> lines(bytes);
        };
    }

    private static final byte[] NONE = {};

    private static byte[] with(byte[] bytes, int at, byte value) {
        byte[] other = bytes.clone();
        other[at] = value;
        return other;
    }

    private static byte[] cut(byte[] bytes, int at, byte[] between) {
        return cut(bytes, at, at, between);
    }

    private static byte[] cut(byte[] bytes, int from, int to, byte[] between) {
        return join(
                join(Arrays.copyOf(bytes, from), between),
                Arrays.copyOfRange(bytes, to, bytes.length));
    }

    /** Repeats, drops, swaps or stretches a line. */
    private byte[] lines(byte[] bytes) {
        List<String> lines =
                new ArrayList<>(
                        List.of(
                                new String(bytes, StandardCharsets.ISO_8859_1)
                                        .split("(?<=\n)", -1)));
        int at = random.nextInt(lines.size());
        int other = random.nextInt(lines.size());
        switch (random.nextInt(5)) {
            case 0 -> lines.add(other, lines.get(at));
            case 1 -> lines.remove(at);
            case 2 -> Collections.swap(lines, at, other);
            case 3 -> lines.set(at, lines.get(at).replaceFirst(":", any(" :", ":\t", "::", "")));
            default -> lines.add(other, field());
        }
        return String.join("", lines).getBytes(StandardCharsets.ISO_8859_1);
    }

    private String any(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** One of the choices, now and then; else the first. */
    private String seldom(String... choices) {
        return random.nextInt(12) == 0 ? any(choices) : choices[0];
    }

    private byte[] grammar() {
        String body = seldom(echo(), "", "{}", "[" + echo() + "]", echo() + " ");
        boolean reading = random.nextInt(5) == 0;
        boolean older = random.nextInt(15) == 0;
        List<String> fields = new ArrayList<>();
        fields.add(name("Host") + seldom("h", "localhost:8443", "[::1]:1", "a b", "", "h/x"));
        fields.add(
                name("Authorization")
                        + seldom(
                                "Bearer " + apiKey,
                                "bearer  " + apiKey,
                                "Bearer x",
                                "Treaty t 1.n.s",
                                "DidAuth session=\"s\", created=\"1\", nonce=\"n\", signature=\"s\""));
        fields.add(
                name("Content-Type")
                        + seldom(
                                "application/json",
                                "application/json; charset=utf-8",
                                "Application/JSON;charset=\"UTF-8\"",
                                "text/plain"));
        for (int more = random.nextInt(3); more > 0; more--) {
            fields.add(field().strip());
        }
        String framed = framed(reading && random.nextInt(3) > 0 ? "" : body, fields);
        shuffle(fields);
        StringBuilder text = new StringBuilder();
        text.append(seldom("", "\r\n"));
        text.append(reading ? any("GET", "HEAD", "OPTIONS") : seldom("POST", "PUT", "G@T", "post"));
        text.append(' ');
        text.append(
                reading
                        ? any(
                                "/health",
                                "/ready",
                                "/admin/trace?limit=5",
                                "/v1/schemas/x",
                                "/x",
                                "*")
                        : seldom(
                                "/v1/dispatch",
                                "/v1/dispatch?x=y",
                                "http://h/v1/dispatch",
                                "HTTPS://h:1/v1/dispatch",
                                "/v1/dispatch/",
                                "/x",
                                "http://h"));
        text.append(older ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
        fields.forEach(field -> text.append(field).append("\r\n"));
        return text.append("\r\n").append(framed).toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private String echo() {
        return TestNode.envelope(
                seldom("echo", "open", "write", "nope"),
                seldom("{\"n\":\"" + random.nextInt(1_000) + "\"}", "{}", "{\"n\":1}", "[]"));
    }

    private void shuffle(List<String> fields) {
        Collections.shuffle(fields, new Random(random.nextLong()));
    }

    private String name(String name) {
        return seldom(name, name.toLowerCase(Locale.ROOT), name + " ", " " + name)
                + seldom(": ", ":", ":\t ", ":  ");
    }

    private String field() {
        return any(
                        "X-Tenant-Id: acme",
                        "X-Tenant-Id: other",
                        "X-Agent-Did: did:oas:acme:agent:one",
                        "X-Correlation-Id: mine",
                        "X-Deadline-Ms: 30000",
                        "X-Deadline-Ms: 0",
                        "Idempotency-Key: k" + random.nextInt(50),
                        "Connection: keep-alive",
                        "Connection: close",
                        "Connection: x, Close",
                        "Expect: 100-continue",
                        "Content-Encoding: identity",
                        "Content-Encoding: gzip",
                        "Content-Length: " + random.nextInt(200),
                        "Transfer-Encoding: chunked",
                        "Transfer-Encoding: chunked, chunked",
                        "Transfer-Encoding: x",
                        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                        "Host: other",
                        "Cookie: a=b",
                        "X: " + "y".repeat(random.nextInt(300)),
                        "X:")
                + "\r\n";
    }

    /** Adds the fields that tell a body's end, and gives the body as it is sent. */
    private String framed(String body, List<String> fields) {
        if (random.nextInt(3) > 0) {
            int wrong = random.nextInt(15) == 0 ? random.nextInt(9) - 4 : 0;
            int length = Math.max(0, body.length() + wrong);
            if (length > 0 || random.nextBoolean()) {
                fields.add(
                        name("Content-Length")
                                + seldom("", "0", "+", "0x", "-")
                                + length
                                + seldom("", ",", ", " + length, ";", " "));
            }
            return body;
        }
        fields.add(
                name("Transfer-Encoding")
                        + seldom("chunked", "Chunked", "\u000bchunked", "chunked,", "xchunked"));
        StringBuilder chunks = new StringBuilder();
        int at = 0;
        while (at < body.length()) {
            int size = Math.min(body.length() - at, 1 + random.nextInt(30));
            int wrong = random.nextInt(60) == 0 ? random.nextInt(5) - 2 : 0;
            chunks.append(seldom("", "0", "0000000", "0x", " "))
                    .append(seldom(Integer.toHexString(size + wrong), String.valueOf(size)))
                    .append(seldom("", ";a=b", " ;a", " ", "\t;\"x\"", " a", ";a\rb"))
                    .append(seldom("\r\n", "\r\n", "\n", "\r"))
                    .append(body, at, at + size)
                    .append(seldom("\r\n", "\r\n", "\n", "xx", ""));
            at += size;
        }
        return chunks.append(seldom("0", "00", "0;x", "-0"))
                .append("\r\n")
                .append(seldom("", "X: y\r\n", "X: y\r\nContent-Length: 5\r\n", "x\r\n", ": y\r\n"))
                .append(seldom("\r\n", "\n", ""))
                .toString();
    }
}
