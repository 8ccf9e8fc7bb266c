package dev.mapsovereign.engine.router;

import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.route.EgressPolicy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * A client for remote processes: HTTP/1.1 with kept connections on blocking sockets, one virtual
 * thread a call. It follows no redirects, keeps no cookies, asks no proxy, and connects to nothing
 * that the operator did not name.
 *
 * <p>The newest idle connection is used first, so that a quiet client keeps few. Safe for use by
 * several threads.
 */
public final class UpstreamClient implements AutoCloseable {
    private final EgressPolicy egress;
    private final Optional<SSLSocketFactory> tls;
    private final DeadlineWatch watch = new DeadlineWatch();
    private final Map<String, Pool> pools = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** Idle connections to one authority; the count bounds the deque, whose size costs a walk. */
    private static final class Pool {
        private final Deque<UpstreamConnection> idle = new ConcurrentLinkedDeque<>();
        private final AtomicInteger size = new AtomicInteger();

        @Nullable UpstreamConnection newest() {
            UpstreamConnection connection = idle.pollFirst();
            if (connection != null) {
                size.decrementAndGet();
            }
            return connection;
        }

        boolean offer(UpstreamConnection connection) {
            if (size.incrementAndGet() > Limits.UPSTREAM_IDLE_MAX) {
                size.decrementAndGet();
                return false;
            }
            idle.addFirst(connection);
            return true;
        }
    }

    /**
     * A client that has no connections yet.
     *
     * @param tls makes TLS sockets that trust the site's own authorities; empty where no address
     *     needs TLS
     */
    public UpstreamClient(EgressPolicy egress, Optional<SSLSocketFactory> tls) {
        this.egress = egress;
        this.tls = tls;
    }

    /**
     * Sends a request and reads its answer.
     *
     * @param request head and content, ready to be sent
     * @param repeatable whether sending it twice does no harm; only then is a request that met a
     *     connection closed meanwhile sent again, once, on a new one
     * @throws UpstreamException saying how far it came
     */
    UpstreamAnswer send(URI address, byte[] request, boolean repeatable, Deadline deadline)
            throws UpstreamException {
        if (!egress.allows(address)) {
            throw new UpstreamException(
                    address.getAuthority() + " is not named in sovereign.allowed_egress",
                    UpstreamException.Reach.NOT_SENT,
                    false);
        }
        Pool pool = poolOf(address);
        UpstreamConnection kept =
                idleConnection(
                        pool,
                        repeatable
                                ? Limits.UPSTREAM_IDLE_TIME
                                : Limits.UPSTREAM_IDLE_TIME_UNREPEATABLE);
        if (kept != null) {
            try {
                return exchange(pool, kept, request, deadline);
            } catch (UpstreamException failed) {
                if (failed.reach() != UpstreamException.Reach.STALE || !repeatable) {
                    throw failed;
                }
            }
        }
        return exchange(pool, UpstreamConnection.open(address, tls, deadline), request, deadline);
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

    private UpstreamAnswer exchange(
            Pool pool, UpstreamConnection connection, byte[] request, Deadline deadline)
            throws UpstreamException {
        boolean keep = false;
        try {
            UpstreamAnswer answer = connection.exchange(request, deadline, watch);
            // A guard may have closed it just after the answer; nobody must get it then.
            keep = answer.reusable() && !deadline.passed() && !closed;
            return answer;
        } finally {
            connection.idle();
            if (!keep || !pool.offer(connection)) {
                connection.close();
            }
        }
    }

    private @Nullable UpstreamConnection idleConnection(Pool pool, Duration idleMax) {
        UpstreamConnection connection = pool.newest();
        while (connection != null && connection.idleLongerThan(idleMax)) {
            connection.close();
            connection = pool.newest();
        }
        return connection;
    }

    private Pool poolOf(URI address) {
        String key = address.getScheme() + "://" + address.getAuthority();
        Pool known = pools.get(key);
        return known != null ? known : pools.computeIfAbsent(key, absent -> new Pool());
    }

    @Override
    public void close() {
        closed = true;
        watch.close();
        for (Pool pool : pools.values()) {
            UpstreamConnection connection = pool.newest();
            while (connection != null) {
                connection.close();
                connection = pool.newest();
            }
        }
    }
}
