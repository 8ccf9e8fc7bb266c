package dev.mapsovereign.engine.request;

import dev.mapsovereign.base.identity.CorrelationId;
import java.util.Optional;

/**
 * One call that the edge could not turn into an {@link InboundRequest}; it is recorded like any
 * other refusal.
 *
 * @param correlationId made by this node
 * @param credential what the caller showed
 * @param origin where it came from
 * @param tenantHeader header {@code X-Tenant-Id}
 * @param agentDidHeader header {@code X-Agent-Did}
 * @param idempotencyKey header {@code Idempotency-Key}
 * @param callerCorrelationId header {@code X-Correlation-Id}: the id that the caller has for this
 * @param trace header {@code traceparent}, when it was valid
 * @param body the request body when it was read whole
 * @param refusal what the edge found wrong; without a stage
 * @param receivedNanos {@link System#nanoTime()} when the first byte of the request was read
 */
public record RejectedRequest(
        CorrelationId correlationId,
        Credential credential,
        Origin origin,
        Optional<String> tenantHeader,
        Optional<String> agentDidHeader,
        Optional<String> idempotencyKey,
        Optional<String> callerCorrelationId,
        Optional<TraceParent> trace,
        Optional<byte[]> body,
        Refusal refusal,
        long receivedNanos)
        implements Arrival {

    @Override
    public Optional<byte[]> bodyReceived() {
        return body;
    }
}
