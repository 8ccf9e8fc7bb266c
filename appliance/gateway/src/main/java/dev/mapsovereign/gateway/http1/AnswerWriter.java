package dev.mapsovereign.gateway.http1;

import dev.mapsovereign.gateway.http.Answer;
import dev.mapsovereign.gateway.http.Fields;
import dev.mapsovereign.gateway.listen.Connection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Sends an answer as HTTP/1.1. */
final class AnswerWriter {
    private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");

    private AnswerWriter() {}

    /**
     * Sends an answer; a whole one in one write, head and body.
     *
     * @param date the value of {@code Date}
     * @param close whether the connection ends after it
     * @param withBody false for the answer to {@code HEAD}: the length of a body that is not sent
     */
    static void send(
            Connection connection, Answer answer, String date, boolean close, boolean withBody)
            throws IOException {
        StringBuilder head = head(answer, date, close);
        switch (answer.body()) {
            case Answer.Whole(byte[] body) -> {
                head.append("content-length: ").append(body.length).append("\r\n\r\n");
                byte[] first = ascii(head.toString());
                if (withBody) {
                    byte[] all = Arrays.copyOf(first, first.length + body.length);
                    System.arraycopy(body, 0, all, first.length, body.length);
                    write(connection, all);
                } else {
                    write(connection, first);
                }
            }
            case Answer.Streamed(Answer.Source source) -> {
                try {
                    head.append("transfer-encoding: chunked\r\n\r\n");
                    write(connection, ascii(head.toString()));
                    if (withBody) {
                        source.writeTo(part -> chunk(connection, part));
                        write(connection, LAST_CHUNK);
                    }
                } finally {
                    source.close();
                }
            }
        }
    }

    private static StringBuilder head(Answer answer, String date, boolean close) {
        StringBuilder head = new StringBuilder(256);
        head.append("HTTP/1.1 ")
                .append(answer.status())
                .append(' ')
                .append(reason(answer.status()));
        head.append("\r\ndate: ").append(date);
        for (Fields.Field field : answer.fields()) {
            head.append("\r\n").append(field.name()).append(": ").append(field.value());
        }
        if (close) {
            head.append("\r\nconnection: close");
        }
        return head.append("\r\n");
    }

    private static void chunk(Connection connection, byte[] part) throws IOException {
        if (part.length == 0) {
            return;
        }
        byte[] size = ascii(Integer.toHexString(part.length) + "\r\n");
        byte[] all = Arrays.copyOf(size, size.length + part.length + 2);
        System.arraycopy(part, 0, all, size.length, part.length);
        all[all.length - 2] = '\r';
        all[all.length - 1] = '\n';
        write(connection, all);
    }

    private static void write(Connection connection, byte[] bytes) throws IOException {
        connection.write(bytes, 0, bytes.length);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The phrase of RFC 9110 §15; programs never read it, people do. */
    private static String reason(int status) {
        return switch (status) {
            case 200 -> "OK";
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
