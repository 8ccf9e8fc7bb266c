package dev.mapsovereign.redis;

import dev.mapsovereign.base.crypto.Secret;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultRedisCredentials;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisCredentials;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** The connections to one server, at most so many, and questions over them with a deadline. */
final class RedisConnections implements AutoCloseable {
    /** What Redis 6 puts before an error that happened inside a script. */
    private static final Pattern IN_SCRIPT =
            Pattern.compile("^ERR Error running script .*@user_script: [0-9]+: -?");

    private final RedisSockets sockets;
    private final JedisClientConfig client;
    private final Deque<Connection> idle = new ConcurrentLinkedDeque<>();
    private final Semaphore permits;
    private final int poolSize;
    private volatile boolean closed;

    RedisConnections(RedisConfig config) {
        sockets =
                new RedisSockets(
                        config.address(),
                        config.tls().map(RedisConfig.Tls::client),
                        Math.toIntExact(config.timeout().toMillis()));
        poolSize = config.poolSize();
        permits = new Semaphore(poolSize);
        DefaultJedisClientConfig.Builder builder =
                DefaultJedisClientConfig.builder()
                        // Known to every server that still runs, and enough.
                        .protocol(RedisProtocol.RESP2)
                        .database(config.database())
                        .clientName("map")
                        .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
                        .socketTimeoutMillis(Math.toIntExact(config.timeout().toMillis()));
        config.password()
                .ifPresent(secret ->
                        builder.credentialsProvider(
                                () -> credentials(config.user().orElse(null), secret)));
        client = builder.build();
    }

    private static RedisCredentials credentials(@Nullable String user, Secret password) {
        CharSequence text = password.use(bytes -> new String(bytes, StandardCharsets.UTF_8));
        return new DefaultRedisCredentials(user, text);
    }

    /** A connection that belongs to the caller alone. */
    Connection connect() {
        return new Connection(sockets, client);
    }

    /**
     * Asks over one of the connections, on a thread of its own.
     *
     * @throws RedisUnavailableException when there is no answer within that time, or an error
     */
    Object exchange(Function<Connection, Object> question, Duration within)
            throws RedisUnavailableException {
        Exchange exchange = new Exchange(question, within);
        Thread.ofVirtual().name("map-redis").start(exchange);
        try {
            return exchange.answer.get(within.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            exchange.abandon();
            throw new RedisUnavailableException(
                    "Redis did not answer within " + within.toMillis() + " ms");
        } catch (InterruptedException e) {
            exchange.abandon();
            Thread.currentThread().interrupt();
            throw RedisUnavailableException.here("interrupted while Redis was asked");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BusyException) {
                throw RedisUnavailableException.here(
                        "all " + poolSize + " connections to Redis are busy");
            }
            throw new RedisUnavailableException(reason(e.getCause()));
        }
    }

    private static final class BusyException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** One question under way; its fields are shared by who asks and who waits. */
    private final class Exchange implements Runnable {
        private final Function<Connection, Object> question;
        private final Duration within;
        private final CompletableFuture<Object> answer = new CompletableFuture<>();
        private volatile boolean abandoned;
        private volatile @Nullable Connection using;

        Exchange(Function<Connection, Object> question, Duration within) {
            this.question = question;
            this.within = within;
        }

        @Override
        public void run() {
            try {
                if (!permits.tryAcquire(within.toNanos(), TimeUnit.NANOSECONDS)) {
                    answer.completeExceptionally(new BusyException());
                    return;
                }
            } catch (InterruptedException e) {
                answer.completeExceptionally(e);
                return;
            }
            try {
                answer.complete(ask());
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            } finally {
                permits.release();
            }
        }

        private Object ask() {
            Connection kept = idle.pollFirst();
            if (kept != null) {
                try {
                    return askOver(kept);
                } catch (JedisConnectionException stale) {
                    // The server closes idle connections, and all of them when it restarts: that is
                    // no failure until a new one fails too. A late answer is.
                    if (abandoned || stale.getCause() instanceof SocketTimeoutException) {
                        throw stale;
                    }
                }
            }
            return askOver(connect());
        }

        private Object askOver(Connection connection) {
            using = connection;
            boolean usable = false;
            try {
                if (abandoned) {
                    throw new JedisException("nobody waits for the answer");
                }
                Object given = question.apply(connection);
                usable = true;
                return given;
            } catch (JedisDataException refused) {
                usable = true;
                throw refused;
            } finally {
                using = null;
                giveBack(connection, usable);
            }
        }

        /** Ends whatever is under way. */
        void abandon() {
            abandoned = true;
            Connection connection = using;
            if (connection != null) {
                end(connection);
            }
        }
    }

    private void giveBack(Connection connection, boolean usable) {
        if (!usable || connection.isBroken()) {
            end(connection);
            return;
        }
        idle.addFirst(connection);
        if (closed) {
            dropIdle();
        }
    }

    /** Closes the connections that nobody uses at the moment. */
    void dropIdle() {
        Connection connection = idle.pollFirst();
        while (connection != null) {
            end(connection);
            connection = idle.pollFirst();
        }
    }

    @Override
    public void close() {
        closed = true;
        dropIdle();
    }

    /** Closes the socket without a word to the server, which may not be listening. */
    static void end(Connection connection) {
        try {
            connection.setBroken();
            connection.forceDisconnect();
        } catch (IOException | RuntimeException ignored) {
            // it is closed, or was
        }
    }

    /** In words, without the class names of the client and without what may be secret. */
    static String reason(@Nullable Throwable failure) {
        Throwable deepest = failure;
        while (deepest != null
                && deepest.getCause() != null
                && !(deepest instanceof JedisDataException)) {
            deepest = deepest.getCause();
        }
        String text =
                Optional.ofNullable(deepest)
                        .map(Throwable::getMessage)
                        .orElse("the connection to Redis broke");
        String said =
                deepest instanceof JedisDataException
                        ? "Redis refuses: " + IN_SCRIPT.matcher(text).replaceFirst("")
                        : text;
        return said.length() <= Limits.REASON_CHARS_MAX
                ? said
                : said.substring(0, Limits.REASON_CHARS_MAX) + "…";
    }
}
