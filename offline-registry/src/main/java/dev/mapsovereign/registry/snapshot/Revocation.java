package dev.mapsovereign.registry.snapshot;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.registry.EntityStatus;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * One line of the revocation list.
 *
 * @param did who is revoked
 * @param status {@code REVOKED} or {@code TOMBSTONE}
 * @param since from when on
 * @param sequence the newest document it was said of
 * @param reason for people
 */
public record Revocation(
        AgentDid did, EntityStatus status, Instant since, long sequence, Optional<String> reason) {
    private static final Set<String> MEMBERS =
            Set.of("did", "status", "since", "sequence", "reason");
    private static final JsonReader.Limits JSON_LIMITS =
            new JsonReader.Limits(2, Limits.REVOCATION_LINE_BYTES_MAX);
    private static final int REASON_LENGTH_MAX = 256;

    /** Refuses a status that is no revocation. */
    public Revocation {
        if (status != EntityStatus.REVOKED && status != EntityStatus.TOMBSTONE) {
            throw new IllegalArgumentException(status.wire() + " is no revocation");
        }
        if (sequence < 1 || reason.map(String::length).orElse(0) > REASON_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "a revocation has a sequence from 1 and at most "
                            + REASON_LENGTH_MAX
                            + " characters of reason");
        }
    }

    /** The line, without its end. */
    public byte[] line() {
        return CanonicalJson.encode(
                JsonObject.builder()
                        .put("did", did.text())
                        .putIfPresent("reason", reason)
                        .put("sequence", sequence)
                        .put("since", UtcSeconds.format(since))
                        .put("status", status.wire())
                        .build());
    }

    /**
     * Reads a line.
     *
     * @throws RegistryException {@code MALFORMED}
     */
    public static Revocation parse(byte[] line) {
        try {
            JsonObject json = JsonReader.parseObject(line, JSON_LIMITS);
            if (!MEMBERS.containsAll(json.members().keySet())
                    || !Arrays.equals(CanonicalJson.encode(json), line)) {
                throw malformed("a line has unknown members or is not in its RFC 8785 form");
            }
            return of(json);
        } catch (JsonException | IllegalArgumentException | DateTimeParseException e) {
            throw new RegistryException(
                    RegistryFault.MALFORMED, "revocations: " + e.getMessage(), e);
        }
    }

    /** Reads the members in any order, as a publisher's input file has them. */
    public static Revocation of(JsonObject json) {
        EntityStatus status =
                switch (json.text("status").orElse("")) {
                    case "revoked" -> EntityStatus.REVOKED;
                    case "tombstone" -> EntityStatus.TOMBSTONE;
                    default -> throw malformed("status must be revoked or tombstone");
                };
        return new Revocation(
                AgentDid.parse(json.text("did").orElse("")),
                status,
                UtcSeconds.parse(json.text("since").orElse("")),
                json.integer("sequence").orElse(0),
                json.text("reason"));
    }

    private static RegistryException malformed(String what) {
        return new RegistryException(RegistryFault.MALFORMED, "revocations: " + what);
    }
}
