package dev.mapsovereign.engine.route;

import java.net.URI;
import java.util.Optional;

/**
 * One address of a target.
 *
 * @param name for people, records and metrics: the authority, or {@code local}
 * @param address where; empty for what runs in this process
 */
public record Endpoint(String name, Optional<URI> address) {
    /** This process. */
    public static final Endpoint LOCAL = new Endpoint("local", Optional.empty());

    /** A remote process. */
    public static Endpoint at(URI address) {
        return new Endpoint(address.getAuthority(), Optional.of(address));
    }
}
