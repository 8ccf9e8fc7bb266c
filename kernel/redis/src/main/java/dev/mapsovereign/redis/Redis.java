package dev.mapsovereign.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * One Redis server, for what several nodes share and can do without.
 *
 * <p><b>Waiting.</b> Whatever a caller asks is done on a thread of its own over a pooled
 * connection, and the caller waits for it at most {@link RedisConfig#timeout}; what is late is
 * abandoned, its connection closed.
 *
 * <p><b>When the server is away.</b> A failure of any kind (no connection, no answer in time, an
 * error such as a full memory or a wrong password) takes the server out of use: every further
 * caller is told so at once, without waiting. One thread alone tries to reach it, with growing
 * pauses of random length, so that neither the calls of this node nor several nodes at a time fall
 * upon a server that comes back. What it tries is what callers need: a script that writes. The same
 * thread asks a server in use once a second, so that an outage shows without a call.
 *
 * <p>Safe for use by several threads.
 */
public final class Redis implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Redis.class.getName());
    private static final RedisScript PROBE =
            new RedisScript("return redis.call('SET', KEYS[1], '1', 'PX', 1000)");
    private static final String PROBE_KEY = "map:probe";
    private static final String NOT_YET = "Redis was not reached yet";

    private final RedisConfig config;
    private final RedisConnections connections;
    private final LongAdder roundTrips = new LongAdder();
    private final LongAdder roundTripNanos = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final CountDownLatch closing = new CountDownLatch(1);

    /** Covers {@code listeners}, every change of {@code trouble}, and telling of it. */
    private final ReentrantLock state = new ReentrantLock();

    private final List<Consumer<Optional<String>>> listeners = new ArrayList<>();
    private volatile Optional<String> trouble = Optional.of(NOT_YET);
    private final Thread prober;

    private Redis(RedisConfig config) {
        this.config = config;
        this.connections = new RedisConnections(config);
        prober = Thread.ofVirtual().name("map-redis-probe").unstarted(this::keepProbing);
    }

    /**
     * Opens the door and tries the server once; a server that is away is tried until it answers.
     *
     * @throws dev.mapsovereign.base.error.OperatorException if a certificate or key file cannot be
     *     used
     */
    public static Redis open(RedisConfig config) {
        Redis redis = new Redis(config);
        redis.probe();
        redis.prober.start();
        return redis;
    }

    /** How long a caller waits at most. */
    public Duration timeout() {
        return config.timeout();
    }

    /** Why the server is not in use; empty while it is. */
    public Optional<String> trouble() {
        return trouble;
    }

    /**
     * For whoever has no need to ask at the moment.
     *
     * @throws RedisUnavailableException if the server is not in use
     */
    public void requireInUse() throws RedisUnavailableException {
        Optional<String> away = trouble;
        if (away.isPresent()) {
            throw new RedisUnavailableException(away.get());
        }
    }

    /**
     * Tells of the present state at once, and from now on of every change: why the server is not in
     * use, or nothing when it is. The listener must be short; it is called in the order of changes.
     */
    public void onChange(Consumer<Optional<String>> listener) {
        state.lock();
        try {
            listeners.add(listener);
            listener.accept(trouble);
        } finally {
            state.unlock();
        }
    }

    /**
     * Runs a script.
     *
     * @return the numbers it answers
     * @throws RedisUnavailableException without having waited longer than {@link #timeout}; whether
     *     the script ran is not known then
     */
    public List<Long> run(RedisScript script, List<String> keys, List<String> arguments)
            throws RedisUnavailableException {
        List<?> answer = (List<?>) ask(connection -> evaluate(connection, script, keys, arguments));
        List<Long> numbers = new ArrayList<>(answer.size());
        for (Object each : answer) {
            numbers.add((Long) each);
        }
        return numbers;
    }

    /**
     * Tells everybody who listens on that channel at the moment.
     *
     * @throws RedisUnavailableException as {@link #run}
     */
    public void publish(String channel, String message) throws RedisUnavailableException {
        ask(connection ->
                connection.executeCommand(
                        new CommandArguments(Protocol.Command.PUBLISH).add(channel).add(message)));
    }

    /** Listens on that channel until closed, over a connection of its own. */
    public RedisSubscription subscribe(String channel, RedisSubscription.Listener listener) {
        RedisSubscription subscription =
                new RedisSubscription(this, connections, channel, listener);
        onChange(subscription::stateChanged);
        return subscription;
    }

    /** Questions answered since the start. */
    public long roundTrips() {
        return roundTrips.sum();
    }

    /** How long those took together, in nanoseconds. */
    public long roundTripNanos() {
        return roundTripNanos.sum();
    }

    /** Questions that failed since the start; those not asked because of {@link #trouble} aside. */
    public long failures() {
        return failures.sum();
    }

    /** Closes every connection. */
    @Override
    public void close() {
        closing.countDown();
        LockSupport.unpark(prober);
        connections.close();
    }

    @Override
    public String toString() {
        return "Redis at " + config.address();
    }

    private Object ask(Function<Connection, Object> question) throws RedisUnavailableException {
        requireInUse();
        try {
            return exchange(question, config.timeout());
        } catch (RedisUnavailableException failed) {
            if (failed.ofServer()) {
                change(Optional.of(failed.reason()));
                LockSupport.unpark(prober);
            }
            throw failed;
        }
    }

    private Object exchange(Function<Connection, Object> question, Duration within)
            throws RedisUnavailableException {
        long begun = System.nanoTime();
        try {
            Object answer = connections.exchange(question, within);
            roundTrips.increment();
            roundTripNanos.add(System.nanoTime() - begun);
            return answer;
        } catch (RedisUnavailableException failed) {
            failures.increment();
            throw failed;
        }
    }

    private static Object evaluate(
            Connection connection, RedisScript script, List<String> keys, List<String> arguments) {
        try {
            return connection.executeCommand(
                    call(Protocol.Command.EVALSHA, script.name(), keys, arguments));
        } catch (JedisNoScriptException unknown) {
            // Restarted, or SCRIPT FLUSH: this runs it and makes it known again.
            return connection.executeCommand(
                    call(Protocol.Command.EVAL, script.text(), keys, arguments));
        }
    }

    private static CommandArguments call(
            Protocol.Command command, String script, List<String> keys, List<String> arguments) {
        CommandArguments call = new CommandArguments(command).add(script).add(keys.size());
        keys.forEach(call::add);
        arguments.forEach(call::add);
        return call;
    }

    private void keepProbing() {
        int failed = 0;
        try {
            while (true) {
                failed = trouble.isPresent() ? failed + 1 : 0;
                // A failed call ends the sleep of an hour's quiet at once; tries keep their pauses.
                if (pause(failed)) {
                    return;
                }
                probe();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the next try; says whether it is the end. */
    private boolean pause(int failed) throws InterruptedException {
        if (failed > 0) {
            long most =
                    Math.min(
                            Limits.RETRY_MAX.toMillis(),
                            Limits.RETRY_MIN.toMillis() << Math.min(failed - 1, 10));
            long millis = ThreadLocalRandom.current().nextLong(most / 2, most + 1);
            return closing.await(millis, TimeUnit.MILLISECONDS);
        }
        if (closing.getCount() > 0) {
            LockSupport.parkNanos(Limits.HEARTBEAT.toNanos());
        }
        return closing.getCount() == 0;
    }

    private void probe() {
        try {
            exchange(
                    connection -> evaluate(connection, PROBE, List.of(PROBE_KEY), List.of()),
                    Limits.CONNECT.plus(config.timeout()));
            change(Optional.empty());
        } catch (RedisUnavailableException failed) {
            change(Optional.of(failed.reason()));
        }
    }

    private void change(Optional<String> to) {
        state.lock();
        try {
            if (closing.getCount() == 0 || to.equals(trouble)) {
                return;
            }
            if (to.isPresent()) {
                LOG.log(System.Logger.Level.WARNING, this + " is not used: " + to.get());
                connections.dropIdle();
            } else {
                LOG.log(System.Logger.Level.INFO, this + " is in use");
            }
            trouble = to;
            listeners.forEach(listener -> listener.accept(to));
        } finally {
            state.unlock();
        }
    }
}
