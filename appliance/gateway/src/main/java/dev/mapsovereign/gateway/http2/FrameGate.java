package dev.mapsovereign.gateway.http2;

import dev.mapsovereign.gateway.listen.Connection;
import dev.mapsovereign.gateway.listen.Inlet;
import io.helidon.http.http2.Http2ErrorCode;
import io.helidon.http.http2.Http2Exception;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Hands a client's frames to Helidon one by one, each when the one before has been dealt with, and
 * keeps from it what it has no bound for or takes wrongly.
 *
 * <p>A client that breaks the protocol on one stream loses the connection, as RFC 9113 §5.4.1
 * allows: what a server resets for a client's fault, the client can have it reset again and again
 * (CVE-2025-8671), and a stream that is half gone is a state that nobody tests.
 */
final class FrameGate {
    private static final byte[] PREFACE =
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** Length 4, type 8, no flags, stream 0; the increment follows. */
    private static final byte[] WINDOW_UPDATE_HEAD = {0, 0, 4, 8, 0, 0, 0, 0, 0};

    private static final int HEAD_BYTES = 9;

    /** SETTINGS_MAX_FRAME_SIZE, which we leave at its least (RFC 9113 §6.5.2). */
    private static final int PAYLOAD_BYTES_MAX = 16 * 1024;

    /**
     * Frames that continue one header block. Helidon bounds their bytes and not their number, and
     * empty ones have no bytes (CVE-2024-27316); four full ones hold all that we take.
     */
    private static final int CONTINUATIONS_MAX = 16;

    /**
     * Fields of one header block, for each one that we take: what is somewhat too much is answered
     * with 431, what is far too much is not even unpacked.
     */
    private static final int FIELDS_TIMES_MAX = 10;

    /**
     * Frames that make work and bring no request further (CVE-2019-9512, 9515, 9518 and the like)
     * within {@link #PERIOD_NANOS}.
     */
    private static final int IDLE_FRAMES_MAX = 1000;

    /** WINDOW_UPDATE frames for each DATA frame that we sent, above those that are always free. */
    private static final int WINDOW_UPDATES_PER_DATA = 4;

    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** How long Helidon may be at a frame of a stream that nobody reads any more. */
    private static final long STUCK_MILLIS = 500;

    private static final int SETTING_BYTES = 6;
    private static final int SETTING_LAST_KNOWN = 6;

    private final Connection connection;
    private final Inlet inlet;
    private final ScheduledExecutorService clock;

    /** Streams whose answer has not begun. */
    private final Set<Integer> unanswered = ConcurrentHashMap.newKeySet();

    /** Streams whose handler left although the client still sends. */
    private final Queue<Integer> abandoned = new ConcurrentLinkedQueue<>();

    private final AtomicInteger dataSent = new AtomicInteger();

    /** The stream of the DATA frame that Helidon is at, or 0. */
    private volatile int handed;

    /** The highest stream that a client has opened. */
    private volatile int lastStream;

    /** Whether an error ended the conversation. */
    private volatile boolean over;

    private volatile @Nullable Thread reader;

    /** Streams that the client has not ended. Reading thread only, like all below. */
    private final Set<Integer> unended = new HashSet<>();

    /** Those of {@link #unended} whose frames are dropped, oldest first. */
    private final Set<Integer> refused = new LinkedHashSet<>();

    private final FieldCount fields = new FieldCount();

    /** Came already, and waits until Helidon knows of all that was abandoned. */
    private byte @Nullable [] held;

    private boolean begun;
    private int continued;
    private int continuations;
    private int dropped;
    private int idleFrames;
    private int windowUpdates;
    private long periodSince = System.nanoTime();

    FrameGate(Connection connection, Inlet inlet, ScheduledExecutorService clock) {
        this.connection = connection;
        this.inlet = inlet;
        this.clock = clock;
    }

    /** The highest stream that a client has opened; what a GOAWAY frame has to say. */
    int lastStream() {
        return lastStream;
    }

    /** Whether an error ended the conversation. */
    boolean over() {
        return over;
    }

    /** An error has been said; nothing more is read. */
    void end() {
        over = true;
    }

