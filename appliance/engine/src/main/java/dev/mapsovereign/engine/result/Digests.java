package dev.mapsovereign.engine.result;

import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;

/**
 * Makes the keyed digests that stand in records instead of payloads. The keys lie in files beside
 * the journal and are rotated and destroyed there; the engine only asks.
 */
@FunctionalInterface
public interface Digests {
    /**
     * The digest of a call's input or output.
     *
     * @return 64 characters of lower-case hex
     */
    String hmac(TenantId tenant, CorrelationId correlationId, byte[] content);
}
