package dev.mapsovereign.engine.route;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The addresses that this node may connect to: {@code sovereign.allowed_egress}. An address that is
 * not named is refused when the node starts, and again before every connection.
 */
public final class EgressPolicy {
    /** Nothing may be connected to. */
    public static final EgressPolicy NONE = new EgressPolicy(List.of());

    private final Set<String> allowed = new HashSet<>();

    /**
     * Allows these and nothing else.
     *
     * @param entries {@code host:port} each; an IPv6 host in brackets
     * @throws IllegalArgumentException when one has another form
     */
    public EgressPolicy(List<String> entries) {
        for (String entry : entries) {
            URI parsed = parse(entry);
            if (parsed.getHost() == null || parsed.getPort() < 1 || parsed.getUserInfo() != null) {
                throw new IllegalArgumentException(
                        "sovereign.allowed_egress: '" + entry + "' is not of the form host:port");
            }
            allowed.add(key(parsed.getHost(), parsed.getPort()));
        }
    }

    /** What is allowed, {@code host:port} each, in alphabetical order. */
    public List<String> entries() {
        return allowed.stream().sorted().toList();
    }

    /** Whether nothing may be connected to. */
    public boolean isEmpty() {
        return allowed.isEmpty();
    }

    private static URI parse(String entry) {
        try {
            return URI.create("x://" + entry);
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException(
                    "sovereign.allowed_egress: '" + entry + "' is not of the form host:port",
                    malformed);
        }
    }

    /** Whether that address may be connected to; its port is the scheme's where none is written. */
    public boolean allows(URI address) {
        return address.getHost() != null
                && allowed.contains(key(address.getHost(), portOf(address)));
    }

    /** The port written, or else the scheme's own. */
    public static int portOf(URI address) {
        if (address.getPort() > 0) {
            return address.getPort();
        }
        return "https".equalsIgnoreCase(address.getScheme()) ? 443 : 80;
    }

    /** The entries: a reload tells by this text whether they changed. */
    @Override
    public String toString() {
        return String.join(", ", entries());
    }

    private static String key(String host, int port) {
        return host.toLowerCase(Locale.ROOT) + ":" + port;
    }
}
