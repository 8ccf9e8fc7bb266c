package dev.mapsovereign.node.service;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Tells systemd how the node is: ready, alive, stopping (sd_notify(3)). Where nobody set {@code
 * NOTIFY_SOCKET}, nothing is said and nothing is run.
 *
 * <p>The watchdog is fed by an answer, not by a timer: a node whose threads stand still gives none,
 * and systemd starts it again. One that answers that it is not ready is alive, since a restart
 * brings back neither a database nor a full disk.
 */
public final class ServiceManager implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ServiceManager.class.getName());

    /** Three looks before the watchdog's time is over: one slow answer is no reason. */
    private static final int LOOKS = 3;

    private final Optional<NotifySocket> socket;
    private final Optional<Duration> watchdog;

    private ServiceManager(Optional<NotifySocket> socket, Optional<Duration> watchdog) {
        this.socket = socket;
        this.watchdog = watchdog;
    }

    /**
     * What started this process, by its environment: {@code NOTIFY_SOCKET}, {@code WATCHDOG_USEC}
     * and {@code WATCHDOG_PID}.
     */
    public static ServiceManager of(Map<String, String> environment) {
        String target = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (target.isEmpty()) {
            return new ServiceManager(Optional.empty(), Optional.empty());
        }
        try {
            return new ServiceManager(
                    Optional.of(NotifySocket.to(target)),
                    watchdog(environment, ProcessHandle.current().pid()));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.ERROR, "systemd waits to be told, and cannot be", e);
            return new ServiceManager(Optional.empty(), Optional.empty());
        }
    }

    /**
     * The listening socket that this process got as its standard input ({@code
     * StandardInput=socket}, systemd.exec(5)); empty when that is anything else.
     *
     * @throws OperatorException with exit code 3 when it cannot be used
     */
    public static Optional<ServerSocketChannel> listeningSocket() {
        try {
            return System.inheritedChannel() instanceof ServerSocketChannel socket
                    ? Optional.of(socket)
                    : Optional.empty();
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "standard input is a socket that cannot be used: " + e.getMessage(),
                    e);
        }
    }

    /** The time within which systemd wants to hear; empty where it asked nobody, or another one. */
    static Optional<Duration> watchdog(Map<String, String> environment, long ownPid) {
        String pid = environment.getOrDefault("WATCHDOG_PID", Long.toString(ownPid));
        try {
            long micros = Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", "0"));
            return micros > 0 && pid.equals(Long.toString(ownPid))
                    ? Optional.of(Duration.of(micros, java.time.temporal.ChronoUnit.MICROS))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /**
     * Says that the node takes calls, and from then on that it is alive.
     *
     * @param state asks the node itself how it is, in words for {@code systemctl status}; it is
     *     called on a thread of its own, and throws when there is no answer
     */
    public void ready(Supplier<String> state) {
        if (socket.isEmpty()) {
            return;
        }
        say("READY=1\nSTATUS=ready");
        watchdog.ifPresent(time ->
                Thread.ofPlatform()
                        .name("map-watchdog")
                        .daemon()
                        .start(() -> feed(state, time.dividedBy(LOOKS).toNanos())));
    }

    private void feed(Supplier<String> state, long pauseNanos) {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                say("WATCHDOG=1\nSTATUS=" + state.get().lines().findFirst().orElse(""));
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "the node does not answer itself", e);
            }
            LockSupport.parkNanos(pauseNanos);
        }
    }

    /** Says that the node has begun to stop. */
    public void stopping() {
        say("STOPPING=1\nSTATUS=finishing calls under way");
    }

    private void say(String message) {
        socket.ifPresent(to -> {
            try {
                to.send(message);
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, "systemd was not told", e);
            }
        });
    }

    @Override
    public void close() {
        socket.ifPresent(NotifySocket::close);
    }
}
