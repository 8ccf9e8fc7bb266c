package dev.mapsovereign.engine.router;

import dev.mapsovereign.engine.Limits;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads one HTTP/1.1 answer (RFC 9112), strictly: what could be read in two ways is refused, since
 * two readings of where an answer ends are how answers get to the wrong caller. The buffer is kept
 * from answer to answer; bytes after an answer's end make the connection unusable, because nobody
 * asked for them. Used by one thread at a time.
 *
 * <p>Lines are looked at where they lie in the buffer: of the dozen fields that servers send, five
 * matter here, and the others never become objects.
 */
final class AnswerReader {
    /** As long as the longest head, so that each of its lines fits. */
    private static final int BUFFER_BYTES = Limits.UPSTREAM_HEAD_BYTES_MAX;

    /** Longer than any size that fits the bound on bodies. */
    private static final int SIZE_DIGITS_MAX = 10;

    /** A chunk's size with whatever extension nobody reads. */
    private static final int CHUNK_LINE_BYTES_MAX = 256;

    private static final byte[] NO_BODY = {};
    private static final byte[] CONTENT_LENGTH = name("content-length");
    private static final byte[] TRANSFER_ENCODING = name("transfer-encoding");
    private static final byte[] CONNECTION = name("connection");
    private static final byte[] RETRY_AFTER = name("retry-after");
    private static final byte[] CONTENT_ENCODING = name("content-encoding");
    private static final byte[] CONTENT_TYPE = name("content-type");
    private static final String EVENT_STREAM = "text/event-stream";

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int at;
    private int end;

    /** Where the line that was read last begins and ends, its line end left out. */
    private int lineFrom;

    private int lineTo;
    private int headBytes;

    AnswerReader(InputStream in) {
        this.in = in;
    }

    private static byte[] name(String field) {
        return field.getBytes(StandardCharsets.US_ASCII);
    }

    /** Headers that matter, as they are found. */
    private static final class Head {
        private int status;
        private boolean keepAlive = true;
        private boolean chunked;
        private boolean eventStream;
        private long length = -1;
        private Optional<String> retryAfter = Optional.empty();
    }

    /** Whether no byte of the answer that is being read has come yet. */
    boolean nothingRead() {
        return headBytes == 0 && at == end;
    }

    /**
     * Reads one answer.
     *
     * @param events whether server-sent events are left to be read from {@link #content}; then
     *     nothing else may be read before they are
     * @throws EOFException when the connection ends; before the first byte its message is null
     * @throws IOException when the answer is malformed or larger than its bounds
     */
    Read read(boolean events) throws IOException {
        headBytes = 0;
        Head head = readHead();
        while (head.status < 200) {
            // RFC 9110 §15.2: a client must be able to parse interim answers, and may ignore them.
            head = readHead();
        }
        if (events && head.eventStream && head.status == 200) {
            if (!head.chunked && head.length < 0) {
                throw new IOException("the event stream does not say where it ends");
            }
            return new Read(
                    head.status, head.retryAfter, NO_BODY, false, Optional.of(content(head)));
        }
        byte[] body = readBody(head);
        boolean reusable = head.keepAlive && at == end;
        return new Read(head.status, head.retryAfter, body, reusable, Optional.empty());
    }

    /**
     * What was read.
     *
     * @param reusable whether the connection may carry another request
     * @param content in the place of the body: what is to be read as it comes; ends where the
     *     answer does, and throws {@link EOFException} where the connection ends before
     */
    record Read(
            int status,
            Optional<String> retryAfter,
            byte[] body,
            boolean reusable,
            Optional<InputStream> content) {}

    private InputStream content(Head head) {
        return new InputStream() {
            // Of the chunk, or of the whole content.
            private long left = head.chunked ? 0 : head.length;

            private boolean firstChunk = true;
            private boolean over = !head.chunked && head.length == 0;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] target, int from, int length) throws IOException {
                if (!over && left == 0) {
                    nextChunk();
                }
                if (over) {
                    return -1;
                }
                if (at == end && !fill()) {
                    throw new EOFException("the answer ended in the middle");
                }
                int got = (int) Math.min(Math.min(length, left), end - at);
                System.arraycopy(buffer, at, target, from, got);
                at += got;
                left -= got;
                over = !head.chunked && left == 0;
                return got;
            }

