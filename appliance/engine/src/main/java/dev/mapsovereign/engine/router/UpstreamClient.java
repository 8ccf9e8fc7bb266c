package dev.mapsovereign.engine.router;

import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.route.EgressPolicy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A client for the remote processes of one route: HTTP/1.1 with kept connections on blocking
 * sockets, one virtual thread a call. It follows no redirects, keeps no cookies, asks no proxy, and
 * connects to nothing that the operator did not name.
 *
 * <p>The newest idle connection is used first, so that a quiet client keeps few. Safe for use by
 * several threads.
 */
public final class UpstreamClient implements AutoCloseable {
    private final EgressPolicy egress;
    private final Optional<UpstreamTls> tls;
    private final DeadlineWatch watch;
    private final Map<URI, Pool> pools = new ConcurrentHashMap<>();
    private final AtomicInteger generation = new AtomicInteger();
    private volatile boolean closed;

    /** Idle connections to one address; the count bounds the deque, whose size costs a walk. */
    private static final class Pool {
        private final UpstreamAddress address;
        private final Deque<UpstreamConnection> idle = new ConcurrentLinkedDeque<>();
        private final AtomicInteger size = new AtomicInteger();
        private volatile boolean closed;

        Pool(UpstreamAddress address) {
            this.address = address;
        }

        @Nullable UpstreamConnection newest() {
            UpstreamConnection connection = idle.pollFirst();
            if (connection != null) {
                size.decrementAndGet();
            }
            return connection;
        }

        boolean offer(UpstreamConnection connection) {
            if (closed) {
                return false;
            }
            if (size.incrementAndGet() > Limits.UPSTREAM_IDLE_MAX) {
                size.decrementAndGet();
                return false;
            }
            idle.addFirst(connection);
            if (closed) {
                // Closed just now: whoever did that may have looked before this one came.
                closeIdle();
            }
            return true;
        }

        void close() {
            closed = true;
            closeIdle();
        }

        private void closeIdle() {
            UpstreamConnection connection = newest();
            while (connection != null) {
                connection.close();
                connection = newest();
            }
        }
    }

    /**
     * A client that has no connections yet.
     *
     * @param tls for addresses that begin with {@code https}; empty where there are none
     */
    public UpstreamClient(EgressPolicy egress, Optional<UpstreamTls> tls) {
        this(egress, tls, new DeadlineWatch());
    }

    /** A client whose watch is closed with it. */
    UpstreamClient(EgressPolicy egress, Optional<UpstreamTls> tls, DeadlineWatch watch) {
        this.egress = egress;
        this.tls = tls;
        this.watch = watch;
    }

    /**
     * Sends a request and reads its answer.
     *
     * @param request head and content, ready to be sent
     * @param repeatable whether sending it twice does no harm; only then is a request that may have
     *     got to the other side of a connection closed meanwhile sent again, once, on a new one
     * @throws UpstreamException saying how far it came
     */
    public UpstreamAnswer send(URI address, byte[] request, boolean repeatable, Deadline deadline)
            throws UpstreamException {
        return send(address, request, repeatable, deadline, false);
    }

    /**
     * Sends a request to which server-sent events may be the answer; its stream then is closed by
     * whoever gets it.
     *
     * @param events whether they may
     * @throws UpstreamException as {@link #send(URI, byte[], boolean, Deadline)}
     */
    public UpstreamAnswer send(
            URI address, byte[] request, boolean repeatable, Deadline deadline, boolean events)
            throws UpstreamException {
        Pool pool = poolOf(address);
        UpstreamConnection kept =
                idleConnection(
                        pool,
                        repeatable
                                ? Limits.UPSTREAM_IDLE_TIME
                                : Limits.UPSTREAM_IDLE_TIME_UNREPEATABLE);
        if (kept != null) {
            try {
                return exchange(pool, kept, request, deadline, events);
            } catch (UpstreamException failed) {
                boolean again =
                        switch (failed.reach()) {
                            case NOT_SENT -> true;
                            case STALE -> repeatable;
                            case SENT -> false;
                        };
                if (!again) {
                    throw failed;
                }
            }
        }
        return exchange(pool, connect(address, pool, deadline), request, deadline, events);
    }

