package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.identity.CapabilityName;
import java.time.Instant;
import java.util.Optional;

/**
 * A capability that an identity document declares.
 *
 * @param name exact or with wildcard
 * @param expiresAt when it ends; empty for never
 */
public record DeclaredCapability(CapabilityName name, Optional<Instant> expiresAt) {}
