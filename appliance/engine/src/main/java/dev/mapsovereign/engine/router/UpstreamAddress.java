package dev.mapsovereign.engine.router;

import dev.mapsovereign.engine.route.EgressPolicy;
import java.net.URI;

/**
 * An endpoint's address with what each connection and each request need of it, worked out once.
 *
 * @param authority as written, {@code host:port}
 * @param host name or address, an IPv6 one without brackets
 * @param secure whether TLS is spoken there
 */
record UpstreamAddress(String authority, String host, int port, boolean secure) {
    static UpstreamAddress of(URI address) {
        String host = address.getHost();
        if (host == null) {
            throw new IllegalArgumentException(address + " has no host");
        }
        return new UpstreamAddress(
                address.getAuthority(),
                host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                EgressPolicy.portOf(address),
                "https".equalsIgnoreCase(address.getScheme()));
    }
}
