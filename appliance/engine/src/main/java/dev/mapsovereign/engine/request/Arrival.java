package dev.mapsovereign.engine.request;

import dev.mapsovereign.base.identity.CorrelationId;
import java.util.Optional;

/** What every call has, whether the edge could read it or not: enough to say who it is from. */
public sealed interface Arrival permits InboundRequest, RejectedRequest {
    /** Made by this node. */
    CorrelationId correlationId();

    /** What the caller showed. */
    Credential credential();

    /** Where it came from. */
    Origin origin();

    /** Header {@code X-Tenant-Id}. */
    Optional<String> tenantHeader();

    /** Header {@code X-Agent-Did}. */
    Optional<String> agentDidHeader();

    /** Header {@code Idempotency-Key}. */
    Optional<String> idempotencyKey();

    /** Header {@code X-Correlation-Id}: the id that the caller has for what it does. */
    Optional<String> callerCorrelationId();

    /** Header {@code traceparent}, when it was valid. */
    Optional<TraceParent> trace();

    /** The body, when it was read whole. */
    Optional<byte[]> bodyReceived();

    /** {@link System#nanoTime()} when the first byte of the request was read. */
    long receivedNanos();

    /** The tenant that the caller names, in the header or else in the body. */
    default Optional<String> tenantNamed() {
        return tenantHeader()
                .or(() ->
                        this instanceof InboundRequest inbound
                                ? inbound.envelope().tenantId()
                                : Optional.empty());
    }
}