    /**
     * A POST, ready to be sent.
     *
     * @param path of the request line
     * @param fields header fields besides {@code Host} and {@code Content-Length}, lines with CR LF
     *     between; every value was checked, none can hold a line end
     */
    public static byte[] post(URI address, String path, String fields, byte[] content) {
        String head =
                "POST "
                        + path
                        + " HTTP/1.1\r\nHost: "
                        + address.getRawAuthority()
                        + "\r\n"
                        + fields
                        + "\r\nContent-Length: "
                        + content.length
                        + "\r\n\r\n";
        byte[] bytes = head.getBytes(StandardCharsets.US_ASCII);
        byte[] whole = Arrays.copyOf(bytes, bytes.length + content.length);
        System.arraycopy(content, 0, whole, bytes.length, content.length);
        return whole;
    }

    /** The policy is asked before every connection, whatever the configuration was checked for. */
    private UpstreamConnection connect(URI address, Pool pool, Deadline deadline)
            throws UpstreamException {
        if (!egress.allows(address)) {
            throw new UpstreamException(
                    address.getAuthority() + " is not named in sovereign.allowed_egress",
                    UpstreamException.Reach.NOT_SENT,
                    false);
        }
        return UpstreamConnection.open(pool.address, tls, generation.get(), deadline, watch);
    }

    /** Whether {@code GET path} there is answered with 200 in time. */
    public boolean isWell(URI address, String path, Deadline deadline) {
        String request =
                "GET " + path + " HTTP/1.1\r\nHost: " + address.getAuthority() + "\r\n\r\n";
        try {
            byte[] bytes = request.getBytes(StandardCharsets.US_ASCII);
            return send(address, bytes, true, deadline).status() == 200;
        } catch (UpstreamException notWell) {
            return false;
        }
    }

    /**
     * Reads the TLS files again.
     *
     * @return what takes them over and says whether they hold something else than before; then no
     *     exchange begins on an older connection any more, and those under way go on
     * @throws dev.mapsovereign.base.error.OperatorException when they cannot be used
     */
    public BooleanSupplier readTlsAgain() {
        Optional<BooleanSupplier> newer = tls.map(UpstreamTls::readAgain);
        return () -> {
            boolean other = newer.isPresent() && newer.get().getAsBoolean();
            if (other) {
                generation.incrementAndGet();
            }
            return other;
        };
    }

    /** Keeps no connection to that address any more; an exchange under way goes on. */
    public void forget(URI address) {
        Pool pool = pools.remove(address);
        if (pool != null) {
            pool.close();
        }
    }

    private UpstreamAnswer exchange(
            Pool pool,
            UpstreamConnection connection,
            byte[] request,
            Deadline deadline,
            boolean events)
            throws UpstreamException {
        boolean streams = false;
        try {
            UpstreamAnswer answer = connection.exchange(request, deadline, events);
            streams = answer.stream().isPresent();
            return answer;
        } finally {
            connection.idle();
            if (!streams && (!connection.usable() || closed || !pool.offer(connection))) {
                connection.close();
            }
        }
    }

    private @Nullable UpstreamConnection idleConnection(Pool pool, Duration idleMax) {
        UpstreamConnection connection = pool.newest();
        while (connection != null
                && (connection.generation != generation.get()
                        || connection.idleLongerThan(idleMax))) {
            connection.close();
            connection = pool.newest();
        }
        return connection;
    }

    private Pool poolOf(URI address) {
        Pool known = pools.get(address);
        return known != null
                ? known
                : pools.computeIfAbsent(address, own -> new Pool(UpstreamAddress.of(own)));
    }

    @Override
    public void close() {
        closed = true;
        watch.close();
        pools.values().forEach(Pool::close);
    }
}
