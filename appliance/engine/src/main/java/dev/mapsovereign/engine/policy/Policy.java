package dev.mapsovereign.engine.policy;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.TenantId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * One version of a policy as it stands in the database. Its text never changes; what changes is
 * whether it is active.
 *
 * @param name id and version
 * @param tenant whose calls it is for; empty for those of the whole site
 * @param body its text in Cedar
 * @param activeFrom the time before which its author does not want it in force
 * @param reason why, in the operator's words
 * @param authoredAt since when it is here
 * @param activatedAt when it was activated last
 * @param retiredAt when it was retired, or another version took its place
 */
public record Policy(
        PolicyName name,
        Optional<TenantId> tenant,
        String body,
        Optional<Instant> activeFrom,
        String reason,
        Instant authoredAt,
        Optional<Instant> activatedAt,
        Optional<Instant> retiredAt) {

    /** What stands in records instead of the text: SHA-256 over its UTF-8 bytes, in hex. */
    public String sha256() {
        return Hex.encode(Sha256.hash(body.getBytes(StandardCharsets.UTF_8)));
    }

    /** Whether it is, or will be, in force unless somebody retires it. */
    public boolean active() {
        return activatedAt.isPresent() && retiredAt.isEmpty();
    }

    /**
     * From when on it is in force, where it was activated before the time that its author named;
     * empty where it is from its activation on. So a clock that is set back takes no policy out of
     * force that has no such time.
     */
    public Optional<Instant> waitsUntil() {
        return activeFrom.filter(from -> activatedAt.map(from::isAfter).orElse(true));
    }

    /** Whether its time is still to come. */
    public boolean waits(Instant now) {
        return active() && waitsUntil().map(now::isBefore).orElse(false);
    }

    /** Whose calls it is for, in words. */
    public String scope() {
        return scope(tenant);
    }

    static String scope(Optional<TenantId> tenant) {
        return tenant.map(id -> "the tenant " + id).orElse("the whole site");
    }

    Policy activated(Instant now) {
        return new Policy(
                name,
                tenant,
                body,
                activeFrom,
                reason,
                authoredAt,
                Optional.of(now),
                Optional.empty());
    }

    Policy retired(Instant now) {
        return new Policy(
                name, tenant, body, activeFrom, reason, authoredAt, activatedAt, Optional.of(now));
    }

    /** A version that nobody has activated yet. */
    public static Policy authored(
            PolicyName name,
            Optional<TenantId> tenant,
            String body,
            Optional<Instant> activeFrom,
            String reason,
            Instant authoredAt) {
        return new Policy(
                name,
                tenant,
                body,
                activeFrom,
                reason,
                authoredAt,
                Optional.empty(),
                Optional.empty());
    }
}
