package dev.mapsovereign.gateway.http2;

import dev.mapsovereign.gateway.listen.Connection;
import java.io.IOException;

/**
 * The frame by which a server says that a connection will end (RFC 9113 §6.8): the client opens no
 * further streams here and those under way are answered. Helidon sends none when it drains.
 */
final class GoAway {
    /** Length 8, type 7, no flags, stream 0; last stream, error code. */
    private static final byte[] NOTHING = {0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

    private GoAway() {}

    /** Each of Helidon's writes is one whole frame, so this one cannot fall into another. */
    static void send(Connection connection) {
        try {
            byte[] frame = frame(Integer.MAX_VALUE, 0);
            connection.write(frame, 0, frame.length);
        } catch (IOException e) {
            connection.cut();
        }
    }

    /** The frame itself. */
    static byte[] frame(int lastStream, int code) {
        byte[] frame = NOTHING.clone();
        frame[9] = (byte) (lastStream >> 24);
        frame[10] = (byte) (lastStream >> 16);
        frame[11] = (byte) (lastStream >> 8);
        frame[12] = (byte) lastStream;
        frame[16] = (byte) code;
        return frame;
    }
}
