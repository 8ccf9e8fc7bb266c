package dev.mapsovereign.auditstore;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.crypto.StrictBase64;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Where a page ended: the size that all pages answer for, the last index answered, and a digest of
 * the query, so that a cursor of another query is noticed. It gives no right: whose records are
 * answered is the query's to say.
 */
record Cursor(long asOf, long lastIndex, String queryDigest) {
    private static final String VERSION = "1";
    private static final int PARTS = 4;
    private static final int DIGEST_BYTES = 8;

    static Cursor after(AuditQuery query, long asOf, long lastIndex) {
        return new Cursor(asOf, lastIndex, digest(query));
    }

    /**
     * The cursor that the query carries.
     *
     * @throws IllegalArgumentException if it is not one that this query's earlier page gave
     */
    static Optional<Cursor> of(AuditQuery query) {
        return query.cursor().map(text -> parse(text, query));
    }

    String text() {
        String plain = String.join(" ", VERSION, "" + asOf, "" + lastIndex, queryDigest);
        return StrictBase64.encodeUrl(plain.getBytes(StandardCharsets.US_ASCII));
    }

    private static Cursor parse(String text, AuditQuery query) {
        String[] parts = plain(text).split(" ", -1);
        if (parts.length != PARTS || !parts[0].equals(VERSION)) {
            throw notOurs();
        }
        if (!parts[3].equals(digest(query))) {
            throw ofAnother();
        }
        return new Cursor(number(parts[1]), number(parts[2]), parts[3]);
    }

    /** What a cursor says; of ours or not. */
    static String plain(String text) {
        try {
            return new String(StrictBase64.decodeUrl(text), StandardCharsets.US_ASCII);
        } catch (IllegalArgumentException e) {
            throw notOurs();
        }
    }

    private static long number(String text) {
        if (!text.matches("[0-9]{1,18}")) {
            throw notOurs();
        }
        return Long.parseLong(text);
    }

    static IllegalArgumentException notOurs() {
        return new IllegalArgumentException("the cursor is none that an earlier page gave");
    }

    static IllegalArgumentException ofAnother() {
        return new IllegalArgumentException("the cursor belongs to another query");
    }

    /** Of everything that must stay the same from page to page. */
    static String digest(AuditQuery query) {
        AuditQuery same = query.withPage(1, Optional.empty());
        byte[] hash = Sha256.hash(same.toString().getBytes(StandardCharsets.UTF_8));
        return Hex.encode(Arrays.copyOf(hash, DIGEST_BYTES));
    }
}
