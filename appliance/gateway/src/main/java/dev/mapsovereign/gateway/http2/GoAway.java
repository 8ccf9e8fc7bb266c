package dev.mapsovereign.gateway.http2;

import dev.mapsovereign.gateway.listen.Connection;
import java.io.IOException;

/**
 * The frame by which a server says that a connection will end (RFC 9113 §6.8): the client opens no
 * further streams here and those under way are answered. Helidon sends none when it drains.
 */
final class GoAway {
    /** Length 8, type 7, no flags, stream 0; last stream 2^31−1, NO_ERROR. */
    private static final byte[] FRAME = {
        0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0, 0, 0, 0
    };

    private GoAway() {}

    /** Each of Helidon's writes is one whole frame, so this one cannot fall into another. */
    static void send(Connection connection) {
        try {
            connection.write(FRAME, 0, FRAME.length);
        } catch (IOException e) {
            connection.cut();
        }
    }
}
