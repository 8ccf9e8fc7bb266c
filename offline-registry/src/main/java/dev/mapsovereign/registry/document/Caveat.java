package dev.mapsovereign.registry.document;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.registry.UtcSeconds;
import java.time.Instant;
import java.util.Set;

/** A condition under which alone a declared capability holds. */
public sealed interface Caveat {
    /** Holds only for calls in one of these tenants. */
    record Tenants(Set<String> tenants) implements Caveat {
        public Tenants {
            tenants = Set.copyOf(tenants);
        }
    }

    /** Holds only from this time on. */
    record NotBefore(Instant time) implements Caveat {}

    /** Holds only for these versions of the protocol, for example {@code v1.0.0}. */
    record ProtocolVersions(Set<String> versions) implements Caveat {
        public ProtocolVersions {
            versions = Set.copyOf(versions);
        }
    }

    /** One that this release does not know: the capability is never effective. */
    record Unknown(JsonObject caveat) implements Caveat {}

    /** Whether a call with these properties meets the condition. */
    default boolean permits(String tenant, String protocolVersion, Instant now) {
        return switch (this) {
            case Tenants caveat -> caveat.tenants().contains(tenant);
            case NotBefore caveat -> !now.isBefore(caveat.time());
            case ProtocolVersions caveat -> caveat.versions().contains(protocolVersion);
            case Unknown ignored -> false;
        };
    }

    /** The condition as it stands in a document. */
    default JsonObject json() {
        return switch (this) {
            case Tenants caveat -> listed("tenant", caveat.tenants());
            case NotBefore caveat ->
                    JsonObject.builder()
                            .put("at", UtcSeconds.format(caveat.time()))
                            .put("type", "not_before")
                            .build();
            case ProtocolVersions caveat -> listed("protocol_version", caveat.versions());
            case Unknown caveat -> caveat.caveat();
        };
    }

    private static JsonObject listed(String type, Set<String> texts) {
        return JsonObject.builder()
                .put("in", JsonArray.ofStrings(texts.stream().sorted().toList()))
                .put("type", type)
                .build();
    }
}
