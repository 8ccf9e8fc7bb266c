package dev.mapsovereign.engine.pipeline;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.EventSource;
import dev.mapsovereign.engine.request.EventStream;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.StreamedSoFar;
import java.io.IOException;
import java.util.Optional;

/** Stages 7 and 8 of a call whose answer comes in parts, from its first event to its record. */
final class StreamedCall implements EventStream {
    private final Pipeline pipeline;
    private final Call call;
    private final EventSource source;
    private final StreamedSoFar streamed;
    private Runnable afterwards = () -> {};
    private boolean recorded;
    private boolean closed;

    StreamedCall(Pipeline pipeline, Call call, EventSource source) {
        this.pipeline = pipeline;
        this.call = call;
        this.source = source;
        streamed = call.streams();
    }

    @Override
    public EngineResponse handOn(Sink sink) {
        EngineResponse response;
        try {
            for (Optional<byte[]> next = source.next(); next.isPresent(); next = source.next()) {
                handOn(next.get(), sink);
            }
            response = pipeline.resultHandling().completeStream(call, streamed);
        } catch (Throwable thrown) {
            response = pipeline.resultHandling().refuse(call, Pipeline.refusalOf(call, thrown));
        }
        recorded = true;
        return response;
    }

    private void handOn(byte[] event, Sink sink) {
        if (streamed.size() + event.length + 1L > Limits.DATA_BYTES_MAX) {
            throw new RefusedException(
                    Refusal.of(
                            ErrorCode.ADAPTER_ERROR,
                            "the events have together more than "
                                    + Limits.DATA_BYTES_MAX
                                    + " bytes"));
        }
        // Before it is given away: what the caller may have is in the record, never less.
        streamed.handedOn(event);
        try {
            sink.event(event);
        } catch (IOException gone) {
            throw new RefusedException(left());
        }
    }

    private static Refusal left() {
        return Refusal.of(ErrorCode.INTERRUPTED, "the caller took no further event");
    }

    @Override
    public void afterwards(Runnable end) {
        afterwards = end;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            source.close();
            if (!recorded) {
                recorded = true;
                var _ = pipeline.resultHandling().refuse(call, left());
            }
        } finally {
            pipeline.end(call);
            afterwards.run();
        }
    }
}
