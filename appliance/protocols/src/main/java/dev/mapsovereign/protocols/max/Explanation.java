package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.util.Locale;
import java.util.Optional;

/**
 * {@code explainability_request}: a recorded decision in words. Everything said is read from the
 * record; the words for what would have been needed follow from its code alone, so that the same
 * record is explained alike on every node and for ever.
 */
final class Explanation {
    private final ChainReader chain;

    Explanation(ChainReader chain) {
        this.chain = chain;
    }

    JsonObject answer(JsonObject input, InvokeContext context) throws ModuleRefusal {
        ChainRecord record = recordOf(input, context);
        AuditRecord content = record.read();
        Optional<String> needed =
                content.outcome() == AuditOutcome.SUCCESS
                        ? Optional.empty()
                        : content.code().map(code -> needed(code, content));
        return record.reference()
                .put("event_type", content.eventType())
                .put("outcome", content.outcome().wire())
                .putIfPresent("stage", content.stage())
                .putIfPresent("code", content.code())
                .put("explanation", sentence(content))
                .putIfPresent("needed", needed)
                .put("facts", record.json())
                .build();
    }

    private ChainRecord recordOf(JsonObject input, InvokeContext context) throws ModuleRefusal {
        Optional<CorrelationId> call = Questions.correlationId(input);
        if (call.isPresent()) {
            return chain.find(context.tenant(), call.get())
                    .orElseThrow(() -> notFound("call " + call.get()));
        }
        long index = Questions.index(input, "index").orElseThrow();
        if (index >= chain.size(context.tenant())) {
            throw notFound("index " + index);
        }
        return chain.range(context.tenant(), index, 1).getFirst();
    }

    private static ModuleRefusal notFound(String what) {
        return new ModuleRefusal(ErrorCode.NOT_FOUND, "no record of " + what + " in this chain");
    }

    private static String sentence(AuditRecord record) {
        String who = record.callerDid().orElse("A caller without a DID");
        if (record.protocol().isEmpty() && record.callerDid().isEmpty()) {
            return "The node recorded "
                    + record.eventType()
                    + " at "
                    + record.timestamp()
                    + " with outcome "
                    + record.outcome().wire()
                    + ".";
        }
        String asked = who + " asked for " + operation(record) + " at " + record.timestamp() + ".";
        String stage =
                record.stage().map(name -> " in the stage " + name.replace('_', ' ')).orElse("");
        return asked
                + switch (record.outcome()) {
                    case SUCCESS -> " It was allowed and carried out.";
                    case REFUSED -> " It was refused" + stage + reason(record) + ".";
                    case ERROR -> " It failed" + stage + reason(record) + ".";
                };
    }

    private static String operation(AuditRecord record) {
        if (record.protocol().isEmpty()) {
            return "something that was not read";
        }
        return record.protocol().get()
                + record.operation().map(name -> " " + name).orElse("")
                + record.version().map(version -> " " + version).orElse("");
    }

    private static String reason(AuditRecord record) {
        return record.code()
                .map(code ->
                        ErrorCode.ofWire(code)
                                .map(ErrorCode::title)
                                .map(title -> ": " + title.toLowerCase(Locale.ROOT))
                                .orElse(": " + code))
                .orElse("");
    }

    private static String needed(String wire, AuditRecord record) {
        return ErrorCode.ofWire(wire)
                .map(code -> needed(code, record))
                .orElse("this release does not know the code " + wire);
    }

    /** No default: whoever adds a code must say here what it asks of its reader. */
    private static String needed(ErrorCode code, AuditRecord record) {
        return switch (code) {
            case MALFORMED_REQUEST -> "a request body that is strict JSON in the form of a call";
            case UNAUTHENTICATED -> "a valid credential: an API key, or a signed DidAuth request";
            case CAPABILITY_DENIED -> capability(record);
            case TENANT_MISMATCH -> "a credential of the tenant that the call named, or no name";
            case UNKNOWN_PROTOCOL -> "a protocol that this node serves";
            case UNKNOWN_VERSION -> "a version of the protocol that this node serves";
            case UNKNOWN_OPERATION -> "an operation that the protocol has";
            case NOT_FOUND -> "the name of something that exists in this tenant";
            case METHOD_NOT_ALLOWED -> "the method that the address takes";
            case REQUEST_TIMEOUT -> "a request that arrives in full before the reading time ends";
            case IDEMPOTENCY_IN_PROGRESS ->
                    "to wait for the first call with the same Idempotency-Key";
            case MESSAGE_TOO_LARGE -> "a smaller message";
            case UNSUPPORTED_MEDIA_TYPE -> "a body of type application/json";
            case INVALID_PAYLOAD -> "an input that follows the operation's request schema";
            case POLICY_DENIED -> "a policy that allows this call";
            case IDEMPOTENCY_KEY_REUSE -> "an Idempotency-Key that no other body was sent with";
            case RATE_LIMITED -> "to wait as long as Retry-After said, or a higher limit";
            case HEADERS_TOO_LARGE -> "fewer or shorter headers";
            case INTERNAL -> "a look into the node's log under this correlation id";
            case ADAPTER_ERROR -> "a working module or remote process behind the protocol";
            case CIRCUIT_OPEN -> "an endpoint that answers again; it failed too often before";
            case NO_ENDPOINT_AVAILABLE -> "at least one healthy endpoint of the protocol";
            case DRAINING -> "a node that is not shutting down";
            case AUDIT_UNAVAILABLE -> "a writable audit journal: no record, no answer";
            case TIMEOUT -> "an answer within the deadline; ask whether the effect took place";
            case INTERRUPTED ->
                    "a look at the target: the node stopped between the effect's announcement and"
                            + " its end, so whether it took place is unknown";
        };
    }

    private static String capability(AuditRecord record) {
        if (record.protocol().isEmpty() || record.operation().isEmpty()) {
            return "a capability that covers the call";
        }
        return "the capability map."
                + record.protocol().get().toLowerCase(Locale.ROOT)
                + "."
                + record.operation().get()
                + ", or what the module itself asks of its caller, as the message said";
    }
}
