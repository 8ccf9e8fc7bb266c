package dev.mapsovereign.auditstore;

import dev.mapsovereign.base.identity.TenantId;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What is looked for in one tenant's records. All conditions hold together; texts are compared
 * exactly.
 *
 * @param tenant whose records
 * @param correlationId lower-case UUID
 * @param callerDid as recorded: a DID of more than 256 bytes is recorded clipped
 * @param protocol as recorded, for example {@code MAX}
 * @param operation for example {@code audit_query}
 * @param outcome {@code success}, {@code refused} or {@code error}
 * @param eventType for example {@code ProtocolInvocation}
 * @param from earliest time, included
 * @param to latest time, excluded
 * @param indexFrom lowest index, included
 * @param indexTo highest index, excluded
 * @param asOf the size of the log for which to answer, as it was then; without one, the size now
 * @param newestFirst by falling index, else by rising
 * @param limit rows of a page, 1 to 1000
 * @param cursor where the page before ended ({@link AuditPage#nextCursor}); everything but the
 *     limit must be as it was then
 */
public record AuditQuery(
        TenantId tenant,
        Optional<String> correlationId,
        Optional<String> callerDid,
        Optional<String> protocol,
        Optional<String> operation,
        Optional<String> outcome,
        Optional<String> eventType,
        Optional<Instant> from,
        Optional<Instant> to,
        OptionalLong indexFrom,
        OptionalLong indexTo,
        OptionalLong asOf,
        boolean newestFirst,
        int limit,
        Optional<String> cursor) {
    /**
     * @throws IllegalArgumentException for a limit outside 1 to 1000, a text of more than 512
     *     characters or a negative index
     */
    public AuditQuery {
        if (limit < 1 || limit > Limits.PAGE_ROWS_MAX) {
            throw new IllegalArgumentException(
                    "a page has 1 to " + Limits.PAGE_ROWS_MAX + " rows, not " + limit);
        }
        if (indexFrom.orElse(0) < 0 || indexTo.orElse(0) < 0 || asOf.orElse(0) < 0) {
            throw new IllegalArgumentException("an index is not negative");
        }
        Stream.of(correlationId, callerDid, protocol, operation, outcome, eventType, cursor)
                .flatMap(Optional::stream)
                .forEach(AuditQuery::requireShort);
    }

    /** A query for the newest hundred records of a tenant, to be narrowed. */
    public static Builder builder(TenantId tenant) {
        return new Builder(tenant);
    }

    /** The same question, another page. */
    public AuditQuery withPage(int newLimit, Optional<String> newCursor) {
        return new AuditQuery(
                tenant,
                correlationId,
                callerDid,
                protocol,
                operation,
                outcome,
                eventType,
                from,
                to,
                indexFrom,
                indexTo,
                asOf,
                newestFirst,
                newLimit,
                newCursor);
    }

    /** Whether nothing but indexes narrows it, so that no record within them may be missing. */
    boolean isWhole() {
        return Stream.of(
                        correlationId, callerDid, protocol, operation, outcome, eventType, from, to)
                .allMatch(Optional::isEmpty);
    }

    private static void requireShort(String text) {
        if (text.length() > Limits.FILTER_CHARS_MAX) {
            throw new IllegalArgumentException(
                    "a text of " + text.length() + " characters: at most 512");
        }
    }

    /** Collects conditions; for one thread. */
    public static final class Builder {
        private final TenantId tenant;
        private Optional<String> correlationId = Optional.empty();
        private Optional<String> callerDid = Optional.empty();
        private Optional<String> protocol = Optional.empty();
        private Optional<String> operation = Optional.empty();
        private Optional<String> outcome = Optional.empty();
        private Optional<String> eventType = Optional.empty();
        private Optional<Instant> from = Optional.empty();
        private Optional<Instant> to = Optional.empty();
        private OptionalLong indexFrom = OptionalLong.empty();
        private OptionalLong indexTo = OptionalLong.empty();
        private OptionalLong asOf = OptionalLong.empty();
        private boolean newestFirst = true;
        private int limit = Limits.PAGE_ROWS_DEFAULT;
        private Optional<String> cursor = Optional.empty();

        private Builder(TenantId tenant) {
            this.tenant = tenant;
        }

        /** See {@link AuditQuery#correlationId}. */
        public Builder correlationId(Optional<String> value) {
            correlationId = value;
            return this;
        }

        /** See {@link AuditQuery#callerDid}. */
        public Builder callerDid(Optional<String> value) {
            callerDid = value;
            return this;
        }

        /** See {@link AuditQuery#protocol}. */
        public Builder protocol(Optional<String> value) {
            protocol = value;
            return this;
        }

        /** See {@link AuditQuery#operation}. */
        public Builder operation(Optional<String> value) {
            operation = value;
            return this;
        }

        /** See {@link AuditQuery#outcome}. */
        public Builder outcome(Optional<String> value) {
            outcome = value;
            return this;
        }

        /** See {@link AuditQuery#eventType}. */
        public Builder eventType(Optional<String> value) {
            eventType = value;
            return this;
        }

        /** See {@link AuditQuery#from}. */
        public Builder from(Optional<Instant> value) {
            from = value;
            return this;
        }

        /** See {@link AuditQuery#to}. */
        public Builder to(Optional<Instant> value) {
            to = value;
            return this;
        }

        /** See {@link AuditQuery#indexFrom}. */
        public Builder indexFrom(OptionalLong value) {
            indexFrom = value;
            return this;
        }

        /** See {@link AuditQuery#indexTo}. */
        public Builder indexTo(OptionalLong value) {
            indexTo = value;
            return this;
        }

        /** See {@link AuditQuery#asOf}. */
        public Builder asOf(OptionalLong value) {
            asOf = value;
            return this;
        }

        /** See {@link AuditQuery#newestFirst}; true unless told otherwise. */
        public Builder newestFirst(boolean value) {
            newestFirst = value;
            return this;
        }

        /** See {@link AuditQuery#limit}; 100 unless told otherwise. */
        public Builder limit(int value) {
            limit = value;
            return this;
        }

        /** See {@link AuditQuery#cursor}. */
        public Builder cursor(Optional<String> value) {
            cursor = value;
            return this;
        }

        /**
         * The query.
         *
         * @throws IllegalArgumentException as the record's constructor
         */
        public AuditQuery build() {
            return new AuditQuery(
                    tenant,
                    correlationId,
                    callerDid,
                    protocol,
                    operation,
                    outcome,
                    eventType,
                    from,
                    to,
                    indexFrom,
                    indexTo,
                    asOf,
                    newestFirst,
                    limit,
                    cursor);
        }
    }
}
