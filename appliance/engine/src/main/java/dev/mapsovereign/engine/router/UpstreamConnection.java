package dev.mapsovereign.engine.router;

import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.Deadline;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;

/** One connection to a remote process; carries one exchange at a time. */
final class UpstreamConnection implements Closeable {
    /**
     * What a server also does that refuses a client certificate while the request is on its way.
     */
    private static final String ENDED_BEFORE =
            "it ended the connection before the request was sent, as one that wants another client"
                    + " certificate does";

    /** Which reading of the TLS files it was made by; see {@link UpstreamClient#readTlsAgain}. */
    final int generation;

    private final DeadlineWatch.Guard guard;
    private final Socket socket;
    private final OutputStream out;
    private final AnswerReader reader;
    private long idleSinceNanos;
    private boolean used;
    private boolean usable = true;

    private UpstreamConnection(DeadlineWatch.Guard guard, Socket socket, int generation)
            throws IOException {
        this.guard = guard;
        this.socket = socket;
        this.generation = generation;
        out = socket.getOutputStream();
        InputStream in = socket.getInputStream();
        reader = new AnswerReader(in);
    }

    /**
     * Connects, by TLS 1.3 with the name checked where the address is {@code https}.
     *
     * @param generation of the TLS files at the moment
     * @throws UpstreamException with nothing sent
     */
    static UpstreamConnection open(
            UpstreamAddress address,
            Optional<UpstreamTls> tls,
            int generation,
            Deadline deadline,
            DeadlineWatch watch)
            throws UpstreamException {
        Socket plain = new Socket();
        DeadlineWatch.Guard guard = watch.guard(plain);
        try {
            int millis = (int) Math.min(deadline.remaining().toMillis(), Integer.MAX_VALUE);
            if (millis <= 0) {
                throw new SocketTimeoutException("the deadline has passed");
            }
            plain.setTcpNoDelay(true);
            plain.connect(
                    new InetSocketAddress(InetAddress.getByName(address.host()), address.port()),
                    millis);
            Socket socket =
                    address.secure() ? secured(plain, guard, address, tls, deadline) : plain;
            return new UpstreamConnection(guard, socket, generation);
        } catch (IOException failed) {
            guard.close();
            throw new UpstreamException(
                    "no connection to "
                            + address.authority()
                            + ": "
                            + ConnectionFailure.reason(failed),
                    UpstreamException.Reach.NOT_SENT,
                    failed instanceof SocketTimeoutException || deadline.passed(),
                    failed);
        }
    }

    private static Socket secured(
            Socket plain,
            DeadlineWatch.Guard guard,
            UpstreamAddress address,
            Optional<UpstreamTls> tls,
            Deadline deadline)
            throws IOException {
        UpstreamTls files = tls.orElseThrow(() -> new IOException("nobody there is trusted"));
        SSLSocket secure = files.over(plain, address.host(), address.port());
        guard.begin(deadline);
        secure.startHandshake();
        if (!guard.end(deadline)) {
            throw new SocketTimeoutException("the deadline has passed");
        }
        return secure;
    }

    /**
     * Sends a request and reads its answer.
     *
     * @param request head and content in one, so that a small request is one segment
     * @param events whether server-sent events may come; they are left to be read, and the
     *     connection lives until that stream is closed
     * @throws UpstreamException saying how far it came
     */
    UpstreamAnswer exchange(byte[] request, Deadline deadline, boolean events)
            throws UpstreamException {
        boolean reused = used;
        boolean written = false;
        used = true;
        usable = false;
        guard.begin(deadline);
        try {
            out.write(request);
            out.flush();
            written = true;
            AnswerReader.Read read = reader.read(events);
            Optional<UpstreamStream> stream =
                    read.content().map(content -> new UpstreamStream(content, deadline, this));
            usable = stream.isEmpty() && guard.end(deadline) && read.reusable();
            return new UpstreamAnswer(
                    read.status(), read.retryAfter(), read.body(), usable, stream);
        } catch (SSLHandshakeException refused) {
            // In TLS 1.3 a server judges our certificate when the handshake is over for us; what
            // it thinks of it comes in the place of an answer, and the request was not looked at.
            boolean first = !reused && reader.nothingRead();
            throw failure(
                    refused,
                    first ? UpstreamException.Reach.NOT_SENT : UpstreamException.Reach.SENT,
                    deadline.passed());
        } catch (EOFException | SocketException ended) {
            boolean late = deadline.passed();
            if (!written && !late && request.length <= Limits.UPSTREAM_WHOLE_WRITE_BYTES_MAX) {
                throw new UpstreamException(
                        ENDED_BEFORE, UpstreamException.Reach.NOT_SENT, false, ended);
            }
            boolean stale = reused && !late && reader.nothingRead();
            throw failure(
                    ended,
                    stale ? UpstreamException.Reach.STALE : UpstreamException.Reach.SENT,
                    late);
        } catch (IOException failed) {
            throw failure(failed, UpstreamException.Reach.SENT, deadline.passed());
        }
    }

    private static UpstreamException failure(
            IOException cause, UpstreamException.Reach reach, boolean late) {
        String what = late ? "no answer before the deadline" : ConnectionFailure.reason(cause);
        return new UpstreamException(what, reach, late, cause);
    }

    /** Whether it may carry another exchange. */
    boolean usable() {
        return usable;
    }

    void idle() {
        idleSinceNanos = System.nanoTime();
    }

    boolean idleLongerThan(Duration time) {
        return System.nanoTime() - idleSinceNanos > time.toNanos();
    }

    /** Between two exchanges with a word to the peer, where TLS has one; else at once. */
    @Override
    public void close() {
        if (usable) {
            DeadlineWatch.closeQuietly(socket);
        }
        guard.close();
    }
}
