package dev.mapsovereign.gateway.http2;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.gateway.http.Answer;
import dev.mapsovereign.gateway.http.Fields;
import dev.mapsovereign.gateway.http.RequestException;
import dev.mapsovereign.gateway.http.RequestHandler;
import dev.mapsovereign.gateway.listen.BodyBudget;
import dev.mapsovereign.gateway.listen.Connection;
import dev.mapsovereign.gateway.listen.Phase;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.http.http2.Http2ErrorCode;
import io.helidon.http.http2.Http2Exception;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpSecurity;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Takes the requests of one HTTP/2 connection to our handler, each on its stream's thread, and
 * keeps the connection's clock: it idles only while no stream is open, and what a client drips
 * between requests does not prolong that.
 */
final class StreamRouting implements HttpRouting {
    private final Connection connection;
    private final FrameGate gate;
    private final RequestHandler handler;
    private final BodyBudget bodies;
    private final ScheduledExecutorService clock;

    /** Covers {@link #open}, {@link #ended} and the phase that follows from them. */
    private final ReentrantLock counting = new ReentrantLock();

    private int open;
    private boolean ended;

    StreamRouting(
            Connection connection,
            FrameGate gate,
            RequestHandler handler,
            BodyBudget bodies,
            ScheduledExecutorService clock) {
        this.connection = connection;
        this.gate = gate;
        this.handler = handler;
        this.bodies = bodies;
        this.clock = clock;
    }

    @Override
    public void route(ConnectionContext context, RoutingRequest request, RoutingResponse response) {
        count(1);
        boolean settled = false;
        try (BodyBudget.Share share = bodies.share()) {
            StreamRequest ours = new StreamRequest(connection, request, share, clock);
            Answer answer = answer(ours);
            gate.answering(request.id());
            send(response, answer, "HEAD".equals(ours.method()));
            settled = ours.settleBody();
        } finally {
            gate.answering(request.id());
            if (!settled) {
                gate.abandon(request.id());
            }
            count(-1);
        }
        if (!settled) {
            throw reset(Http2ErrorCode.NO_ERROR, "the rest of a request body is not wanted");
        }
    }

    /** The connection ends; its clock is no longer ours. */
    void end() {
        counting.lock();
        try {
            ended = true;
        } finally {
            counting.unlock();
        }
    }

    /** What makes Helidon reset the stream. */
    private static CloseConnectionException reset(Http2ErrorCode code, String message) {
        return new CloseConnectionException(message, new Http2Exception(code, message));
    }

    private Answer answer(StreamRequest request) {
        Optional<RequestException> problem = request.check();
        if (problem.isEmpty()) {
            return handler.handle(request);
        }
        return handler.refuse(
                new RequestHandler.BrokenRequest(
                        request.source(),
                        Optional.of(request.method()),
                        Optional.of(request.target()),
                        problem.get(),
                        request.receivedNanos()));
    }

    private void send(RoutingResponse response, Answer answer, boolean headOnly) {
        try {
            sendAll(response, answer, headOnly);
        } finally {
            if (answer.body() instanceof Answer.Streamed(Answer.Source source)) {
                source.close();
            }
        }
    }

    private void sendAll(RoutingResponse response, Answer answer, boolean headOnly) {
        response.status(Status.create(answer.status()));
        for (Fields.Field field : answer.fields()) {
            response.headers().add(HeaderValues.create(field.name(), field.value()));
        }
        switch (answer.body()) {
            case Answer.Whole(byte[] body) -> {
                if (headOnly) {
                    response.headers().set(HeaderNames.CONTENT_LENGTH, String.valueOf(body.length));
                    within(response::send);
                } else {
                    within(() -> response.send(body));
                }
            }
            case Answer.Streamed(Answer.Source source) -> {
                OutputStream out = response.outputStream();
                try {
                    source.writeTo(part -> writePart(out, part));
                    // Not where it broke off: that would end the stream as if all had been sent.
                    out.close();
                } catch (IOException e) {
                    throw reset(Http2ErrorCode.CANCEL, "the answer broke off");
                }
                response.commit();
            }
        }
    }

    /** Whoever makes the parts hears of a client that does not take one as over HTTP/1.1. */
    private void writePart(OutputStream out, byte[] part) throws IOException {
        try {
            within(() -> {
                out.write(part);
                out.flush();
            });
        } catch (RuntimeException e) {
            throw new IOException("the stream is gone", e);
        }
    }

    /** One write of an answer. */
    private interface Write {
        void run() throws IOException;
    }

    /**
     * Writes within the write time. Helidon begins its own wait anew with each byte that a client's
     * window grants (CVE-2019-9511, "data dribble"), and lets a stream go without a word.
     */
    private void within(Write write) {
        try (StreamTime _ = new StreamTime(clock, connection.limits().writeTime())) {
            write.run();
        } catch (IOException e) {
            throw new CloseConnectionException("the answer broke off", e);
        } catch (RuntimeException e) {
            if (e instanceof Http2Exception || e.getCause() instanceof Http2Exception) {
                throw reset(Http2ErrorCode.CANCEL, "the client does not take its answer");
            }
            throw e;
        }
    }

    private void count(int change) {
        counting.lock();
        try {
            open += change;
            if (!ended) {
                connection.enter(open == 0 ? Phase.IDLE : Phase.HANDLING);
            }
        } finally {
            counting.unlock();
        }
    }

    @Override
    public HttpSecurity security() {
        return HttpRouting.empty().security();
    }

    @Override
    public void beforeStart() {}

    @Override
    public void afterStop() {}

    /** The refusal of a head that is larger than the listener grants. */
    static RequestException headTooLarge(String what) {
        return new RequestException(ErrorCode.HEADERS_TOO_LARGE, what);
    }
}
