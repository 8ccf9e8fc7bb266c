package dev.mapsovereign.engine.router;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.balance.EndpointLease;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.Effect;
import dev.mapsovereign.engine.request.EventSource;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.trace.CallTrace;
import java.io.IOException;
import java.util.Optional;

/**
 * A call of the external tier from the head of its answer to its end: the endpoint's events, read
 * strictly and written anew, so that nothing which an endpoint sends can be more than one event.
 */
final class EventStreamCall implements EventSource {
    /** What an event costs around its data. */
    private static final long STREAM_BYTES_MAX = 4L * Limits.DATA_BYTES_MAX;

    private static final JsonReader.Limits EVENT_LIMITS =
            new JsonReader.Limits(64, Limits.EVENT_BYTES_MAX);

    private final Call call;
    private final EndpointLease lease;
    private final UpstreamStream stream;
    private final ServerSentEvents events;
    private final boolean readOnly;
    private final long beganNanos = System.nanoTime();
    private boolean closed;

    EventStreamCall(Call call, EndpointLease lease, UpstreamStream stream, boolean readOnly) {
        this.call = call;
        this.lease = lease;
        this.stream = stream;
        this.readOnly = readOnly;
        events = new ServerSentEvents(stream.content(), Limits.EVENT_BYTES_MAX, STREAM_BYTES_MAX);
    }

    @Override
    public Optional<byte[]> next() {
        String name = lease.endpoint().name();
        try {
            Optional<ServerSentEvents.Event> event = events.next();
            if (event.isEmpty()) {
                lease.succeeded(System.nanoTime() - beganNanos);
                return Optional.empty();
            }
            if (event.get().name().equals("error")) {
                throw refused(UpstreamVerdict.broken(name, event.get().data()));
            }
            return Optional.of(
                    CanonicalJson.encode(JsonReader.parseObject(event.get().data(), EVENT_LIMITS)));
        } catch (JsonException malformed) {
            throw broken(ErrorCode.ADAPTER_ERROR, name + " sent an event that is no JSON object");
        } catch (IOException failed) {
            throw stream.late()
                    ? broken(ErrorCode.TIMEOUT, name + " did not come to an end in time")
                    : broken(
                            ErrorCode.ADAPTER_ERROR,
                            name + " broke off: " + ConnectionFailure.reason(failed));
        }
    }

    private RefusedException refused(UpstreamVerdict.Failed failed) {
        call.effect(readOnly || failed.nothingDone() ? Effect.NONE : Effect.UNKNOWN);
        if (failed.endpointFailed()) {
            lease.failed(System.nanoTime() - beganNanos);
        }
        return new RefusedException(failed.refusal());
    }

    private RefusedException broken(ErrorCode code, String reason) {
        lease.failed(System.nanoTime() - beganNanos);
        return new RefusedException(Refusal.of(code, reason));
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            stream.close();
            lease.close();
            call.trace().ifPresent(CallTrace::forwardEnded);
        }
    }
}
