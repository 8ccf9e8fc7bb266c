package dev.mapsovereign.auditstore;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The WHERE of a query of {@code audit_chain}, with what stands for its question marks. */
final class Conditions {
    private final StringBuilder sql = new StringBuilder();
    private final List<Object> values = new ArrayList<>();

    /**
     * One more that must hold.
     *
     * @param condition SQL from code, never from outside
     * @param given one value for each of its question marks
     */
    Conditions add(String condition, Object... given) {
        sql.append(sql.isEmpty() ? " WHERE " : " AND ").append(condition);
        for (Object value : given) {
            values.add(value instanceof Instant time ? time.atOffset(ZoneOffset.UTC) : value);
        }
        return this;
    }

    /** What a question says of a record itself: neither whose it is nor its place. */
    Conditions addWhatIsAsked(AuditQuery query) {
        addIfPresent("correlation_id = ?", query.correlationId());
        addIfPresent("caller_did = ?", query.callerDid());
        addIfPresent("protocol = ?", query.protocol());
        addIfPresent("operation = ?", query.operation());
        addIfPresent("outcome = ?", query.outcome());
        addIfPresent("event_type = ?", query.eventType());
        addIfPresent("recorded_at >= ?", query.from());
        addIfPresent("recorded_at < ?", query.to());
        return this;
    }

    private void addIfPresent(String condition, Optional<?> value) {
        value.ifPresent(given -> add(condition, given));
    }

    /** Sets the values; returns the number of the parameter behind them. */
    int set(PreparedStatement statement) throws SQLException {
        for (int at = 0; at < values.size(); at++) {
            statement.setObject(at + 1, values.get(at));
        }
        return values.size() + 1;
    }

    /** The SQL, from {@code WHERE} on. */
    @Override
    public String toString() {
        return sql.toString();
    }
}