            private void nextChunk() throws IOException {
                if (!firstChunk) {
                    requireChunkEnd();
                }
                firstChunk = false;
                left = chunkSize();
                if (left == 0) {
                    skipTrailers();
                    over = true;
                }
            }
        };
    }

    private Head readHead() throws IOException {
        Head head = new Head();
        headLine();
        // "HTTP/1.1 200 OK"; the reason may be missing.
        int length = lineTo - lineFrom;
        boolean http =
                length >= 12
                        && buffer[lineFrom] == 'H'
                        && buffer[lineFrom + 1] == 'T'
                        && buffer[lineFrom + 2] == 'T'
                        && buffer[lineFrom + 3] == 'P'
                        && buffer[lineFrom + 4] == '/'
                        && buffer[lineFrom + 5] == '1'
                        && buffer[lineFrom + 6] == '.'
                        && (buffer[lineFrom + 7] == '1' || buffer[lineFrom + 7] == '0')
                        && buffer[lineFrom + 8] == ' '
                        && (length == 12 || buffer[lineFrom + 12] == ' ');
        if (!http) {
            throw new IOException("the answer is not HTTP/1.1");
        }
        head.keepAlive = buffer[lineFrom + 7] == '1';
        head.status = number(text(lineFrom + 9, lineFrom + 12), 10);
        if (head.status < 100 || head.status > 599) {
            throw new IOException("the answer has the status " + head.status);
        }
        headLine();
        while (lineFrom < lineTo) {
            readField(head);
            headLine();
        }
        if (head.chunked && head.length >= 0) {
            throw new IOException("the answer has both Transfer-Encoding and Content-Length");
        }
        return head;
    }

    private void readField(Head head) throws IOException {
        int colon = lineFrom;
        while (colon < lineTo && buffer[colon] != ':') {
            colon++;
        }
        if (colon == lineFrom
                || colon == lineTo
                || buffer[colon - 1] == ' '
                || buffer[lineFrom] == ' ') {
            throw new IOException("the answer has a malformed header");
        }
        switch (colon - lineFrom) {
            case 10 -> {
                if (isName(CONNECTION)) {
                    readConnection(head, value(colon));
                }
            }
            case 11 -> {
                if (isName(RETRY_AFTER)) {
                    head.retryAfter = Optional.of(value(colon));
                }
            }
            case 14 -> {
                if (isName(CONTENT_LENGTH)) {
                    readLength(head, value(colon));
                }
            }
            case 12 -> {
                if (isName(CONTENT_TYPE)) {
                    String type = value(colon).toLowerCase(Locale.ROOT);
                    head.eventStream = type.split(";", 2)[0].strip().equals(EVENT_STREAM);
                }
            }
            case 16 -> {
                if (isName(CONTENT_ENCODING)) {
                    throw new IOException("the answer is encoded though that was not asked for");
                }
            }
            case 17 -> {
                if (isName(TRANSFER_ENCODING)) {
                    readEncoding(head, value(colon));
                }
            }
            default -> {
                // Nothing else matters here.
            }
        }
    }

    private static void readConnection(Head head, String value) {
        String options = value.toLowerCase(Locale.ROOT);
        head.keepAlive =
                !options.contains("close") && (head.keepAlive || options.contains("keep-alive"));
    }

    private static void readLength(Head head, String value) throws IOException {
        int length = number(value, 10);
        if (head.length >= 0 && head.length != length) {
            throw new IOException("the answer has two lengths");
        }
        head.length = length;
    }

    private static void readEncoding(Head head, String value) throws IOException {
        if (head.chunked || !value.equalsIgnoreCase("chunked")) {
            throw new IOException("the answer's transfer encoding is not chunked alone");
        }
        head.chunked = true;
    }

    /** Whether the line begins with that name, which is in lower case; its length fits already. */
    private boolean isName(byte[] name) {
        for (int offset = 0; offset < name.length; offset++) {
            byte found = buffer[lineFrom + offset];
            byte lower = found >= 'A' && found <= 'Z' ? (byte) (found + 32) : found;
            if (lower != name[offset]) {
                return false;
            }
        }
        return true;
    }

    private String value(int colon) {
        return text(colon + 1, lineTo).strip();
    }

    private String text(int from, int to) {
        return new String(buffer, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private byte[] readBody(Head head) throws IOException {
        if (head.status == 204 || head.status == 304) {
            return NO_BODY;
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
            int size = chunkSize();
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
            requireChunkEnd();
        }
    }

    private int chunkSize() throws IOException {
        line(CHUNK_LINE_BYTES_MAX, "a chunk's size");
        String sizeLine = text(lineFrom, lineTo);
        int extension = sizeLine.indexOf(';');
        String sizeText = extension < 0 ? sizeLine : sizeLine.substring(0, extension);
        return number(sizeText.strip(), 16);
    }

    private void requireChunkEnd() throws IOException {
        line(CHUNK_LINE_BYTES_MAX, "a chunk's end");
        if (lineFrom < lineTo) {
            throw new IOException("a chunk of the answer is longer than it says");
        }
    }

    /** Trailers are counted against the bound on headers and otherwise ignored. */
    private void skipTrailers() throws IOException {
        do {
            headLine();
        } while (lineFrom < lineTo);
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

    /** One line of the head or of the trailers; all of them together have one bound. */
    private void headLine() throws IOException {
        headBytes += line(Limits.UPSTREAM_HEAD_BYTES_MAX - headBytes, "the answer's head");
    }

    /**
     * Finds the next line; CR LF alone ends one.
     *
     * @param most how long it may be with its line end
     * @return how long it is with its line end
     */
    private int line(int most, String what) throws IOException {
        int from = at;
        int scanned = from;
        while (true) {
            while (scanned < end && buffer[scanned] != '\n') {
                scanned++;
            }
            int length = scanned - from + 1;
            if (length > most) {
                throw new IOException(what + " is too large");
            }
            if (scanned < end) {
                if (length < 2 || buffer[scanned - 1] != '\r') {
                    throw new IOException("a line of the answer's head ends in a bare line feed");
                }
                lineFrom = from;
                lineTo = scanned - 1;
                at = scanned + 1;
                return length;
            }
            scanned -= from;
            fillBehind();
            from = 0;
        }
    }

    /** Reads more behind what is there, which is moved to the buffer's begin. */
    private void fillBehind() throws IOException {
        System.arraycopy(buffer, at, buffer, 0, end - at);
        end -= at;
        at = 0;
        int read = in.read(buffer, end, buffer.length - end);
        if (read <= 0) {
            if (nothingRead()) {
                throw new EOFException();
            }
            throw new EOFException("the answer ended in the middle");
        }
        end += read;
    }

    private boolean fill() throws IOException {
        int read = in.read(buffer, 0, buffer.length);
        at = 0;
        end = Math.max(0, read);
        return read > 0;
    }

    private static int number(String text, int radix) throws IOException {
        boolean digits = !text.isEmpty() && text.length() <= SIZE_DIGITS_MAX;
        for (int index = 0; digits && index < text.length(); index++) {
            char digit = text.charAt(index);
            digits = digit < 0x80 && Character.digit(digit, radix) >= 0;
        }
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
