package dev.mapsovereign.engine.ratelimit;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What counts as one source: an IPv4 address, or an IPv6 network of 64 bits, which one host owns.
 */
public final class SourceKey {
    private static final int NETWORK_BYTES = 8;

    private SourceKey() {}

    /** The key of a peer address; anything else is its own key. */
    public static String of(String source) {
        try {
            InetAddress address = InetAddress.ofLiteral(source);
            if (address instanceof Inet6Address) {
                byte[] network = Arrays.copyOf(address.getAddress(), NETWORK_BYTES);
                return "6:" + HexFormat.of().formatHex(network);
            }
            return address.getHostAddress();
        } catch (IllegalArgumentException notAnAddress) {
            return source;
        }
    }
}
