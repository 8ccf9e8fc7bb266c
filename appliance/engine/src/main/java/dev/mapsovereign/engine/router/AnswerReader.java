package dev.mapsovereign.engine.router;

import dev.mapsovereign.engine.Limits;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads one HTTP/1.1 answer (RFC 9112), strictly: what could be read in two ways is refused, since
 * two readings of where an answer ends are how answers get to the wrong caller. The buffer is kept
 * from answer to answer; bytes after an answer's end make the connection unusable, because nobody
 * asked for them. Used by one thread at a time.
 */
final class AnswerReader {
    private static final int BUFFER_BYTES = 16 * 1024;

    /** Longer than any size that fits the bound on bodies. */
    private static final int SIZE_DIGITS_MAX = 10;

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int at;
    private int end;
    private int headBytes;

    AnswerReader(InputStream in) {
        this.in = in;
    }

    /** Headers that matter, as they are found. */
    private static final class Head {
        private int status;
        private boolean keepAlive = true;
        private boolean chunked;
        private long length = -1;
        private String contentType = "";
        private Optional<String> retryAfter = Optional.empty();
    }

    /** Whether no byte of the answer that is being read has come yet. */
    boolean nothingRead() {
        return headBytes == 0;
    }

    /**
     * Reads one answer.
     *
     * @throws EOFException when the connection ends; before the first byte its message is null
     * @throws IOException when the answer is malformed or larger than its bounds
     */
    UpstreamAnswer read() throws IOException {
        headBytes = 0;
        Head head = readHead();
        while (head.status < 200) {
            // RFC 9110 §15.2: a client must be able to parse interim answers, and may ignore them.
            head = readHead();
        }
        byte[] body = readBody(head);
        boolean reusable = head.keepAlive && at == end;
        return new UpstreamAnswer(head.status, head.contentType, head.retryAfter, body, reusable);
    }

    private Head readHead() throws IOException {
        Head head = new Head();
        String statusLine = line();
        // "HTTP/1.1 200 OK"; the reason may be missing.
        if (statusLine.length() < 12
                || !(statusLine.startsWith("HTTP/1.1 ") || statusLine.startsWith("HTTP/1.0 "))
                || (statusLine.length() > 12 && statusLine.charAt(12) != ' ')) {
            throw new IOException("the answer is not HTTP/1.1");
        }
        head.status = number(statusLine.substring(9, 12), 10);
        head.keepAlive = statusLine.charAt(7) == '1';
        if (head.status < 100 || head.status > 599) {
            throw new IOException("the answer has the status " + head.status);
        }
        for (String field = line(); !field.isEmpty(); field = line()) {
            readField(head, field);
        }
        if (head.chunked && head.length >= 0) {
            throw new IOException("the answer has both Transfer-Encoding and Content-Length");
        }
        return head;
    }

    private static void readField(Head head, String field) throws IOException {
        int colon = field.indexOf(':');
        if (colon < 1 || field.charAt(colon - 1) == ' ' || field.charAt(0) == ' ') {
            throw new IOException("the answer has a malformed header");
        }
        String value = field.substring(colon + 1).strip();
        switch (field.substring(0, colon).toLowerCase(Locale.ROOT)) {
            case "content-length" -> {
                int length = number(value, 10);
                if (head.length >= 0 && head.length != length) {
                    throw new IOException("the answer has two lengths");
                }
                head.length = length;
            }
            case "transfer-encoding" -> {
                if (head.chunked || !value.equalsIgnoreCase("chunked")) {
                    throw new IOException("the answer's transfer encoding is not chunked alone");
                }
                head.chunked = true;
            }
            case "connection" -> {
                String options = value.toLowerCase(Locale.ROOT);
                head.keepAlive =
                        options.contains("close")
                                ? false
                                : head.keepAlive || options.contains("keep-alive");
            }
            case "content-type" ->
                    head.contentType = value.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
            case "retry-after" -> head.retryAfter = Optional.of(value);
            case "content-encoding" ->
                    throw new IOException("the answer is encoded though that was not asked for");
            default -> {
                // Nothing else matters here.
            }
        }
    }

