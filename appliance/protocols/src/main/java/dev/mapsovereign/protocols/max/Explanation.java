package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.request.StageName;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * {@code explainability_request}: a recorded decision in words and as data. Everything said is read
 * from the record; which rule decided and what would have been needed follow from its code and what
 * the record says of the rule ({@link Rule}), so that the same record is explained alike on every
 * node and for ever.
 */
final class Explanation {
    private final ChainReader chain;
    private final Reach reach;

    Explanation(ChainReader chain, Reach reach) {
        this.chain = chain;
        this.reach = reach;
    }

    JsonObject answer(JsonObject input, InvokeContext context) throws ModuleRefusal {
        ChainRecord record = recordOf(input, reach.of(input, context));
        AuditRecord content = record.read();
        JsonObject.Builder answer =
                record.reference()
                        .put("event_type", content.eventType())
                        .put("outcome", content.outcome().wire())
                        .putIfPresent("stage", content.stage())
                        .putIfPresent("code", content.code())
                        .put("explanation", sentence(content));
        content.stage().flatMap(Explanation::number).ifPresent(n -> answer.put("stage_number", n));
        if (content.outcome() != AuditOutcome.SUCCESS && content.code().isPresent()) {
            Rule rule = Rule.of(content.code().get(), content);
            rule.status().ifPresent(status -> answer.put("status", status));
            answer.put("rule", rule.rule())
                    .put("needed", rule.needed())
                    .put("remedy", rule.remedy());
        }
        return answer.put("facts", record.json()).build();
    }

    private ChainRecord recordOf(JsonObject input, TenantId tenant) throws ModuleRefusal {
        Optional<CorrelationId> call = Questions.correlationId(input);
        if (call.isPresent()) {
            return chain.find(tenant, call.get()).orElseThrow(() -> notFound("call " + call.get()));
        }
        long index = Questions.index(input, "index").orElseThrow();
        if (index >= chain.size(tenant)) {
            throw notFound("index " + index);
        }
        return chain.range(tenant, index, 1).getFirst();
    }

    private static ModuleRefusal notFound(String what) {
        return new ModuleRefusal(ErrorCode.NOT_FOUND, "no record of " + what + " in this chain");
    }

    /** The stages count from 1. */
    private static Optional<Long> number(String stage) {
        int at = Stream.of(StageName.values()).map(StageName::wire).toList().indexOf(stage);
        return at < 0 ? Optional.empty() : Optional.of(at + 1L);
    }

    private static String sentence(AuditRecord record) {
        String who = record.callerDid().orElse("A caller without a DID");
        if (record.protocol().isEmpty()
                && record.callerDid().isEmpty()
                && record.correlationId().isEmpty()) {
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
                record.stage()
                        .map(name -> " in the stage " + name.replace('_', ' '))
                        .orElse(" before the first stage, where requests are read");
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
}
