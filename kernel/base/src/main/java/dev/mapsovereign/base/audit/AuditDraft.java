package dev.mapsovereign.base.audit;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A record before the log gives it index, time and hash. Whatever callers supplied is brought into
 * the bounds of a record here: texts above 256 bytes become a prefix and the digest of the whole,
 * {@code meta} gets names, numbers, depth and size that a record can have. A draft can therefore
 * always be written.
 *
 * <p>Made by {@link #builder}; the record's own constructor applies the same rules.
 *
 * @param tenant whose chain it goes to
 * @param latencyMicros how long the call took by now
 * @param inputHmac keyed digest of the request body, 64 characters of lower-case hex
 * @param outputHmac keyed digest of the answer's data, likewise
 * @param meta what else belongs to this event; empty means absent
 */
public record AuditDraft(
        TenantId tenant,
        EventType eventType,
        AuditOutcome outcome,
        Optional<CorrelationId> correlationId,
        Optional<String> callerDid,
        Optional<String> protocol,
        Optional<String> version,
        Optional<String> operation,
        Optional<String> stage,
        Optional<ErrorCode> code,
        OptionalLong latencyMicros,
        Optional<String> inputHmac,
        Optional<String> outputHmac,
        JsonObject meta) {
    private static final int HMAC_HEX_LENGTH = 64;

    /**
     * @throws IllegalArgumentException for a digest or a latency that no part of this product makes
     */
    public AuditDraft {
        callerDid = callerDid.map(RecordText::clip);
        protocol = protocol.map(RecordText::clip);
        version = version.map(RecordText::clip);
        operation = operation.map(RecordText::clip);
        stage = stage.map(RecordText::clip);
        inputHmac.ifPresent(AuditDraft::requireHmac);
        outputHmac.ifPresent(AuditDraft::requireHmac);
        if (latencyMicros.isPresent()
                && (latencyMicros.getAsLong() < 0
                        || latencyMicros.getAsLong() > JsonNumber.WHOLE_MAX)) {
            throw new IllegalArgumentException("latency of " + latencyMicros + " µs");
        }
        meta = RecordText.clipMeta(meta);
    }

    /** A draft without the optional members. */
    public static Builder builder(TenantId tenant, EventType eventType, AuditOutcome outcome) {
        return new Builder(tenant, eventType, outcome);
    }

    private static void requireHmac(String hex) {
        boolean right = hex.length() == HMAC_HEX_LENGTH;
        for (int i = 0; right && i < hex.length(); i++) {
            char c = hex.charAt(i);
            right = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        }
        if (!right) {
            throw new IllegalArgumentException("a digest is 64 characters of lower-case hex");
        }
    }

    /** Collects the optional members; for one thread. */
    public static final class Builder {
        private final TenantId tenant;
        private final EventType eventType;
        private final AuditOutcome outcome;
        private Optional<CorrelationId> correlationId = Optional.empty();
        private Optional<String> callerDid = Optional.empty();
        private Optional<String> protocol = Optional.empty();
        private Optional<String> version = Optional.empty();
        private Optional<String> operation = Optional.empty();
        private Optional<String> stage = Optional.empty();
        private Optional<ErrorCode> code = Optional.empty();
        private OptionalLong latencyMicros = OptionalLong.empty();
        private Optional<String> inputHmac = Optional.empty();
        private Optional<String> outputHmac = Optional.empty();
        private JsonObject meta = JsonObject.EMPTY;

        private Builder(TenantId tenant, EventType eventType, AuditOutcome outcome) {
            this.tenant = tenant;
            this.eventType = eventType;
            this.outcome = outcome;
        }

        public Builder correlationId(CorrelationId value) {
            correlationId = Optional.of(value);
            return this;
        }

        /**
         * Who called, as far as known; any text, since a refused caller's claim is recorded too.
         */
        public Builder callerDid(String value) {
            callerDid = Optional.of(value);
            return this;
        }

        public Builder protocol(String value) {
            protocol = Optional.of(value);
            return this;
        }

        public Builder version(String value) {
            version = Optional.of(value);
            return this;
        }

        public Builder operation(String value) {
            operation = Optional.of(value);
            return this;
        }

        /** The stage that decided, as it stands on the wire. */
        public Builder stage(String value) {
            stage = Optional.of(value);
            return this;
        }

        public Builder code(ErrorCode value) {
            code = Optional.of(value);
            return this;
        }

        /** Microseconds from the call's arrival; −1 for absent. */
        public Builder latencyMicros(long value) {
            latencyMicros = value == -1 ? OptionalLong.empty() : OptionalLong.of(value);
            return this;
        }

        public Builder inputHmac(String hex) {
            inputHmac = Optional.of(hex);
            return this;
        }

        public Builder outputHmac(String hex) {
            outputHmac = Optional.of(hex);
            return this;
        }

        /** Replaces all of {@code meta}. */
        public Builder meta(JsonObject value) {
            meta = value;
            return this;
        }

        /**
         * @throws IllegalArgumentException for a digest or a latency that no part of this product
         *     makes
         */
        public AuditDraft build() {
            return new AuditDraft(
                    tenant,
                    eventType,
                    outcome,
                    correlationId,
                    callerDid,
                    protocol,
                    version,
                    operation,
                    stage,
                    code,
                    latencyMicros,
                    inputHmac,
                    outputHmac,
                    meta);
        }
    }
}
