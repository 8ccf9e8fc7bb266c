package dev.mapsovereign.engine.route;

import java.net.URI;
import java.util.Optional;

/**
 * One address of a target.
 *
 * @param name for people, records and metrics: the authority, or {@code local}
 * @param address where; empty for what runs in this process
 * @param weight its share of the calls beside the other endpoints of the target, at least 1
 */
public record Endpoint(String name, Optional<URI> address, int weight) {
    /** This process. */
    public static final Endpoint LOCAL = new Endpoint("local", Optional.empty(), 1);

    /** A remote process. */
    public static Endpoint at(URI address, int weight) {
        return new Endpoint(address.getAuthority(), Optional.of(address), weight);
    }

    /**
     * The address that an operator wrote.
     *
     * @throws IllegalArgumentException for anything but http or https, a host, and a path at most
     */
    public static URI parse(String text) {
        URI address = URI.create(text);
        String scheme = String.valueOf(address.getScheme());
        if (!(scheme.equals("http") || scheme.equals("https"))
                || address.getHost() == null
                || address.getUserInfo() != null
                || address.getQuery() != null
                || address.getFragment() != null) {
            throw new IllegalArgumentException(
                    "'" + text + "' must be of the form https://host:port/path");
        }
        return address;
    }
}
