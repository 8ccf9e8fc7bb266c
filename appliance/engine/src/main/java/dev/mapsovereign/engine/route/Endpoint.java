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
}
