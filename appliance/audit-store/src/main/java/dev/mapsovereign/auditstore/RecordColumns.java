package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.record.RecordTime;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;

/**
 * What of a record can be searched for. Made from the record's bytes when it is inserted, and again
 * when a row is answered: a column that says something else than its record was changed by hand.
 */
record RecordColumns(
        Instant recordedAt,
        String eventType,
        Optional<String> correlationId,
        Optional<String> callerDid,
        Optional<String> protocol,
        Optional<String> operation,
        String outcome,
        Optional<String> stage,
        Optional<String> code) {
    /** Their names in the table, in the order above. */
    static final List<String> NAMES =
            List.of(
                    "recorded_at",
                    "event_type",
                    "correlation_id",
                    "caller_did",
                    "protocol",
                    "operation",
                    "outcome",
                    "stage",
                    "code");

    /** Those of a record that the log holds, whose form was checked when it was written. */
    static RecordColumns of(byte[] record) {
        return ColumnScanner.scan(record).orElseGet(() -> parsed(record));
    }

    /** The same by the strict reader, for what the scanner leaves. */
    static RecordColumns parsed(byte[] record) {
        JsonObject object = JsonReader.parseObject(record, JsonReader.Limits.DEFAULT);
        return new RecordColumns(
                RecordTime.parse(object.text("timestamp").orElseThrow()),
                object.text("event_type").orElseThrow(),
                object.text("correlation_id"),
                object.text("caller_did"),
                object.text("protocol"),
                object.text("operation"),
                object.text("outcome").orElseThrow(),
                object.text("stage"),
                object.text("code"));
    }

    /** Those of the present row. */
    static RecordColumns of(ResultSet row) throws SQLException {
        return new RecordColumns(
                row.getObject("recorded_at", OffsetDateTime.class).toInstant(),
                row.getString("event_type"),
                text(row, "correlation_id"),
                text(row, "caller_did"),
                text(row, "protocol"),
                text(row, "operation"),
                row.getString("outcome"),
                text(row, "stage"),
                text(row, "code"));
    }

    private static Optional<String> text(ResultSet row, String name) throws SQLException {
        return Optional.ofNullable(row.getString(name));
    }
}
