package dev.mapsovereign.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Listens on one channel of a server, over a connection of its own that is made anew whenever it
 * was lost. Redis keeps no messages: what is published meanwhile is missed, and the listener is
 * told that it missed something.
 */
public final class RedisSubscription implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RedisSubscription.class.getName());

    /** Is told on one thread, in order; must be short. */
    public interface Listener {
        /** From now on messages arrive; any number may have been missed before. */
        void listening();

        /** What somebody published. */
        void message(String text);
    }

    private final Redis redis;
    private final RedisConnections connections;
    private final String channel;
    private final Listener listener;

    /** One permit or more: look whether a connection can be made. */
    private final Semaphore wake = new Semaphore(0);

    private final Thread thread;
    private volatile @Nullable Connection using;
    private volatile boolean closed;

    RedisSubscription(
            Redis redis, RedisConnections connections, String channel, Listener listener) {
        this.redis = redis;
        this.connections = connections;
        this.channel = channel;
        this.listener = listener;
        thread = Thread.ofVirtual().name("map-redis-listen").start(this::run);
    }

    /** A connection to a server that is away may hang for ever; it is not waited for. */
    void stateChanged(Optional<String> trouble) {
        if (trouble.isPresent()) {
            drop();
        } else {
            wake.release();
        }
    }

    @Override
    public void close() {
        closed = true;
        drop();
        wake.release();
        try {
            thread.join(Limits.CONNECT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!closed) {
            try {
                if (redis.trouble().isPresent()) {
                    wake.acquire();
                } else {
                    listen();
                }
                wake.drainPermits();
                // A server that takes connections and drops them is not asked without a pause.
                if (!closed && redis.trouble().isEmpty()) {
                    Thread.sleep(Limits.RETRY_MIN);
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void listen() {
        Connection connection = null;
        try {
            connection = connections.connect();
            using = connection;
            if (closed) {
                return;
            }
            connection.sendCommand(Protocol.Command.SUBSCRIBE, channel);
            connection.getOne();
            connection.setTimeoutInfinite();
            listener.listening();
            while (!closed) {
                if (connection.getOne() instanceof List<?> parts
                        && parts.size() == 3
                        && parts.get(2) instanceof byte[] text) {
                    listener.message(new String(text, StandardCharsets.UTF_8));
                }
            }
        } catch (JedisException lost) {
            if (!closed) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the subscription to {0} at {1} was lost: {2}",
                        channel,
                        redis,
                        RedisConnections.reason(lost));
            }
        } finally {
            using = null;
            if (connection != null) {
                RedisConnections.end(connection);
            }
        }
    }

    private void drop() {
        Connection connection = using;
        if (connection != null) {
            RedisConnections.end(connection);
        }
    }
}
