package dev.mapsovereign.auditstore;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * Picks the searchable members out of a record without reading the rest. It relies on what the log
 * guarantees for every record it holds, RFC 8785 form: no white space, no member twice, {@code
 * meta} balanced. Wherever a wanted text has an escape, or anything else is not as plain as it
 * mostly is, it gives up, and the strict reader does it.
 */
final class ColumnScanner {
    private static final int TIME_LENGTH = 27;

    private final byte[] record;
    private int at;
    private boolean plain = true;

    private Optional<String> callerDid = Optional.empty();
    private Optional<String> code = Optional.empty();
    private Optional<String> correlationId = Optional.empty();
    private Optional<String> eventType = Optional.empty();
    private Optional<String> operation = Optional.empty();
    private Optional<String> outcome = Optional.empty();
    private Optional<String> protocol = Optional.empty();
    private Optional<String> stage = Optional.empty();
    private Optional<Instant> timestamp = Optional.empty();

    private ColumnScanner(byte[] record) {
        this.record = record;
    }

    /** The columns, or nothing if the record has to be read whole. */
    static Optional<RecordColumns> scan(byte[] record) {
        try {
            return new ColumnScanner(record).columns();
        } catch (IndexOutOfBoundsException | DateTimeException e) {
            return Optional.empty(); // not a record; the strict reader says why
        }
    }

    private Optional<RecordColumns> columns() {
        if (record[at++] != '{') {
            return Optional.empty();
        }
        do {
            member();
        } while (plain && record[at++] == ',');
        if (!plain
                || at != record.length
                || record[at - 1] != '}'
                || eventType.isEmpty()
                || outcome.isEmpty()
                || timestamp.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new RecordColumns(
                        timestamp.get(),
                        eventType.get(),
                        correlationId,
                        callerDid,
                        protocol,
                        operation,
                        outcome.get(),
                        stage,
                        code));
    }

    private void member() {
        int from = at + 1;
        skipText();
        int length = at - 1 - from;
        plain &= record[at++] == ':';
        // No two members of a record share first letter and length.
        switch (record[from] << 8 | length) {
            case 'c' << 8 | 10 -> callerDid = text();
            case 'c' << 8 | 4 -> code = text();
            case 'c' << 8 | 14 -> correlationId = text();
            case 'e' << 8 | 10 -> eventType = text();
            case 'o' << 8 | 9 -> operation = text();
            case 'o' << 8 | 7 -> outcome = text();
            case 'p' << 8 | 8 -> protocol = text();
            case 's' << 8 | 5 -> stage = text();
            case 't' << 8 | 9 -> tOfNine(from);
            default -> skipValue();
        }
    }

    /** {@code timestamp}, or {@code tenant_id}. */
    private void tOfNine(int name) {
        if (record[name + 1] == 'i') {
            timestamp = time();
        } else {
            skipValue();
        }
    }

    private Optional<String> text() {
        int from = at + 1;
        plain &= skipText();
        return Optional.of(new String(record, from, at - 1 - from, StandardCharsets.UTF_8));
    }

    private Optional<Instant> time() {
        int from = at + 1;
        plain &= skipText();
        if (at - 1 - from != TIME_LENGTH
                || record[from + 4] != '-'
                || record[from + 7] != '-'
                || record[from + 10] != 'T'
                || record[from + 13] != ':'
                || record[from + 16] != ':'
                || record[from + 19] != '.'
                || record[from + 26] != 'Z') {
            plain = false;
            return Optional.empty();
        }
        LocalDateTime time =
                LocalDateTime.of(
                        digits(from, 4),
                        digits(from + 5, 2),
                        digits(from + 8, 2),
                        digits(from + 11, 2),
                        digits(from + 14, 2),
                        digits(from + 17, 2),
                        digits(from + 20, 6) * 1000);
        return Optional.of(time.toInstant(ZoneOffset.UTC));
    }

    private int digits(int from, int count) {
        int value = 0;
        for (int i = from; i < from + count; i++) {
            int digit = record[i] - '0';
            plain &= digit >= 0 && digit <= 9;
            value = value * 10 + digit;
        }
        return value;
    }

    /** Steps over a text; whether it has no escape. */
    private boolean skipText() {
        if (record[at++] != '"') {
            plain = false;
            return false;
        }
        boolean noEscape = true;
        while (record[at] != '"') {
            if (record[at] == '\\') {
                noEscape = false;
                at++;
            }
            at++;
        }
        at++;
        return noEscape;
    }

    private void skipValue() {
        int depth = 0;
        while (plain) {
            switch (record[at]) {
                case '"' -> skipText();
                case '{', '[' -> {
                    depth++;
                    at++;
                }
                case '}', ']' -> {
                    if (depth == 0) {
                        return;
                    }
                    depth--;
                    at++;
                }
                case ',' -> {
                    if (depth == 0) {
                        return;
                    }
                    at++;
                }
                default -> at++;
            }
        }
    }
}
