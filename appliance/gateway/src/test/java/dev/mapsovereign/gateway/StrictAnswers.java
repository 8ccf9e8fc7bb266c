package dev.mapsovereign.gateway;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes a stream of answers apart; whatever is not exactly HTTP/1.1 is an error. */
final class StrictAnswers {
    private static final Pattern STATUS_LINE =
            Pattern.compile("HTTP/1\\.1 ([1-5][0-9]{2}) [A-Za-z ]+");
    private static final Pattern FIELD = Pattern.compile("([a-z0-9-]+): ([!-~]([ -~]*[!-~])?)");
    private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

    /** Fields that an answer may have more than once. */
    private static final List<String> LISTS = List.of("www-authenticate");

    private final String stream;
    private int at;

    StrictAnswers(byte[] stream) {
        this.stream = new String(stream, StandardCharsets.ISO_8859_1);
    }

    /** One answer. */
    record Answer(int status, Map<String, String> fields, byte[] body) {
        /** Whether it is the connection's last. */
        boolean closing() {
            return "close".equals(fields.get("connection"));
        }
    }

    /**
     * The next final answer.
     *
     * @param head whether it answers {@code HEAD}
     */
    Optional<Answer> next(boolean head) {
        while (stream.startsWith(CONTINUE, at)) {
            at += CONTINUE.length();
        }
        if (at == stream.length()) {
            return Optional.empty();
        }
        Matcher status = STATUS_LINE.matcher(line());
        require(status.matches(), "no status line");
        Map<String, String> fields = new LinkedHashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            Matcher field = FIELD.matcher(line);
            require(field.matches(), "no field: " + line);
            String before = fields.put(field.group(1), field.group(2));
            require(before == null || LISTS.contains(field.group(1)), "twice: " + line);
        }
        require(fields.containsKey("date"), "no date");
        require(!fields.containsKey("transfer-encoding"), "nothing here is streamed");
        String length = fields.getOrDefault("content-length", "");
        require(length.matches("0|[1-9][0-9]{0,8}"), "no length");
        int count = head ? 0 : Integer.parseInt(length);
        require(at + count <= stream.length(), "cut off");
        String body = stream.substring(at, at + count);
        at += count;
        return Optional.of(
                new Answer(
                        Integer.parseInt(status.group(1)),
                        fields,
                        body.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private String line() {
        int end = stream.indexOf("\r\n", at);
        require(end >= 0, "no end of a line");
        String line = stream.substring(at, end);
        at = end + 2;
        return line;
    }

    private void require(boolean good, String otherwise) {
        if (!good) {
            throw new AssertionError(otherwise + " before byte " + at);
        }
    }
}
