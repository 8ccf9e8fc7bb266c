package dev.mapsovereign.engine.request;

import dev.mapsovereign.base.identity.CorrelationId;
import java.util.Optional;

/**
 * One call as it came in: what stage 1 gets.
 *
 * @param correlationId made by this node
 * @param credential what the caller showed
 * @param origin where it came from
 * @param tenantHeader header {@code X-Tenant-Id}
 * @param agentDidHeader header {@code X-Agent-Did}
 * @param idempotencyKey header {@code Idempotency-Key}
 * @param callerCorrelationId header {@code X-Correlation-Id}: the id that the caller has for this
 * @param trace header {@code traceparent}, when it was valid
 * @param body the request body exactly as received; the engine does not change it
 * @param envelope the same body, read
 * @param receivedNanos {@link System#nanoTime()} when the first byte of the request was read
 * @param deadline when nobody waits any more
 * @param eventStream whether the caller takes the answer in parts, and can be given it so
 */
public record InboundRequest(
        CorrelationId correlationId,
        Credential credential,
        Origin origin,
        Optional<String> tenantHeader,
        Optional<String> agentDidHeader,
        Optional<String> idempotencyKey,
        Optional<String> callerCorrelationId,
        Optional<TraceParent> trace,
        byte[] body,
        Envelope envelope,
        long receivedNanos,
        Deadline deadline,
        boolean eventStream)
        implements Arrival {

    @Override
    public Optional<byte[]> bodyReceived() {
        return Optional.of(body);
    }
}
