package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditstore.AuditQuery;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads what is asked for out of inputs. Schemas hold the rough form, this their exact values. */
final class Questions {
    private Questions() {}

    /**
     * The question of an input.
     *
     * @param asOf the size of the chain for which to answer
     */
    static AuditQuery of(JsonObject input, TenantId tenant, OptionalLong asOf)
            throws ModuleRefusal {
        return AuditQuery.builder(tenant)
                .correlationId(correlationId(input).map(CorrelationId::toString))
                .callerDid(input.text("caller_did"))
                .protocol(input.text("protocol"))
                .operation(input.text("operation"))
                .outcome(input.text("outcome"))
                .eventType(input.text("event_type"))
                .from(time(input, "from"))
                .to(time(input, "to"))
                .indexFrom(index(input, "index_from"))
                .indexTo(index(input, "index_to"))
                .asOf(asOf)
                .newestFirst(input.bool("newest_first").orElse(false))
                .cursor(input.text("cursor"))
                .build();
    }

    static Optional<CorrelationId> correlationId(JsonObject input) throws ModuleRefusal {
        Optional<String> text = input.text("correlation_id");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(CorrelationId.parse(text.get()));
        } catch (IllegalArgumentException e) {
            throw invalid("correlation_id", "a UUID of version 4 in lower case");
        }
    }

    static OptionalLong index(JsonObject input, String member) throws ModuleRefusal {
        Optional<String> text = input.text(member);
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(text.get()));
        } catch (NumberFormatException e) {
            throw invalid(member, "an index is a decimal number below 2^63");
        }
    }

    static Optional<Instant> time(JsonObject input, String member) throws ModuleRefusal {
        Optional<String> text = input.text(member);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(OffsetDateTime.parse(text.get()).toInstant());
        } catch (DateTimeException e) {
            throw invalid(member, "a time is written as 2026-01-31T12:00:00Z");
        }
    }

    private static ModuleRefusal invalid(String member, String rule) {
        return new ModuleRefusal(ErrorCode.INVALID_PAYLOAD, member + ": " + rule);
    }
}
