package dev.mapsovereign.gateway.http1;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.gateway.http.Fields;
import dev.mapsovereign.gateway.http.Grammar;
import dev.mapsovereign.gateway.http.RequestException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the head of an HTTP/1 request out of bytes (RFC 9112 §2–5), strictly.
 *
 * <p>The RFC lets a server be lenient in many places (bare LF, folded lines, blanks before the
 * colon); each of them is a way to make two servers read one stream differently, so each is refused
 * here. No state, any thread.
 */
public final class HeadParser {
    private static final int FIELD_LINE = 2;

    private HeadParser() {}

    /**
     * Finds the end of a head.
     *
     * @param from where the head begins
     * @param scanned how far an earlier call has looked; not less than {@code from}
     * @param to where the bytes end
     * @return the index after the empty line that ends the head, or −1 when it is not here yet
     */
    public static int end(byte[] bytes, int from, int scanned, int to) {
        for (int at = Math.max(from, scanned - 3); at < to; at++) {
            if (bytes[at] != '\n') {
                continue;
            }
            if (at + 2 < to && bytes[at + 1] == '\r' && bytes[at + 2] == '\n') {
                return at + 3;
            }
            // A bare LF is refused by the parser; it must not make the client wait for its answer.
            if (at + 1 < to && bytes[at + 1] == '\n') {
                return at + 2;
            }
            if (at == from || (at == from + 1 && bytes[from] == '\r')) {
                return at + 1;
            }
        }
        return -1;
    }

    /**
     * Reads a head.
     *
     * @param from index of the request line's first byte
     * @param to index after the empty line
     * @param fieldsMax the most header fields that are accepted
     * @throws RequestException {@code malformed_request} or {@code headers_too_large}
     */
    public static RequestHead parse(byte[] bytes, int from, int to, int fieldsMax)
            throws RequestException {
        int lineEnd = lineEnd(bytes, from, to);
        String line = new String(bytes, from, lineEnd - from, StandardCharsets.ISO_8859_1);
        int first = line.indexOf(' ');
        int last = line.lastIndexOf(' ');
        if (first < 0 || last != line.indexOf(' ', first + 1)) {
            throw RequestException.malformed(
                    "the request line is not: method, target and version with one blank between");
        }
        String method = line.substring(0, first);
        Grammar.requireToken(method, "the method");
        int minorVersion = minorVersion(line.substring(last + 1));
        Fields fields = fields(bytes, lineEnd + FIELD_LINE, to, fieldsMax);
        Target target = Target.parse(line.substring(first + 1, last), method);
        String authority = target.authority().orElse(Target.host(fields, minorVersion));
        return new RequestHead(
                method,
                target.pathAndQuery(),
                authority,
                minorVersion,
                fields,
                BodyFraming.of(fields, minorVersion));
    }

    /**
     * Reads header fields or trailer fields up to the empty line.
     *
     * @param from index of the first field line's first byte
     * @param to index after the empty line
     */
    static Fields fields(byte[] bytes, int from, int to, int fieldsMax) throws RequestException {
        Fields.Builder fields = Fields.builder();
        int at = from;
        int count = 0;
        while (true) {
            int lineEnd = lineEnd(bytes, at, to);
            if (lineEnd == at) {
                return fields.build();
            }
            if (++count > fieldsMax) {
                throw new RequestException(
                        ErrorCode.HEADERS_TOO_LARGE, "more than " + fieldsMax + " header fields");
            }
            field(bytes, at, lineEnd, fields);
            at = lineEnd + FIELD_LINE;
        }
    }

    private static void field(byte[] bytes, int from, int to, Fields.Builder fields)
            throws RequestException {
        int colon = from;
        while (colon < to && bytes[colon] != ':') {
            colon++;
        }
        if (colon == to) {
            throw RequestException.malformed("a header line has no colon");
        }
        String name = new String(bytes, from, colon - from, StandardCharsets.ISO_8859_1);
        Grammar.requireToken(name, "a header field's name");
        int start = colon + 1;
        int end = to;
        while (start < end && blank(bytes[start])) {
            start++;
        }
        while (end > start && blank(bytes[end - 1])) {
            end--;
        }
        for (int at = start; at < end; at++) {
            int value = bytes[at] & 0xff;
            if ((value < ' ' && value != '\t') || value == 0x7f) {
                throw RequestException.malformed(
                        "a header field's value holds a control character");
            }
        }
        fields.add(name, new String(bytes, start, end - start, StandardCharsets.ISO_8859_1));
    }

    /** Index of the CR that ends the line; refuses a CR or LF that stands alone. */
    private static int lineEnd(byte[] bytes, int from, int to) throws RequestException {
        for (int at = from; at < to; at++) {
            if (bytes[at] == '\r' && at + 1 < to && bytes[at + 1] == '\n') {
                return at;
            }
            if (bytes[at] == '\r' || bytes[at] == '\n') {
                throw RequestException.malformed("a line does not end with CR LF");
            }
        }
        throw RequestException.malformed("the head ends within a line");
    }

    private static int minorVersion(String version) throws RequestException {
        return switch (version) {
            case "HTTP/1.1" -> 1;
            case "HTTP/1.0" -> 0;
            default ->
                    throw RequestException.malformed(
                            "the version in the request line is neither HTTP/1.1 nor HTTP/1.0");
        };
    }

    private static boolean blank(byte value) {
        return value == ' ' || value == '\t';
    }
}
