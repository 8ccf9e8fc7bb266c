package dev.mapsovereign.engine.router;

import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.route.EgressPolicy;
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
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** One connection to a remote process; carries one exchange at a time. */
final class UpstreamConnection implements Closeable {
    private final Socket socket;
    private final OutputStream out;
    private final DeadlineInput in;
    private final AnswerReader reader;
    private long idleSinceNanos;
    private boolean used;

    private UpstreamConnection(Socket socket) throws IOException {
        this.socket = socket;
        out = socket.getOutputStream();
        in = new DeadlineInput(socket);
        reader = new AnswerReader(in);
    }

    /** Sets the socket's patience before each read to what is left of the deadline. */
    private static final class DeadlineInput extends InputStream {
        private final Socket socket;
        private final InputStream in;
        private Deadline deadline = Deadline.after(Duration.ZERO);

        DeadlineInput(Socket socket) throws IOException {
            this.socket = socket;
            in = socket.getInputStream();
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int from, int length) throws IOException {
            long millis = deadline.remainingNanos() / 1_000_000;
            if (millis <= 0) {
                throw new SocketTimeoutException("the deadline has passed");
            }
            socket.setSoTimeout((int) Math.min(millis, Integer.MAX_VALUE));
            return in.read(target, from, length);
        }
    }

    /**
     * Connects, by TLS 1.3 with the name checked where the scheme is {@code https}.
     *
     * @throws UpstreamException with nothing sent
     */
    static UpstreamConnection open(URI address, Optional<SSLSocketFactory> tls, Deadline deadline)
            throws UpstreamException {
        Socket plain = new Socket();
        try {
            int millis = (int) Math.min(deadline.remaining().toMillis(), Integer.MAX_VALUE);
            if (millis <= 0) {
                throw new SocketTimeoutException("the deadline has passed");
            }
            String host = bareHost(address);
            plain.setTcpNoDelay(true);
            plain.connect(
                    new InetSocketAddress(
                            InetAddress.getByName(host), EgressPolicy.portOf(address)),
                    millis);
            return new UpstreamConnection(
                    "https".equalsIgnoreCase(address.getScheme())
                            ? secured(plain, host, address, tls, deadline)
                            : plain);
        } catch (IOException failed) {
            DeadlineWatch.closeQuietly(plain);
            throw new UpstreamException(
                    "no connection to " + address.getAuthority() + ": " + failed.getMessage(),
                    UpstreamException.Reach.NOT_SENT,
                    failed instanceof SocketTimeoutException,
                    failed);
        }
    }

    private static Socket secured(
            Socket plain,
            String host,
            URI address,
            Optional<SSLSocketFactory> tls,
            Deadline deadline)
            throws IOException {
        SSLSocketFactory factory =
                tls.orElseThrow(() -> new IOException("no trust set is configured for TLS"));
        SSLSocket secure =
                (SSLSocket) factory.createSocket(plain, host, EgressPolicy.portOf(address), true);
        SSLParameters parameters = secure.getSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3"});
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secure.setSSLParameters(parameters);
        secure.setSoTimeout((int) Math.max(1, deadline.remaining().toMillis()));
        secure.startHandshake();
        return secure;
    }

    private static String bareHost(URI address) throws IOException {
        String host = address.getHost();
        if (host == null) {
            throw new IOException("the address has no host");
        }
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /**
     * Sends a request and reads its answer.
     *
     * @param request head and content in one, so that a small request is one segment
     * @throws UpstreamException saying how far it came
     */
    UpstreamAnswer exchange(byte[] request, Deadline deadline, DeadlineWatch watch)
            throws UpstreamException {
        boolean reused = used;
        used = true;
        in.deadline = deadline;
        try (DeadlineWatch.Guard _ = watch.guard(deadline, socket)) {
            out.write(request);
            out.flush();
            return reader.read();
        } catch (EOFException | SocketException ended) {
            boolean stale = reused && !deadline.passed() && reader.nothingRead();
            throw failure(
                    ended,
                    stale ? UpstreamException.Reach.STALE : UpstreamException.Reach.SENT,
                    deadline.passed());
        } catch (IOException failed) {
            boolean late = failed instanceof SocketTimeoutException || deadline.passed();
            throw failure(failed, UpstreamException.Reach.SENT, late);
        }
    }

    private static UpstreamException failure(
            IOException cause, UpstreamException.Reach reach, boolean late) {
        String what = cause.getMessage() == null ? "the connection ended" : cause.getMessage();
        return new UpstreamException(what, reach, late, cause);
    }

    void idle() {
        idleSinceNanos = System.nanoTime();
    }

    boolean idleLongerThan(Duration time) {
        return System.nanoTime() - idleSinceNanos > time.toNanos();
    }

    @Override
    public void close() {
        DeadlineWatch.closeQuietly(socket);
    }
}
