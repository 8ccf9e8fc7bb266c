package dev.mapsovereign.gateway;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where requests begin and end in a stream, by the grammar of RFC 9112 written down as patterns;
 * shares no code with the gateway. What the gateway refuses although the RFC lets it pass (bare LF,
 * folded lines, more fields than are granted) is refused here as well.
 */
final class DullHttp {
    private static final int HEAD_BYTES_MAX = 32 * 1024;
    private static final int FIELDS_MAX = 100;
    private static final int LINE_BYTES_MAX = 256;
    private static final int TRAILER_BYTES_MAX = 8 * 1024;

    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private static final Pattern REQUEST_LINE =
            Pattern.compile("(" + TOKEN + ") ([!-~]+) HTTP/1\\.([01])");
    private static final Pattern ATTEMPT = Pattern.compile("([^ \r\n]*) [^ \r\n]* HTTP/");
    private static final Pattern FIELD =
            Pattern.compile("(" + TOKEN + "):[ \\t]*([\\t -~\\u0080-\\u00ff]*?)[ \\t]*");
    private static final String AUTHORITY = "[0-9A-Za-z._~:\\[\\]-]{1,261}";
    private static final Pattern PATH = Pattern.compile("/[^#]*");
    private static final Pattern ABSOLUTE =
            Pattern.compile("(?i:https?)://" + AUTHORITY + "(/[^#]*)?");
    private static final Pattern CHUNK_LINE =
            Pattern.compile("([0-9A-Fa-f]{1,8})[ \\t]*(;[\\t -~\\u0080-\\u00ff]*)?");
    private static final Pattern TRAILER =
            Pattern.compile("[\\t -9;-~\\u0080-\\u00ff]+:[\\t -~\\u0080-\\u00ff]*");

    private final String stream;
    private int at;

    DullHttp(byte[] stream) {
        this.stream = new String(stream, StandardCharsets.ISO_8859_1);
    }

    /** What stands at one place of a stream. */
    sealed interface Message {
        /** As far as it can be told; empty otherwise. */
        String method();
    }

    /** Nothing more. */
    record Nothing(String method) implements Message {}

    /** The beginning of a head. */
    record Unfinished(String method) implements Message {}

    /** A head that must be refused. */
    record Refused(String method) implements Message {}

    /**
     * A good head.
     *
     * @param start where it begins
     * @param persistent whether another request may follow
     * @param body empty, and {@code whole} false, when the body breaks the grammar or is cut off
     */
    record Request(
            int start, String method, String path, boolean persistent, byte[] body, boolean whole)
            implements Message {}

    /** Reads on; nothing may be asked after anything but a whole request. */
    Message next() {
        if (stream.startsWith("\r\n", at)) {
            at += 2;
        }
        if (at == stream.length()) {
            return new Nothing("");
        }
        int end = endOfHead();
        if ((end < 0 ? stream.length() : end) - at > HEAD_BYTES_MAX) {
            return new Refused(method());
        }
        return end < 0 ? new Unfinished(method()) : request(end);
    }

    private String method() {
        Matcher line = ATTEMPT.matcher(stream).region(at, stream.length());
        return line.lookingAt() ? line.group(1) : "";
    }

    private int endOfHead() {
        if (stream.startsWith("\n", at)) {
            return at + 1;
        }
        if (stream.startsWith("\r\n", at)) {
            return at + 2;
        }
        Matcher end = Pattern.compile("\n\r?\n").matcher(stream);
        return end.find(at) ? end.end() : -1;
    }

    private Message request(int end) {
        int start = at;
        List<String> lines = List.of(stream.substring(at, end).split("\r\n", -1));
        Matcher line = REQUEST_LINE.matcher(lines.getFirst());
        // An empty line and the text behind it, which is empty, are the last two.
        if (!stream.substring(at, end).endsWith("\r\n\r\n")
                || !line.matches()
                || lines.size() - 3 > FIELDS_MAX) {
            return new Refused(method());
        }
        boolean newer = line.group(3).equals("1");
        List<String> hosts = new ArrayList<>();
        List<String> lengths = new ArrayList<>();
        List<String> codings = new ArrayList<>();
        boolean close = !newer;
        for (String each : lines.subList(1, lines.size() - 2)) {
            Matcher field = FIELD.matcher(each);
            if (!field.matches()) {
                return new Refused(method());
            }
            String value = field.group(2);
            switch (field.group(1).toLowerCase(Locale.ROOT)) {
                case "host" -> hosts.add(value);
                case "content-length" -> lengths.add(value);
                case "transfer-encoding" -> codings.add(value.toLowerCase(Locale.ROOT));
                case "connection" -> close |= value.matches("(?i)(.*,)?[ \t]*close[ \t]*(,.*)?");
                default -> {}
            }
        }
        String path = path(line.group(2), line.group(1));
        boolean oneHost = hosts.size() == 1 && hosts.getFirst().matches(AUTHORITY);
        boolean framed =
                codings.isEmpty()
                        ? lengths.isEmpty()
                                || (lengths.size() == 1 && lengths.getFirst().matches("[0-9]{1,9}"))
                        : lengths.isEmpty() && newer && codings.equals(List.of("chunked"));
        if (path.isEmpty() || !(oneHost || (hosts.isEmpty() && !newer)) || !framed) {
            return new Refused(method());
        }
        at = end;
        StringBuilder body = new StringBuilder();
        boolean whole =
                codings.isEmpty()
                        ? take(lengths.isEmpty() ? 0 : Long.parseLong(lengths.getFirst()), body)
                        : chunks(body);
        return new Request(
                start,
                line.group(1),
                path,
                !close,
                (whole ? body.toString() : "").getBytes(StandardCharsets.ISO_8859_1),
                whole);
    }

    /** Empty when the target is none. */
    private static String path(String target, String method) {
        Matcher absolute = ABSOLUTE.matcher(target);
        String path;
        if (PATH.matcher(target).matches() || (target.equals("*") && method.equals("OPTIONS"))) {
            path = target;
        } else if (absolute.matches()) {
            path = absolute.group(1) == null ? "/" : absolute.group(1);
        } else {
            return "";
        }
        return path.split("\\?", 2)[0];
    }

    private boolean take(long count, StringBuilder body) {
        if (count > stream.length() - at) {
            return false;
        }
        body.append(stream, at, at + (int) count);
        at += (int) count;
        return true;
    }

    private boolean chunks(StringBuilder body) {
        while (true) {
            Matcher line = CHUNK_LINE.matcher(line(LINE_BYTES_MAX));
            if (!line.matches()) {
                return false;
            }
            long size = Long.parseLong(line.group(1), 16);
            if (size == 0) {
                return trailers();
            }
            if (!take(size, body) || !stream.startsWith("\r\n", at)) {
                return false;
            }
            at += 2;
        }
    }

    private boolean trailers() {
        int left = TRAILER_BYTES_MAX;
        while (true) {
            if (stream.startsWith("\r\n", at)) {
                at += 2;
                return true;
            }
            String line = line(Math.min(left, LINE_BYTES_MAX));
            if (!TRAILER.matcher(line).matches()) {
                return false;
            }
            left -= line.length() + 2;
        }
    }

    /** A line; one without its end, or longer than that, is empty, which no caller takes. */
    private String line(int max) {
        int end = stream.indexOf("\r\n", at);
        if (end < 0 || end - at > max) {
            return "";
        }
        String line = stream.substring(at, end);
        at = end + 2;
        return line;
    }
}
