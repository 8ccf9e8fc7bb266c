package dev.mapsovereign.gateway.listen;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One accepted connection: its bytes and its clock.
 *
 * <p>A thread that reads cannot see that it waits too long, so {@link DeadlineWatch} looks from
 * outside. Where the client deserves an answer it only ends the input: the reader wakes with
 * end-of-data, finds {@link #overdue}, and answers 408 on the output, which is still open. A socket
 * timeout per read would not do: a client that sends one byte per interval never meets it.
 */
public final class Connection {
    private static final long FOREVER_NANOS = Long.MAX_VALUE / 4;

    private final SocketChannel channel;
    private final Transport transport;
    private final EdgeLimits limits;
    private final String source;

    private final AtomicReference<@Nullable Runnable> finishAction = new AtomicReference<>();
    private volatile Watch watch;
    private volatile boolean overdue;
    private volatile boolean finishing;

    /** {@link System#nanoTime()} when the write under way began; 0 when none is. */
    private volatile long writeSince;

    private record Watch(Phase phase, long deadline) {}

    /** Takes over a channel in blocking mode. */
    Connection(SocketChannel channel, Transport transport, EdgeLimits limits, String source) {
        this.channel = channel;
        this.transport = transport;
        this.limits = limits;
        this.source = source;
        this.watch =
                new Watch(Phase.HANDSHAKE, System.nanoTime() + limits.handshakeTime().toNanos());
    }

    /** The bytes. Write through {@link #write}, so that a client which never reads is noticed. */
    public Transport transport() {
        return transport;
    }

    /** What this listener grants. */
    public EdgeLimits limits() {
        return limits;
    }

    /** The peer's address without port; {@code local} for a Unix socket. */
    public String source() {
        return source;
    }

    /** The channel, for facts about the peer. */
    public SocketChannel channel() {
        return channel;
    }

    /** Starts the clock of a phase, with that phase's time. */
    public void enter(Phase phase) {
        long nanos =
                switch (phase) {
                    case HANDSHAKE -> limits.handshakeTime().toNanos();
                    case IDLE -> limits.idleTime().toNanos();
                    case HEAD -> limits.headTime().toNanos();
                    case BODY -> limits.bodyTime().toNanos();
                    case HANDLING -> FOREVER_NANOS;
                    case LINGER -> limits.lingerTime().toNanos();
                };
        watch = new Watch(phase, System.nanoTime() + nanos);
    }

    /** Whether the input was ended because the client was too slow. */
    public boolean overdue() {
        return overdue;
    }

    /** Whether the connection has to end after the answer under way. */
    public boolean finishing() {
        return finishing || overdue;
    }

    /** Writes all of the bytes, under the watch of {@link EdgeLimits#writeTime}. */
    public void write(byte[] from, int offset, int length) throws IOException {
        writeSince = System.nanoTime() | 1;
        try {
            transport.write(from, offset, length);
        } finally {
            writeSince = 0;
        }
    }

    /**
     * Ends the conversation so that the last answer arrives: says that nothing more comes, then
     * takes what the client still sends. Closing with unread bytes would send a reset, and a reset
     * lets the client's system throw away an answer that it has not read yet.
     */
    public void linger() {
        enter(Phase.LINGER);
        try {
            transport.closeOutput();
            transport.discardInput(Limits.LINGER_BYTES_MAX);
        } catch (IOException e) {
            // The peer is gone already; there is nobody left to be polite to.
        } finally {
            cut();
        }
    }

    /** Closes at once, whatever is under way. Any thread. */
    public void cut() {
        try {
            channel.close();
        } catch (IOException e) {
            // A channel that cannot be closed is closed.
        }
    }

    /** What to do, once, when the connection is asked to end. */
    public void onFinish(Runnable action) {
        finishAction.set(action);
    }

    /**
     * Asks the connection to end: at once when it idles, after its answer otherwise. Any thread.
     */
    void finish() {
        finishing = true;
        Runnable action = finishAction.getAndSet(null);
        if (action != null) {
            action.run();
        }
        if (watch.phase() == Phase.IDLE) {
            overdue = true;
            endInput();
        }
    }

    /** Looks at the clocks. Called by the watch alone. */
    void check(long now) {
        long since = writeSince;
        if (since != 0 && now - since > limits.writeTime().toNanos()) {
            cut();
            return;
        }
        Watch current = watch;
        if (now - current.deadline() <= 0) {
            return;
        }
        if (current.phase().answered() && !overdue) {
            overdue = true;
            endInput();
        } else if (!current.phase().answered()) {
            cut();
        }
    }

    private void endInput() {
        try {
            channel.shutdownInput();
        } catch (IOException e) {
            cut();
        }
    }

    /** The address without port, for people and for counting. */
    static String sourceOf(SocketAddress address) {
        if (!(address instanceof InetSocketAddress internet)) {
            return "local";
        }
        String text = internet.getAddress().getHostAddress();
        int scope = text.indexOf('%');
        return scope < 0 ? text : text.substring(0, scope);
    }
}
