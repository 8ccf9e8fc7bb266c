package dev.mapsovereign.base.identity;

import java.util.UUID;

/**
 * The one name of a call, drawn by the node when the call arrives; a caller's own id never takes
 * its place. Always a random UUID (RFC 9562, version 4).
 */
public record CorrelationId(UUID value) {
    private static final int TEXT_LENGTH = 36;

    /**
     * @throws IllegalArgumentException when the UUID is of another version or variant
     */
    public CorrelationId {
        if (value.version() != 4 || value.variant() != 2) {
            throw new IllegalArgumentException(
                    "correlation id " + value + " must be a UUID of version 4");
        }
    }

    /** A new id from the system's secure random source. */
    public static CorrelationId random() {
        return new CorrelationId(UUID.randomUUID());
    }

    /**
     * The id of that text: 36 characters, lower case.
     *
     * @throws IllegalArgumentException for any other spelling
     */
    public static CorrelationId parse(String text) {
        // UUID.fromString takes upper case and shortened groups; one id has one spelling here.
        if (text.length() == TEXT_LENGTH) {
            UUID value = UUID.fromString(text);
            if (value.toString().equals(text)) {
                return new CorrelationId(value);
            }
        }
        throw new IllegalArgumentException(
                "correlation id " + Names.quote(text) + " must be a UUID in lower case");
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
