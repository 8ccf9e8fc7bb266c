package dev.mapsovereign.gateway.http1;

import dev.mapsovereign.gateway.http.Answer;
import dev.mapsovereign.gateway.http.Fields;
import java.nio.charset.StandardCharsets;

/** Puts an answer into HTTP/1.1 bytes, head and body in one piece so that one write sends both. */
public final class AnswerWriter {
    private static final byte[] CRLF = {'\r', '\n'};

    private AnswerWriter() {}

    /**
     * The bytes of an answer.
     *
     * @param date the value of {@code Date}
     * @param close whether the connection ends after it
     * @param withBody false for the answer to {@code HEAD}: the length of a body that is not sent
     */
    public static byte[] bytes(Answer answer, String date, boolean close, boolean withBody) {
        StringBuilder head = new StringBuilder(256);
        head.append("HTTP/1.1 ")
                .append(answer.status())
                .append(' ')
                .append(reason(answer.status()));
        head.append("\r\ndate: ").append(date);
        for (Fields.Field field : answer.fields()) {
            head.append("\r\n").append(field.name()).append(": ").append(field.value());
        }
        head.append("\r\ncontent-length: ").append(answer.body().length);
        if (close) {
            head.append("\r\nconnection: close");
        }
        head.append("\r\n");
        byte[] first = head.toString().getBytes(StandardCharsets.US_ASCII);
        int bodyLength = withBody ? answer.body().length : 0;
        byte[] all = new byte[first.length + CRLF.length + bodyLength];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(CRLF, 0, all, first.length, CRLF.length);
        System.arraycopy(answer.body(), 0, all, first.length + CRLF.length, bodyLength);
        return all;
    }

    /** The phrase of RFC 9110 §15; programs never read it, people do. */
    static String reason(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 202 -> "Accepted";
            case 204 -> "No Content";
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 408 -> "Request Timeout";
            case 409 -> "Conflict";
            case 413 -> "Content Too Large";
            case 415 -> "Unsupported Media Type";
            case 422 -> "Unprocessable Content";
            case 429 -> "Too Many Requests";
            case 431 -> "Request Header Fields Too Large";
            case 500 -> "Internal Server Error";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            case 504 -> "Gateway Timeout";
            default -> "Status";
        };
    }
}
