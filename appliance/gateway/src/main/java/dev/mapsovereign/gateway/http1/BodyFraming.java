package dev.mapsovereign.gateway.http1;

import dev.mapsovereign.gateway.http.Fields;
import dev.mapsovereign.gateway.http.RequestException;
import java.util.List;

/**
 * How long a request's body is (RFC 9112 §6). Every message for which two readers could come to
 * different lengths is refused: both fields, a repeated field, a list, a sign, an unknown coding.
 */
public sealed interface BodyFraming {
    /** Nine digits: far above any body that is accepted, and no overflow to think about. */
    int LENGTH_DIGITS_MAX = 9;

    /**
     * So many bytes.
     *
     * @param length not negative
     */
    record Length(long length) implements BodyFraming {}

    /** Chunks. */
    record Chunked() implements BodyFraming {}

    /** Reads it from the fields of a request. */
    static BodyFraming of(Fields fields, int minorVersion) throws RequestException {
        List<String> lengths = fields.all("content-length");
        List<String> codings = fields.all("transfer-encoding");
        if (codings.isEmpty()) {
            return new Length(lengths.isEmpty() ? 0 : length(lengths));
        }
        if (!lengths.isEmpty()) {
            throw RequestException.malformed(
                    "Content-Length and Transfer-Encoding exclude each other");
        }
        if (minorVersion == 0) {
            throw RequestException.malformed("HTTP/1.0 has no Transfer-Encoding");
        }
        if (codings.size() > 1 || !"chunked".equalsIgnoreCase(codings.getFirst())) {
            throw RequestException.malformed("the only Transfer-Encoding known here is chunked");
        }
        return new Chunked();
    }

    private static long length(List<String> lengths) throws RequestException {
        String text = lengths.getFirst();
        boolean digits = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
        if (lengths.size() > 1 || !digits) {
            throw RequestException.malformed("Content-Length is not one decimal number");
        }
        if (text.length() > LENGTH_DIGITS_MAX) {
            throw new RequestException(
                    dev.mapsovereign.base.error.ErrorCode.MESSAGE_TOO_LARGE,
                    "Content-Length has more than " + LENGTH_DIGITS_MAX + " digits");
        }
        return Long.parseLong(text);
    }
}
