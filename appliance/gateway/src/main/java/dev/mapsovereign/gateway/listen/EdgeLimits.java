package dev.mapsovereign.gateway.listen;

import java.time.Duration;

/**
 * What one listener grants to strangers. Every wait has an end and every count a bound, since
 * whatever has none is where an attacker puts his weight.
 *
 * @param connectionsMax open connections together; above it new ones are closed at once
 * @param connectionsPerSourceMax open connections of one source (an IPv4 address, an IPv6 /64), so
 *     that no single peer can take every place
 * @param handshakeTime from accept to a finished TLS handshake
 * @param headTime from the first byte of a request to the end of its head; a client that drips its
 *     head (slowloris) gets 408 then
 * @param bodyTime from the end of the head to the end of the body; 5 MiB need 1.5 Mbit/s in 30 s
 * @param idleTime how long a connection may wait for its next request
 * @param writeTime how long one write may wait for a client that does not read
 * @param lingerTime how long a closing connection still takes and drops what the client sends, so
 *     that a reset does not overtake the answer
 * @param fieldsMax header fields of one request
 * @param headBytesMax request line and header fields of one request
 * @param streamsMax concurrent HTTP/2 streams of one connection
 * @param bodyBytesTogetherMax bytes that bodies under way may hold together, above a small amount
 *     that each may have without asking
 */
public record EdgeLimits(
        int connectionsMax,
        int connectionsPerSourceMax,
        Duration handshakeTime,
        Duration headTime,
        Duration bodyTime,
        Duration idleTime,
        Duration writeTime,
        Duration lingerTime,
        int fieldsMax,
        int headBytesMax,
        int streamsMax,
        long bodyBytesTogetherMax) {

    /** Refuses what would let nothing in, or anything. */
    public EdgeLimits {
        requirePositive(connectionsMax, "connectionsMax");
        requirePositive(connectionsPerSourceMax, "connectionsPerSourceMax");
        requirePositive(handshakeTime.toMillis(), "handshakeTime");
        requirePositive(headTime.toMillis(), "headTime");
        requirePositive(bodyTime.toMillis(), "bodyTime");
        requirePositive(idleTime.toMillis(), "idleTime");
        requirePositive(writeTime.toMillis(), "writeTime");
        requirePositive(lingerTime.toMillis(), "lingerTime");
        requirePositive(fieldsMax, "fieldsMax");
        requirePositive(headBytesMax, "headBytesMax");
        requirePositive(streamsMax, "streamsMax");
        requirePositive(bodyBytesTogetherMax, "bodyBytesTogetherMax");
    }

    /** The values that a node starts with when its operator says nothing. */
    public static EdgeLimits defaults() {
        return new EdgeLimits(
                12_000,
                10_500,
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(75),
                Duration.ofSeconds(20),
                Duration.ofSeconds(2),
                100,
                32 * 1024,
                100,
                Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 4));
    }

    private static void requirePositive(long value, String name) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " must be positive: " + value);
        }
    }
}
