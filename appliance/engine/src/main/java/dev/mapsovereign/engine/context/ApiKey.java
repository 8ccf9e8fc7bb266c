package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known about an API key; never its secret.
 *
 * @param id 16 hex digits, the middle part of the key's text
 * @param tenant in whose scope it calls
 * @param did as whom it calls
 * @param label for people
 * @param createdAt when
 * @param expiresAt until when
 * @param revokedAt since when no more
 */
public record ApiKey(
        String id,
        TenantId tenant,
        AgentDid did,
        String label,
        Instant createdAt,
        Optional<Instant> expiresAt,
        Optional<Instant> revokedAt) {
    /** Whether it opens anything at {@code now}. */
    public boolean active(Instant now) {
        return revokedAt.isEmpty() && expiresAt.map(now::isBefore).orElse(true);
    }

    /** The same key, revoked. */
    ApiKey revoked(Instant at) {
        return new ApiKey(id, tenant, did, label, createdAt, expiresAt, Optional.of(at));
    }
}
