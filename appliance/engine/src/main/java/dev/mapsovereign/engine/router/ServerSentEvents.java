package dev.mapsovereign.engine.router;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads a stream of server-sent events (WHATWG HTML §9.2.6). Of the fields {@code event} and {@code
 * data} are kept; comments, {@code id}, {@code retry} and whatever else there is are passed over.
 * An event without a blank line behind it is none. Used by one thread.
 */
final class ServerSentEvents {
    /** Beside the data: names, comments. */
    private static final int OTHER_BYTES_MAX = 4 << 10;

    private static final int NAME_BYTES_MAX = 64;

    private final InputStream in;
    private final int dataBytesMax;
    private final long bytesMax;
    private final byte[] buffer = new byte[8 << 10];
    private int at;
    private int end;
    private long taken;
    private boolean begun;

    /** The last line ended in CR, so that a line feed behind it belongs to it. */
    private boolean afterReturn;

    /**
     * Reads from that stream.
     *
     * @param dataBytesMax data of one event
     * @param bytesMax the whole stream, with all that is passed over
     */
    ServerSentEvents(InputStream in, int dataBytesMax, long bytesMax) {
        this.in = in;
        this.dataBytesMax = dataBytesMax;
        this.bytesMax = bytesMax;
    }

    /**
     * One event.
     *
     * @param name {@code message} where the stream says none
     * @param data its lines, with line feeds between
     */
    record Event(String name, byte[] data) {}

    /**
     * Waits for the next event.
     *
     * @return empty at the stream's end
     * @throws IOException when the stream breaks, or is larger than its bounds
     */
    Optional<Event> next() throws IOException {
        String name = "message";
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        boolean hasData = false;
        for (Optional<byte[]> line = line(); line.isPresent(); line = line()) {
            byte[] bytes = line.get();
            if (bytes.length == 0) {
                if (hasData) {
                    return Optional.of(new Event(name, data.toByteArray()));
                }
                name = "message";
                continue;
            }
            int colon = colon(bytes);
            String field = new String(bytes, 0, colon, StandardCharsets.UTF_8);
            int from = valueFrom(bytes, colon);
            if (field.equals("data")) {
                if (hasData) {
                    data.write('\n');
                }
                hasData = true;
                data.write(bytes, from, bytes.length - from);
                if (data.size() > dataBytesMax) {
                    throw tooLarge("an event", dataBytesMax);
                }
            } else if (field.equals("event") && bytes.length - from <= NAME_BYTES_MAX) {
                name = new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
            }
        }
        return Optional.empty();
    }

    private static int colon(byte[] line) {
        int colon = 0;
        while (colon < line.length && line[colon] != ':') {
            colon++;
        }
        return colon;
    }

    /** Behind the colon, and behind one blank there. */
    private static int valueFrom(byte[] line, int colon) {
        int from = Math.min(colon + 1, line.length);
        return from < line.length && line[from] == ' ' ? from + 1 : from;
    }

    /**
     * A line without its end: CR LF, CR or LF; empty at the stream's end, whatever stood before.
     */
    private Optional<byte[]> line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        while (true) {
            if (at == end && !fill()) {
                return Optional.empty();
            }
            int from = at;
            if (afterReturn && buffer[at] == '\n') {
                from++;
                at++;
            }
            afterReturn = false;
            while (at < end && buffer[at] != '\n' && buffer[at] != '\r') {
                at++;
            }
            line.write(buffer, from, at - from);
            if (line.size() > dataBytesMax + OTHER_BYTES_MAX) {
                throw tooLarge("a line of the event stream", dataBytesMax + OTHER_BYTES_MAX);
            }
            if (at < end) {
                afterReturn = buffer[at] == '\r';
                at++;
                return Optional.of(withoutMark(line.toByteArray()));
            }
        }
    }

    /** The first line may begin with a byte order mark. */
    private byte[] withoutMark(byte[] line) {
        boolean first = !begun;
        begun = true;
        boolean mark =
                first
                        && line.length >= 3
                        && line[0] == (byte) 0xef
                        && line[1] == (byte) 0xbb
                        && line[2] == (byte) 0xbf;
        return mark ? java.util.Arrays.copyOfRange(line, 3, line.length) : line;
    }

    private boolean fill() throws IOException {
        at = 0;
        end = Math.max(0, in.read(buffer, 0, buffer.length));
        taken += end;
        if (taken > bytesMax) {
            throw tooLarge("the event stream", bytesMax);
        }
        return end > 0;
    }

    private static IOException tooLarge(String what, long most) {
        return new IOException(what + " is longer than " + most + " bytes");
    }
}
