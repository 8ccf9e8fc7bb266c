package dev.mapsovereign.gateway.http1;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.gateway.http.RequestException;
import dev.mapsovereign.gateway.listen.BodyBudget;
import dev.mapsovereign.gateway.listen.BodyBuffer;
import dev.mapsovereign.gateway.listen.Inlet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Reads one request's body (RFC 9112 §6–7). One thread.
 *
 * <p>Knows how much of the body is still on the wire, so that the connection can be reused only
 * when nothing of it is.
 */
final class BodyReader {
    /** Eight hexadecimal digits of a chunk's size are 4 GiB: more digits are only an attack. */
    private static final int CHUNK_SIZE_DIGITS_MAX = 8;

    /** A chunk's size line with its extensions, which are read over (RFC 9112 §7.1.1). */
    private static final int CHUNK_LINE_BYTES_MAX = 256;

    /** Trailer fields are read over: nothing here has a meaning for them. */
    private static final int TRAILER_BYTES_MAX = 8 * 1024;

    private final Inlet inlet;
    private final BodyFraming framing;
    private boolean whole;

    BodyReader(Inlet inlet, BodyFraming framing) {
        this.inlet = inlet;
        this.framing = framing;
        this.whole = framing instanceof BodyFraming.Length(long length) && length == 0;
    }

    /** Whether every byte of the body has been read. */
    boolean whole() {
        return whole;
    }

    /** Reads the whole body. */
    byte[] read(int bytesMax, BodyBudget.Share share) throws RequestException, IOException {
        return switch (framing) {
            case BodyFraming.Length(long length) -> {
                BodyBuffer body = new BodyBuffer(share, bytesMax, length);
                copy(length, body);
                whole = true;
                yield body.toByteArray();
            }
            case BodyFraming.Chunked() -> chunks(new BodyBuffer(share, bytesMax, -1));
        };
    }

    private byte[] chunks(BodyBuffer body) throws RequestException, IOException {
        while (true) {
            long size = chunkSize();
            if (size == 0) {
                trailers();
                whole = true;
                return body.toByteArray();
            }
            copy(size, body);
            if (next() != '\r' || next() != '\n') {
                throw RequestException.malformed("a chunk is not followed by CR LF");
            }
        }
    }

    private void copy(long count, BodyBuffer body) throws RequestException, IOException {
        long left = count;
        while (left > 0) {
            int room = body.room(left);
            int got = inlet.read(body.array(), body.length(), room);
            if (got < 0) {
                throw ended();
            }
            body.added(got);
            left -= got;
        }
    }

    private long chunkSize() throws RequestException, IOException {
        String line = line(CHUNK_LINE_BYTES_MAX);
        int digits = 0;
        while (digits < line.length() && Character.digit(line.charAt(digits), 16) >= 0) {
            digits++;
        }
        String rest = line.substring(digits).strip();
        if (digits == 0
                || digits > CHUNK_SIZE_DIGITS_MAX
                || !(rest.isEmpty() || rest.startsWith(";"))) {
            throw RequestException.malformed("a chunk's size is not a hexadecimal number");
        }
        return Long.parseLong(line, 0, digits, 16);
    }

    private void trailers() throws RequestException, IOException {
        int left = TRAILER_BYTES_MAX;
        while (true) {
            String line = line(left);
            if (line.isEmpty()) {
                return;
            }
            if (line.indexOf(':') <= 0) {
                throw RequestException.malformed("a trailer line is not a field");
            }
            left -= line.length() + 2;
        }
    }

    /** One line without its CR LF; control characters and a CR or LF that stands alone refused. */
    private String line(int bytesMax) throws RequestException, IOException {
        byte[] line = new byte[Math.max(0, Math.min(bytesMax, CHUNK_LINE_BYTES_MAX))];
        int length = 0;
        while (true) {
            int value = next();
            if (value == '\r') {
                if (next() != '\n') {
                    throw RequestException.malformed("a line does not end with CR LF");
                }
                return new String(line, 0, length, StandardCharsets.US_ASCII);
            }
            if ((value < ' ' && value != '\t') || value == 0x7f) {
                throw RequestException.malformed("a control character within chunked framing");
            }
            if (length == line.length) {
                throw RequestException.malformed("a line within chunked framing is too long");
            }
            line[length++] = (byte) value;
        }
    }

    private int next() throws RequestException, IOException {
        if (inlet.available() == 0 && !inlet.more()) {
            throw ended();
        }
        int value = inlet.buffer()[inlet.start()] & 0xff;
        inlet.use(1);
        return value;
    }

    private static RequestException ended() {
        return new RequestException(
                ErrorCode.MALFORMED_REQUEST, "the request body ended before its announced length");
    }
}