    private byte[] readBody(Head head) throws IOException {
        if (head.status == 204 || head.status == 304) {
            return new byte[0];
        }
        if (head.chunked) {
            return readChunks();
        }
        if (head.length < 0) {
            // RFC 9112 §6.3: without length the body ends with the connection.
            head.keepAlive = false;
            return readToEnd();
        }
        if (head.length > Limits.UPSTREAM_BODY_BYTES_MAX) {
            throw tooLarge();
        }
        byte[] body = new byte[(int) head.length];
        readFully(body, 0, body.length);
        return body;
    }

    private byte[] readChunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String sizeLine = line();
            int extension = sizeLine.indexOf(';');
            String sizeText = extension < 0 ? sizeLine : sizeLine.substring(0, extension);
            int size = number(sizeText.strip(), 16);
            if (size > Limits.UPSTREAM_BODY_BYTES_MAX - body.size()) {
                throw tooLarge();
            }
            if (size == 0) {
                skipTrailers();
                return body.toByteArray();
            }
            byte[] chunk = new byte[size];
            readFully(chunk, 0, size);
            body.write(chunk, 0, size);
            if (!line().isEmpty()) {
                throw new IOException("a chunk of the answer is longer than it says");
            }
        }
    }

    private void skipTrailers() throws IOException {
        while (!line().isEmpty()) {
            // Trailers are counted against the bound on headers and otherwise ignored.
        }
    }

    private byte[] readToEnd() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (at < end || fill()) {
            if (end - at > Limits.UPSTREAM_BODY_BYTES_MAX - body.size()) {
                throw tooLarge();
            }
            body.write(buffer, at, end - at);
            at = end;
        }
        return body.toByteArray();
    }

    private void readFully(byte[] target, int from, int length) throws IOException {
        int filled = Math.min(length, end - at);
        System.arraycopy(buffer, at, target, from, filled);
        at += filled;
        while (filled < length) {
            int read = in.read(target, from + filled, length - filled);
            if (read < 0) {
                throw new EOFException("the answer ended in the middle");
            }
            filled += read;
        }
    }

    /** One line of a head without its line end; CR LF alone ends a line. */
    private String line() throws IOException {
        byte[] line = new byte[128];
        int length = 0;
        while (true) {
            if (at == end && !fill()) {
                if (headBytes == 0) {
                    throw new EOFException();
                }
                throw new EOFException("the answer ended in its head");
            }
            byte next = buffer[at++];
            if (++headBytes > Limits.UPSTREAM_HEAD_BYTES_MAX) {
                throw new IOException("the answer's head is too large");
            }
            if (next == '\n') {
                if (length == 0 || line[length - 1] != '\r') {
                    throw new IOException("a line of the answer's head ends in a bare line feed");
                }
                return new String(line, 0, length - 1, StandardCharsets.ISO_8859_1);
            }
            if (length == line.length) {
                line = Arrays.copyOf(line, 2 * length);
            }
            line[length++] = next;
        }
    }

    private boolean fill() throws IOException {
        int read = in.read(buffer, 0, buffer.length);
        at = 0;
        end = Math.max(0, read);
        return read > 0;
    }

    private static int number(String text, int radix) throws IOException {
        boolean digits =
                !text.isEmpty()
                        && text.length() <= SIZE_DIGITS_MAX
                        && text.chars().allMatch(c -> c < 0x80 && Character.digit(c, radix) >= 0);
        long value = digits ? Long.parseLong(text, radix) : -1;
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new IOException("the answer has a malformed number");
        }
        return (int) value;
    }

    private static IOException tooLarge() {
        return new IOException(
                "the answer is larger than " + Limits.UPSTREAM_BODY_BYTES_MAX + " bytes");
    }
}
