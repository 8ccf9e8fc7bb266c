package dev.mapsovereign.engine.result;

import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonBoolean;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.database.DatabaseException;
import dev.mapsovereign.engine.EngineMeters;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.context.CallerIdentification;
import dev.mapsovereign.engine.context.Identification;
import dev.mapsovereign.engine.idempotency.Claim;
import dev.mapsovereign.engine.idempotency.IdempotencyStore;
import dev.mapsovereign.engine.idempotency.StoredAnswer;
import dev.mapsovereign.engine.ratelimit.RecordAdmission;
import dev.mapsovereign.engine.request.AuthorizedRequest;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.Caller;
import dev.mapsovereign.engine.request.Effect;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.Outcome;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.ResponseMetadata;
import dev.mapsovereign.engine.request.StageName;
import dev.mapsovereign.engine.request.StreamedSoFar;
import dev.mapsovereign.engine.trace.CallTrace;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Stage 8: the record, durable, and only then the answer. Every call ends here, well or badly, and
 * leaves exactly one record: that of its success, of its refusal, or of the intent it had
 * announced. The only calls without one are those counted instead, see {@link RecordAdmission}, and
 * those that the log could not take, whose answer says so.
 */
public final class ResultHandling {
    private static final System.Logger LOG = System.getLogger(ResultHandling.class.getName());

    private final CallRecords records;
    private final RecordAdmission admission;
    private final CallerIdentification identification;
    private final IdempotencyStore idempotency;
    private final EngineMeters meters;

    /** Records into {@code records} whatever {@code admission} lets through. */
    public ResultHandling(
            CallRecords records,
            RecordAdmission admission,
            CallerIdentification identification,
            IdempotencyStore idempotency,
            EngineMeters meters) {
        this.records = records;
        this.admission = admission;
        this.identification = identification;
        this.idempotency = idempotency;
        this.meters = meters;
    }

    /**
     * Records a success and answers it.
     *
     * @throws AuditUnavailableException when no record can be made durable
     */
    public EngineResponse complete(Outcome.Whole outcome) {
        Call call = outcome.authorized().call();
        call.enter(StageName.RESULT_HANDLING);
        RecordReference reference = records.success(call, outcome.data(), JsonObject.EMPTY);
        call.takeClaim()
                .ifPresent(claim ->
                        settle(
                                claim,
                                held ->
                                        idempotency.keep(
                                                held,
                                                held.running()
                                                        .answered(
                                                                reference.index(),
                                                                outcome.data()))));
        return answered(call, outcome.data(), reference, false);
    }

    /** What is said before the first part of an answer that comes in parts. */
    public static ResponseMetadata begun(Call call) {
        return metadata(call, Optional.empty());
    }

    /**
     * Records that every part of an answer was handed on.
     *
     * @throws AuditUnavailableException when no record can be made durable
     */
    public EngineResponse completeStream(Call call, StreamedSoFar streamed) {
        call.enter(StageName.RESULT_HANDLING);
        RecordReference reference = records.success(call, streamed.bytes(), JsonObject.EMPTY);
        JsonObject data = JsonObject.builder().put("events", streamed.events()).build();
        return answered(call, CanonicalJson.encode(data), reference, false);
    }

    /**
     * Gives an earlier call's answer again, with a record of this call that names the earlier one.
     *
     * @throws AuditUnavailableException when no record can be made durable
     */
    public EngineResponse replay(AuthorizedRequest request, StoredAnswer first) {
        Call call = request.call();
        call.enter(StageName.RESULT_HANDLING);
        JsonObject names =
                JsonObject.builder()
                        .put("replay_of_correlation_id", first.correlationId())
                        .putIfPresent("replay_of_index", first.recordIndex())
                        .build();
        if (first.refusal().isPresent()) {
            Refusal refusal = first.refusal().get();
            RecordReference reference = records.refusal(call, refusal, names);
            JsonObject details =
                    refusal.details().with(EngineResponse.Refused.REPLAYED, JsonBoolean.of(true));
            return refused(call, refusal.withDetails(details), Optional.of(reference));
        }
        byte[] data = first.data().orElseThrow();
        return answered(call, data, records.success(call, data, names), true);
    }

    /** Records a refusal, unless it is to be counted instead, and answers it. Never throws one. */
    public EngineResponse refuse(Call call, Refusal said) {
        identify(call);
        Refusal refusal = complete(call, said);
        if (refusal.code() == ErrorCode.AUDIT_UNAVAILABLE && !call.hasIntent()) {
            return unrecorded(call, refusal);
        }
        Optional<Refusal> instead = notAdmitted(call);
        if (instead.isPresent()) {
            meters.unrecordedRefusal();
            return unrecorded(call, instead.get());
        }
        call.enter(StageName.RESULT_HANDLING);
        try {
            RecordReference reference = records.refusal(call, refusal, JsonObject.EMPTY);
            settleClaim(call, refusal, Optional.of(reference.index()));
            return refused(call, refusal, Optional.of(reference));
        } catch (RuntimeException fault) {
            return unrecorded(call, complete(call, auditUnavailable(unavailability(call, fault))));
        }
    }