    /** We sent a DATA frame. */
    void sentData() {
        dataSent.incrementAndGet();
    }

    /** The stream's answer begins. */
    void answering(int stream) {
        unanswered.remove(stream);
    }

    /**
     * Nobody reads the stream any more. What the client still sends on it is dropped, and Helidon
     * hears that the client reset it: it would queue 32 frames and then wait for ever for somebody
     * to take them, with all of the connection.
     */
    void abandon(int stream) {
        abandoned.add(stream);
        ScheduledFuture<?> _ =
                clock.schedule(() -> free(stream), STUCK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void free(int stream) {
        Thread waiting = reader;
        if (handed == stream && waiting != null) {
            waiting.interrupt();
        }
    }

    /**
     * The next frame that Helidon gets.
     *
     * @return null at the end
     * @throws Http2Exception for what ends the connection
     */
    byte @Nullable [] next() throws IOException {
        handed = 0;
        if (!begun) {
            reader = Thread.currentThread();
            begun = true;
            return preface();
        }
        while (!over) {
            byte[] frame = held != null ? held : read();
            held = null;
            if (frame == null) {
                return null;
            }
            byte[] reset = continued == 0 ? reset() : null;
            if (reset != null) {
                held = frame;
                return reset;
            }
            byte[] admitted = admitted(frame);
            if (admitted != null) {
                return admitted;
            }
        }
        return null;
    }

    /** RFC 9113 §3.4. */
    private byte @Nullable [] preface() throws IOException {
        if (!fill(PREFACE.length)) {
            return null;
        }
        byte[] preface = take(PREFACE.length);
        if (!Arrays.equals(preface, PREFACE)) {
            throw error(Http2ErrorCode.PROTOCOL, "no connection preface");
        }
        return preface;
    }

    private byte @Nullable [] read() throws IOException {
        if (!fill(HEAD_BYTES)) {
            return null;
        }
        byte[] buffer = inlet.buffer();
        int at = inlet.start();
        int length =
                ((buffer[at] & 0xff) << 16)
                        | ((buffer[at + 1] & 0xff) << 8)
                        | (buffer[at + 2] & 0xff);
        if (length > PAYLOAD_BYTES_MAX) {
            throw error(Http2ErrorCode.FRAME_SIZE, "a frame is too long");
        }
        return fill(HEAD_BYTES + length) ? take(HEAD_BYTES + length) : null;
    }

    private boolean fill(int count) throws IOException {
        while (inlet.available() < count) {
            if (inlet.available() == 0 && unended.isEmpty()) {
                inlet.rest();
            }
            if (!inlet.more()) {
                return false;
            }
        }
        return true;
    }

    private byte[] take(int count) {
        byte[] bytes = Arrays.copyOfRange(inlet.buffer(), inlet.start(), inlet.start() + count);
        inlet.use(count);
        return bytes;
    }

    /** A RST_STREAM for Helidon about a stream that our handler left. */
    private byte @Nullable [] reset() {
        for (Integer stream = abandoned.poll(); stream != null; stream = abandoned.poll()) {
            if (unended.contains(stream) && refused.add(stream)) {
                forgetOldest();
                byte[] frame = {0, 0, 4, 3, 0, 0, 0, 0, 0, 0, 0, 0, 8};
                putInt(frame, 5, stream);
                return frame;
            }
        }
        return null;
    }

    /** What a client never ends is not remembered for ever. */
    private void forgetOldest() {
        if (refused.size() > connection.limits().streamsMax()) {
            Integer oldest = refused.iterator().next();
            refused.remove(oldest);
            unended.remove(oldest);
        }
    }

    /** The frame as Helidon gets it, or null when it does not get it. */
    private byte @Nullable [] admitted(byte[] frame) throws IOException {
        int type = frame[3];
        int stream = intAt(frame, 5) & 0x7fffffff;
        if (continued != 0 && (type != 9 || stream != continued)) {
            throw error(Http2ErrorCode.PROTOCOL, "a header block is interrupted");
        }
        return switch (type) {
            case 0 -> data(frame, stream);
            case 1 -> headers(frame, stream);
            case 2 -> idle(frame);
            case 3 -> rstStream(frame, stream);
            case 4 -> knownSettings(idle(frame));
            case 5 -> throw error(Http2ErrorCode.PROTOCOL, "a client does not push");
            case 6 -> idle(frame);
            case 7 -> goAway(frame, stream);
            case 8 -> windowUpdate(frame, stream);
            case 9 -> continuation(frame);
            default -> {
                idle(frame);
                yield null;
            }
        };
    }

    private byte @Nullable [] data(byte[] frame, int stream) throws IOException {
        boolean ends = (frame[4] & 1) != 0;
        requireOpened(stream);
        if (!unended.contains(stream)) {
            throw error(Http2ErrorCode.STREAM_CLOSED, "DATA on a closed stream");
        }
        if (frame.length == HEAD_BYTES && !ends) {
            idle(frame);
        }
        if (ends) {
            unended.remove(stream);
        }
        if (refused.contains(stream)) {
            if (ends) {
                refused.remove(stream);
            }
            credit(frame.length - HEAD_BYTES);
            return null;
        }
        handed = stream;
        return frame;
    }

    /** Gives back of the connection's window what was dropped (RFC 9113 §6.9). */
    private void credit(int bytes) throws IOException {
        dropped += bytes;
        if (dropped >= PAYLOAD_BYTES_MAX) {
            byte[] frame = Arrays.copyOf(WINDOW_UPDATE_HEAD, HEAD_BYTES + 4);
            putInt(frame, HEAD_BYTES, dropped);
            connection.write(frame, 0, frame.length);
            dropped = 0;
        }
    }

    private byte[] headers(byte[] frame, int stream) {
        boolean ends = (frame[4] & 1) != 0;
        if (stream % 2 == 0) {
            throw error(Http2ErrorCode.PROTOCOL, "a client's streams have odd numbers");
        }
        if (stream > lastStream) {
            lastStream = stream;
            unanswered.add(stream);
            if (!ends) {
                unended.add(stream);
            }
        } else if (!unended.contains(stream) || refused.contains(stream)) {
            // RFC 9113 §5.1.1: an unused lower number is closed as well.
            throw error(Http2ErrorCode.STREAM_CLOSED, "HEADERS on a closed stream");
        } else if (ends) {
            unended.remove(stream);
        }
        if ((frame[4] & 4) == 0) {
            continued = stream;
            continuations = 0;
        }
        fields.begin();
        boolean padded = (frame[4] & 8) != 0 && frame.length > HEAD_BYTES;
        boolean prioritized = (frame[4] & 32) != 0;
        count(
                frame,
                HEAD_BYTES + (padded ? 1 : 0) + (prioritized ? 5 : 0),
                frame.length - (padded ? frame[HEAD_BYTES] & 0xff : 0));
        return frame;
    }

    private void count(byte[] frame, int from, int to) {
        if (fields.add(frame, from, to) > FIELDS_TIMES_MAX * connection.limits().fieldsMax()) {
            throw error(Http2ErrorCode.ENHANCE_YOUR_CALM, "far too many header fields");
        }
    }

    private byte[] continuation(byte[] frame) {
        if (continued == 0) {
            throw error(Http2ErrorCode.PROTOCOL, "CONTINUATION without HEADERS");
        }
        if (++continuations > CONTINUATIONS_MAX) {
            throw error(Http2ErrorCode.ENHANCE_YOUR_CALM, "too many CONTINUATION frames");
        }
        if ((frame[4] & 4) != 0) {
            continued = 0;
        }
        count(frame, HEAD_BYTES, frame.length);
        return frame;
    }

    /**
     * Helidon takes the reset of a stream that it has forgotten for the reset of one that was never
     * opened; but client and server may well end one at the same time (RFC 9113 §5.1, "closed").
     */
    private byte @Nullable [] rstStream(byte[] frame, int stream) {
        if (frame.length != HEAD_BYTES + 4) {
            throw error(Http2ErrorCode.FRAME_SIZE, "RST_STREAM has 4 bytes");
        }
        requireOpened(stream);
        boolean open = unended.remove(stream);
        if (refused.remove(stream) || !(open || unanswered.contains(stream))) {
            idle(frame);
            return null;
        }
        return frame;
    }

    /**
     * A client that says farewell still waits for its answers (RFC 9113 §6.8), and closes when it
     * has them; Helidon would close at once.
     */
    private byte @Nullable [] goAway(byte[] frame, int stream) {
        if (frame.length < HEAD_BYTES + 8) {
            throw error(Http2ErrorCode.FRAME_SIZE, "GOAWAY has at least 8 bytes");
        }
        if (stream != 0) {
            throw error(Http2ErrorCode.PROTOCOL, "GOAWAY on a stream");
        }
        if (intAt(frame, HEAD_BYTES + 4) != 0) {
            return frame;
        }
        idle(frame);
        return null;
    }

    private byte[] windowUpdate(byte[] frame, int stream) {
        if (frame.length != HEAD_BYTES + 4) {
            throw error(Http2ErrorCode.FRAME_SIZE, "WINDOW_UPDATE has 4 bytes");
        }
        if (stream != 0) {
            requireOpened(stream);
        }
        if ((intAt(frame, HEAD_BYTES) & 0x7fffffff) == 0) {
            throw error(Http2ErrorCode.PROTOCOL, "WINDOW_UPDATE of 0");
        }
        renewPeriod();
        if (++windowUpdates > IDLE_FRAMES_MAX + WINDOW_UPDATES_PER_DATA * dataSent.get()) {
            throw error(Http2ErrorCode.ENHANCE_YOUR_CALM, "too many WINDOW_UPDATE frames");
        }
        return frame;
    }

    /**
     * Without the settings that Helidon does not know: it steps over their number and not over
     * their value, and takes what follows for something else (RFC 9113 §6.5.2: they are ignored).
     */
    private static byte[] knownSettings(byte[] frame) {
        if ((frame.length - HEAD_BYTES) % SETTING_BYTES != 0) {
            throw error(Http2ErrorCode.FRAME_SIZE, "a setting has 6 bytes");
        }
        byte[] known = new byte[frame.length];
        System.arraycopy(frame, 0, known, 0, HEAD_BYTES);
        int end = HEAD_BYTES;
        for (int at = HEAD_BYTES; at < frame.length; at += SETTING_BYTES) {
            int number = ((frame[at] & 0xff) << 8) | (frame[at + 1] & 0xff);
            if (number >= 1 && number <= SETTING_LAST_KNOWN) {
                System.arraycopy(frame, at, known, end, SETTING_BYTES);
                end += SETTING_BYTES;
            }
        }
        int length = end - HEAD_BYTES;
        known[1] = (byte) (length >> 8);
        known[2] = (byte) length;
        return Arrays.copyOf(known, end);
    }

    private byte[] idle(byte[] frame) {
        renewPeriod();
        if (++idleFrames > IDLE_FRAMES_MAX) {
            throw error(Http2ErrorCode.ENHANCE_YOUR_CALM, "too many frames without a request");
        }
        return frame;
    }

    private void renewPeriod() {
        long now = System.nanoTime();
        if (now - periodSince > PERIOD_NANOS) {
            periodSince = now;
            idleFrames = 0;
            windowUpdates = 0;
            dataSent.set(0);
        }
    }

    /** RFC 9113 §5.1, "idle": a stream that the client never opened. */
    private void requireOpened(int stream) {
        if (stream % 2 == 0 || stream > lastStream) {
            throw error(Http2ErrorCode.PROTOCOL, "a frame on a stream that was never opened");
        }
    }

    private static Http2Exception error(Http2ErrorCode code, String message) {
        return new Http2Exception(code, message);
    }

    private static int intAt(byte[] bytes, int at) {
        return ((bytes[at] & 0xff) << 24)
                | ((bytes[at + 1] & 0xff) << 16)
                | ((bytes[at + 2] & 0xff) << 8)
                | (bytes[at + 3] & 0xff);
    }

    private static void putInt(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >> 24);
        bytes[at + 1] = (byte) (value >> 16);
        bytes[at + 2] = (byte) (value >> 8);
        bytes[at + 3] = (byte) value;
    }
}
