package dev.mapsovereign.engine.request;

import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;

/**
 * The dispatch body, read but not yet judged.
 *
 * @param protocol the protocol's name as sent
 * @param version the version as sent; empty asks for the highest stable one
 * @param operation the operation's name as sent
 * @param input the operation's payload
 * @param tenantId the tenant as sent in the body
 */
public record Envelope(
        String protocol,
        Optional<String> version,
        String operation,
        JsonObject input,
        Optional<String> tenantId) {}
