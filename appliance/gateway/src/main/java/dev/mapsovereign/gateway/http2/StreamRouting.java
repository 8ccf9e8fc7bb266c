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
    private final RequestHandler handler;
    private final BodyBudget bodies;
    private final ScheduledExecutorService clock;

    /** Covers {@link #open} and the phase that follows from it. */
    private final ReentrantLock counting = new ReentrantLock();

    private int open;

    StreamRouting(
            Connection connection,
            RequestHandler handler,
            BodyBudget bodies,
            ScheduledExecutorService clock) {
        this.connection = connection;
        this.handler = handler;
        this.bodies = bodies;
        this.clock = clock;
    }

    @Override
    public void route(ConnectionContext context, RoutingRequest request, RoutingResponse response) {
        count(1);
        try (BodyBudget.Share share = bodies.share()) {
            StreamRequest ours = new StreamRequest(connection, request, share, clock);
            send(response, answer(ours), "HEAD".equals(ours.method()));
            ours.settleBody();
        } finally {
            count(-1);
        }
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

    private static void send(RoutingResponse response, Answer answer, boolean headOnly) {
        response.status(Status.create(answer.status()));
        for (Fields.Field field : answer.fields()) {
            response.headers().add(HeaderValues.create(field.name(), field.value()));
        }
        switch (answer.body()) {
            case Answer.Whole(byte[] body) -> {
                if (headOnly) {
                    response.headers().set(HeaderNames.CONTENT_LENGTH, String.valueOf(body.length));
                    response.send();
                } else {
                    response.send(body);
                }
            }
            case Answer.Streamed(Answer.Source source) -> {
                try (OutputStream out = response.outputStream()) {
                    source.writeTo(part -> write(out, part));
                } catch (IOException e) {
                    throw new CloseConnectionException("the answer broke off", e);
                } finally {
                    source.close();
                }
                response.commit();
            }
        }
    }

    /** A client that has gone or reset the stream is told by exceptions of several kinds. */
    private static void write(OutputStream out, byte[] part) throws IOException {
        try {
            out.write(part);
            out.flush();
        } catch (RuntimeException e) {
            throw new IOException("the stream is gone", e);
        }
    }

    private void count(int change) {
        counting.lock();
        try {
            open += change;
            connection.enter(open == 0 ? Phase.IDLE : Phase.HANDLING);
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
