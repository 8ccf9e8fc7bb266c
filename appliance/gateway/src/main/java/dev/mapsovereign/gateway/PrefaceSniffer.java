package dev.mapsovereign.gateway;

import dev.mapsovereign.gateway.listen.Inlet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Tells HTTP/2 "with prior knowledge" from HTTP/1.1 where ALPN did not (RFC 9113 §3.3). */
final class PrefaceSniffer {
    /** No HTTP/1.1 request begins so: the preface was chosen to be none. */
    private static final byte[] START = "PRI * HTTP/2.0".getBytes(StandardCharsets.US_ASCII);

    private PrefaceSniffer() {}

    /** Looks at the first bytes without using them; waits only while they could be the preface. */
    static boolean startsHttp2(Inlet inlet) throws IOException {
        int same = 0;
        while (same < START.length) {
            if (same == inlet.available() && !inlet.more()) {
                return false;
            }
            while (same < Math.min(inlet.available(), START.length)) {
                if (inlet.buffer()[inlet.start() + same] != START[same]) {
                    return false;
                }
                same++;
            }
        }
        return true;
    }
}
