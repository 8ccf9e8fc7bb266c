package dev.mapsovereign.gateway.listen;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many connections each source has open. A source is an IPv4 address or an IPv6 /64: whoever
 * has one address of a /64 usually has all of them.
 */
final class SourceCounts {
    private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();
    private final int max;

    SourceCounts(int max) {
        this.max = max;
    }

    /** Counts one more; false, and nothing counted, when the source has as many as it may. */
    boolean enter(String key) {
        int count = counts.merge(key, 1, Integer::sum);
        if (count <= max) {
            return true;
        }
        leave(key);
        return false;
    }

    /** Counts one less. */
    void leave(String key) {
        counts.computeIfPresent(key, (same, present) -> present <= 1 ? null : present - 1);
    }

    /** How many sources have a connection open. */
    int sources() {
        return counts.size();
    }

    /** What connections of that peer are counted under. */
    static String keyOf(SocketAddress address) {
        if (address instanceof InetSocketAddress internet
                && internet.getAddress() instanceof Inet6Address wide) {
            return "6:" + Arrays.toString(Arrays.copyOf(wide.getAddress(), 8));
        }
        return Connection.sourceOf(address);
    }
}
