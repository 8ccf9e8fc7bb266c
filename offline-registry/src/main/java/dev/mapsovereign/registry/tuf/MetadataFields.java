package dev.mapsovereign.registry.tuf;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.OptionalLong;

/** The members that all four roles share, read and written in one place. */
final class MetadataFields {
    private static final String SPEC_VERSION = "1.0.34";

    private MetadataFields() {}

    static JsonObject.Builder common(RoleName role, long version, Instant expires) {
        return JsonObject.builder()
                .put("_type", role.wire())
                .put("expires", UtcSeconds.format(expires))
                .put("spec_version", SPEC_VERSION)
                .put("version", version);
    }

    /** Checks type and specification and returns the version, which is at least 1. */
    static long version(String file, JsonObject signed, RoleName role) {
        String type = text(file, signed, "_type");
        if (!type.equals(role.wire())) {
            throw malformed(file, "is of type " + type + ", not " + role.wire());
        }
        String specification = text(file, signed, "spec_version");
        if (!specification.startsWith("1.")) {
            throw malformed(file, "follows TUF " + specification + ", not 1.x");
        }
        return whole(file, signed, "version", 1, Long.MAX_VALUE);
    }

    static Instant expires(String file, JsonObject signed) {
        try {
            return UtcSeconds.parse(text(file, signed, "expires"));
        } catch (DateTimeParseException e) {
            throw new RegistryException(
                    RegistryFault.MALFORMED, file + ": expires: " + e.getMessage(), e);
        }
    }

    static String text(String file, JsonObject object, String name) {
        return object.text(name)
                .orElseThrow(() -> malformed(file, "the text " + name + " is missing"));
    }

    static JsonObject object(String file, JsonObject object, String name) {
        return object.object(name)
                .orElseThrow(() -> malformed(file, "the object " + name + " is missing"));
    }

    static long whole(String file, JsonObject object, String name, long min, long max) {
        OptionalLong value = object.integer(name);
        if (value.isEmpty() || value.getAsLong() < min || value.getAsLong() > max) {
            throw malformed(file, name + " is not a whole number from " + min + " to " + max);
        }
        return value.getAsLong();
    }

    static byte[] sha256(String file, JsonObject object) {
        String hex = text(file, object(file, object, "hashes"), "sha256");
        try {
            byte[] digest = Hex.decode(hex);
            if (digest.length == 32) {
                return digest;
            }
        } catch (IllegalArgumentException e) {
            throw new RegistryException(
                    RegistryFault.MALFORMED, file + ": hashes.sha256 is not hex", e);
        }
        throw malformed(file, "hashes.sha256 is not a SHA-256 digest");
    }

    static RegistryException malformed(String file, String what) {
        return new RegistryException(RegistryFault.MALFORMED, file + ": " + what);
    }
}
