package dev.mapsovereign.auditstore;

import dev.mapsovereign.base.crypto.StrictBase64;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a page of a timeline ended: the key of its last row, and a digest of the question. As
 * {@link Cursor}, it gives no right.
 */
record TimelineCursor(Instant time, String node, long index, String queryDigest) {
    private static final String VERSION = "t1";
    private static final int PARTS = 5;

    // Whoever writes a cursor of his own must not bring the database what it cannot read.
    private static final Pattern TIME = Pattern.compile("[0-9]{4}-[0-9T:.-]{1,40}Z");
    private static final Pattern NODE = Pattern.compile("[a-z0-9.-]{1,64}");

    static TimelineCursor after(AuditQuery query, Instant time, String node, long index) {
        return new TimelineCursor(time, node, index, Cursor.digest(query));
    }

    /**
     * The cursor that the query carries.
     *
     * @throws IllegalArgumentException if it is not one that this query's earlier page gave
     */
    static Optional<TimelineCursor> of(AuditQuery query) {
        return query.cursor().map(text -> parse(text, query));
    }

    String text() {
        String plain = String.join(" ", VERSION, "" + time, node, "" + index, queryDigest);
        return StrictBase64.encodeUrl(plain.getBytes(StandardCharsets.US_ASCII));
    }

    private static TimelineCursor parse(String text, AuditQuery query) {
        String[] parts = Cursor.plain(text).split(" ", -1);
        if (parts.length != PARTS
                || !parts[0].equals(VERSION)
                || !TIME.matcher(parts[1]).matches()
                || !NODE.matcher(parts[2]).matches()) {
            throw Cursor.notOurs();
        }
        if (!parts[4].equals(Cursor.digest(query))) {
            throw Cursor.ofAnother();
        }
        try {
            return new TimelineCursor(
                    Instant.parse(parts[1]), parts[2], Long.parseLong(parts[3]), parts[4]);
        } catch (DateTimeException | NumberFormatException e) {
            throw Cursor.notOurs();
        }
    }
}
