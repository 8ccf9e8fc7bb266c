package dev.mapsovereign.gateway;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.EventStream;
import dev.mapsovereign.gateway.http.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes an answer in parts as server-sent events (WHATWG HTML §9.2): each event of the operation,
 * then {@code end} with the envelope, or {@code error} with a problem document. JSON in RFC 8785
 * form has no line ends, so each is one {@code data} line.
 */
final class EventAnswer implements Answer.Source {
    static final String MEDIA_TYPE = "text/event-stream";

    private static final byte[] DATA = ascii("data: ");
    private static final byte[] END = ascii("event: end\ndata: ");
    private static final byte[] ERROR = ascii("event: error\ndata: ");
    private static final byte[] BLANK = ascii("\n\n");

    private final EventStream events;

    EventAnswer(EventStream events) {
        this.events = events;
    }

    @Override
    public void writeTo(Answer.Sink sink) throws IOException {
        switch (events.handOn(data -> sink.write(event(DATA, data)))) {
            case EngineResponse.Answered(byte[] data, var metadata, boolean _) ->
                    sink.write(event(END, ResponseWriter.envelope(data, metadata)));
            case EngineResponse.Refused(var refusal, var metadata) -> {
                if (refusal.code() == ErrorCode.INTERRUPTED) {
                    throw new IOException("the caller took no further event");
                }
                sink.write(event(ERROR, ProblemDetails.document(refusal, metadata)));
            }
            case EngineResponse.Streaming _ ->
                    throw new IllegalStateException("a stream ended in a stream");
        }
    }

    private static byte[] event(byte[] begin, byte[] json) {
        byte[] event = Arrays.copyOf(begin, begin.length + json.length + BLANK.length);
        System.arraycopy(json, 0, event, begin.length, json.length);
        System.arraycopy(BLANK, 0, event, begin.length + json.length, BLANK.length);
        return event;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
        events.close();
    }
}