    /** Whatever keeps us from recording keeps us from answering. */
    private static AuditUnavailableException unavailability(Call call, RuntimeException fault) {
        if (fault instanceof AuditUnavailableException unavailable) {
            return unavailable;
        }
        LOG.log(
                System.Logger.Level.ERROR,
                () -> "call " + call.correlationId() + " has no record: " + FaultText.of(fault));
        return new AuditUnavailableException(
                "the record could not be made", Limits.UNRECORDED_INTERVAL);
    }

    /** What to say when no record can be made durable. */
    public static Refusal auditUnavailable(AuditUnavailableException unavailable) {
        return Refusal.of(
                        ErrorCode.AUDIT_UNAVAILABLE,
                        "the audit log takes no records now, so nothing can be answered; the"
                                + " operator finds the reason in /ready and in the node's log")
                .at(StageName.RESULT_HANDLING)
                .withRetryAfter(unavailable.retryAfter());
    }

    /** A caller that an early stage or the edge refused is looked at now, for its record's sake. */
    private void identify(Call call) {
        if (call.identified()) {
            return;
        }
        try {
            switch (identification.identify(call.arrival())) {
                case Identification.Verified(Caller caller) -> call.identified(caller);
                case Identification.Nobody nobody -> call.notIdentified();
                case Identification.NotAccepted notAccepted -> call.notIdentified();
            }
        } catch (RuntimeException fault) {
            // The call is refused already; who made it then stays unknown.
            LOG.log(
                    System.Logger.Level.ERROR,
                    () -> "call " + call.correlationId() + ": nobody, by " + FaultText.of(fault));
            call.notIdentified();
        }
    }

    /** Adds the stage and, where it matters, what the call may have changed. */
    private static Refusal complete(Call call, Refusal said) {
        Refusal refusal = said.stage().isPresent() ? said : call.stage().map(said::at).orElse(said);
        int status = refusal.code().status();
        boolean tells = status == 503 || status == 504 || call.effect() == Effect.UNKNOWN;
        return tells
                ? refusal.withDetails(
                        refusal.details().with("effect", new JsonString(call.effect().wire())))
                : refusal;
    }

    /**
     * Asks for a record's place. A known caller has one, within its tenant's share of the journal;
     * so has a call that announced its effect.
     */
    private Optional<Refusal> notAdmitted(Call call) {
        return verified(call) || call.hasIntent()
                ? Optional.empty()
                : admission.take(call.arrival().origin().source());
    }

    private EngineResponse unrecorded(Call call, Refusal refusal) {
        settleClaim(call, refusal, Optional.empty());
        if (!verified(call)) {
            // A flood of strangers costs the collector what it costs the log.
            call.untraced();
        }
        return refused(call, refusal, Optional.empty());
    }

    private void settleClaim(Call call, Refusal refusal, Optional<Long> index) {
        call.takeClaim()
                .ifPresent(claim ->
                        settle(
                                claim,
                                call.effect() == Effect.NONE
                                        ? idempotency::giveBack
                                        : held ->
                                                idempotency.keep(
                                                        held,
                                                        held.running().failed(index, refusal))));
    }

    /**
     * The record stands, so the answer is given whatever happens here. A key that could not be
     * settled stays in progress and is settled as interrupted when its lease is over: the call is
     * never run twice.
     */
    private static void settle(Claim claim, Consumer<Claim> how) {
        try {
            how.accept(claim);
        } catch (DatabaseException away) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "an idempotency key could not be settled; it stays in progress until its lease"
                            + " is over",
                    away);
        }
    }

    private EngineResponse answered(
            Call call, byte[] data, RecordReference reference, boolean replayed) {
        count(call, AuditOutcome.SUCCESS);
        call.trace().ifPresent(CallTrace::succeeded);
        return new EngineResponse.Answered(data, metadata(call, Optional.of(reference)), replayed);
    }

    private EngineResponse refused(
            Call call, Refusal refusal, Optional<RecordReference> reference) {
        AuditOutcome outcome = CallRecords.outcomeOf(refusal.code());
        count(call, outcome);
        call.trace().ifPresent(trace -> trace.refused(outcome, refusal));
        meters.refusal(
                refusal.stage(),
                refusal.code(),
                CallRecords.tenantOf(call).value(),
                protocolLabel(call),
                operationLabel(call));
        return new EngineResponse.Refused(refusal, metadata(call, reference));
    }

    private void count(Call call, AuditOutcome outcome) {
        meters.call(
                CallRecords.tenantOf(call).value(),
                protocolLabel(call),
                operationLabel(call),
                outcome,
                System.nanoTime() - call.arrival().receivedNanos());
    }

    private static String protocolLabel(Call call) {
        return call.route().map(route -> route.protocol()).orElse(EngineMeters.UNKNOWN);
    }

    private static String operationLabel(Call call) {
        return call.operation()
                .map(operation -> operation.spec().name())
                .orElse(EngineMeters.UNKNOWN);
    }

    private static ResponseMetadata metadata(Call call, Optional<RecordReference> reference) {
        boolean verified = verified(call);
        return new ResponseMetadata(
                call.correlationId(),
                call.protocolName(),
                call.versionName(),
                call.operationName(),
                verified ? call.caller().map(Caller::tenant) : Optional.empty(),
                verified ? reference : Optional.empty(),
                call.rate(),
                call.ending(),
                call.latencyMicros());
    }

    private static boolean verified(Call call) {
        return call.caller().map(caller -> !caller.anonymous()).orElse(false);
    }
}
