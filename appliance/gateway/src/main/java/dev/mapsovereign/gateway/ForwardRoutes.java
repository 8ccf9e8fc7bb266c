package dev.mapsovereign.gateway;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.gateway.forward.EngineHosts;
import dev.mapsovereign.gateway.forward.ForwardedAnswer;
import dev.mapsovereign.gateway.forward.ForwardedRequest;
import dev.mapsovereign.gateway.forward.ForwardedRequest.Obstacle;
import dev.mapsovereign.gateway.http.Answer;
import dev.mapsovereign.gateway.http.Request;
import dev.mapsovereign.gateway.http.RequestException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * What a gateway without an engine does: it reads a request, hands it to an engine host, and sends
 * back what comes. It judges nothing of a call; it keeps from the engines what is no HTTP.
 *
 * <p>Every answer to a call has its record, at the engine host that gave it. A host that had a call
 * and did not answer is told of at another one, whose record and answer say so ({@code
 * adapter_error} or {@code timeout}, with an unknown effect). Where no host can be reached nothing
 * can be recorded: 503 {@code audit_unavailable}.
 */
final class ForwardRoutes extends Routes {
    private static final String DISPATCH = "/v1/dispatch";
    private static final String SCHEMAS = "/v1/schemas/";
    private static final int KNOWN_MAX = 10_000;

    /** An underscore and 32 bytes in base64url. */
    private static final int KEY_SECRET_CHARACTERS = 44;

    private static final int KEY_ID_CHARACTERS_MAX = 40;

    private final EngineHosts hosts;

    /** Whose credentials these turned out to be, so that a tenant's calls stay together. */
    private final Map<String, String> tenants = new ConcurrentHashMap<>();

    ForwardRoutes(EngineHosts hosts, Supplier<Readiness> readiness, EdgeMeters meters) {
        super(meters, readiness);
        this.hosts = hosts;
    }

    /** Nobody could be told: then it is said without a record, as a defect of the edge is. */
    @Override
    Answer refused(BrokenRequest broken) {
        EngineHosts.Outcome outcome =
                hosts.report(
                        ForwardedRequest.broken(broken),
                        broken.source(),
                        Deadline.after(Limits.REPORT_TIME_MAX),
                        Optional.empty());
        return outcome instanceof EngineHosts.Answered(ForwardedAnswer answer)
                ? answer.answer()
                : ProblemDetails.answer(broken.problem().code(), broken.problem().reason());
    }

    @Override
    Answer route(Request request) {
        String path = request.path();
        if (!path.equals(DISPATCH) && !path.equals(TraceQuery.PATH) && !path.startsWith(SCHEMAS)) {
            return ProblemDetails.answer(ErrorCode.NOT_FOUND, "there is nothing at this path");
        }
        return draining()
                ? ProblemDetails.answer(ErrorCode.DRAINING, "this gateway is stopping")
                : forward(request);
    }

    private Answer forward(Request request) {
        Credential credential = credential(request);
        String belongsTo = affinity(request, credential);
        byte[] forwarded;
        boolean whole = true;
        try {
            forwarded = ForwardedRequest.whole(request, body(request, credential));
        } catch (RequestException e) {
            forwarded = ForwardedRequest.obstructed(request, Obstacle.BODY, e);
            whole = false;
        }
        Deadline deadline =
                Deadline.after(
                        Limits.CALL_TIME_MAX.plus(
                                dev.mapsovereign.gateway.forward.Limits.ANSWER_GRACE));
        Answer answer =
                switch (hosts.send(forwarded, belongsTo, deadline)) {
                    case EngineHosts.Answered(ForwardedAnswer found) -> {
                        found.tenant().ifPresent(tenant -> learn(belongsTo, tenant));
                        yield found.answer();
                    }
                    case EngineHosts.Lost lost -> tellOf(lost, request, belongsTo);
                    case EngineHosts.Unreachable() -> unreachable();
                };
        return whole ? answer : answer.closing();
    }

    /** The record of a call whose host did not answer stands at another one. */
    private Answer tellOf(EngineHosts.Lost lost, Request request, String belongsTo) {
        RequestException why =
                new RequestException(
                        lost.code(),
                        "the engine host " + lost.host() + " had it and did not answer");
        EngineHosts.Outcome outcome =
                hosts.report(
                        ForwardedRequest.obstructed(request, Obstacle.LOST, why),
                        belongsTo,
                        Deadline.after(Limits.REPORT_TIME_MAX),
                        Optional.of(lost.host()));
        return outcome instanceof EngineHosts.Answered(ForwardedAnswer answer)
                ? answer.answer()
                : unreachable();
    }

    private static Answer unreachable() {
        return ProblemDetails.answer(
                        ErrorCode.AUDIT_UNAVAILABLE,
                        "no engine host can be reached, so nothing can be recorded")
                .with("retry-after", "1");
    }

    private static Credential credential(Request request) {
        try {
            return CredentialReader.read(
                    request.fields().only("authorization"), request.clientCertificates());
        } catch (RequestException e) {
            return Credential.Anonymous.INSTANCE;
        }
    }

    private static byte[] body(Request request, Credential credential) throws RequestException {
        if (request.announcedLength() == 0 || !request.method().equals("POST")) {
            return new byte[0];
        }
        return request.body(RequestReader.bodyBytesMax(credential));
    }

    /**
     * What the call belongs to: its tenant, where that is named or known by its credential; else
     * the credential, or the address that it comes from. A DidAuth session is kept by the host that
     * opened it, which the address finds again.
     */
    private String affinity(Request request, Credential credential) {
        String found =
                switch (credential) {
                    case Credential.ApiKey(String presented) ->
                            "key " + presented.substring(0, keyIdEnd(presented));
                    case Credential.ClientCertificate(var leaf) ->
                            "certificate "
                                    + leaf.getSerialNumber()
                                    + request.fields().first("x-tenant-id").orElse("");
                    case Credential.Treaty treaty -> "treaty " + treaty.treaty();
                    case Credential.Anonymous ignored -> request.source();
                    case Credential.DidAuth ignored -> request.source();
                    case Credential.Malformed ignored -> request.source();
                    case Credential.ControlSocket ignored -> request.source();
                };
        return tenants.getOrDefault(found, found);
    }

    /** Where the part of an API key ends that is no secret. */
    private static int keyIdEnd(String presented) {
        return Math.clamp(presented.length() - KEY_SECRET_CHARACTERS, 0, KEY_ID_CHARACTERS_MAX);
    }

    private void learn(String belongsTo, String tenant) {
        if (belongsTo.startsWith("tenant ") || belongsTo.indexOf(' ') < 0) {
            return;
        }
        if (tenants.size() >= KNOWN_MAX) {
            tenants.clear();
        }
        tenants.put(belongsTo, "tenant " + tenant);
    }
}
