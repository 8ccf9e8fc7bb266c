package dev.mapsovereign.registry.tuf;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import java.security.MessageDigest;

/**
 * What one metadata file says about another: version, length and digest, all three always given
 * here (TUF leaves the last two optional).
 *
 * @param version the version that must stand inside
 * @param length its bytes
 * @param sha256 its SHA-256 digest
 */
public record FileReference(long version, long length, byte[] sha256) {
    /** A reference to these bytes. */
    public static FileReference to(long version, byte[] bytes) {
        return new FileReference(version, bytes.length, Sha256.hash(bytes));
    }

    static FileReference parse(String file, JsonObject meta, String name, long lengthMax) {
        JsonObject entry = MetadataFields.object(file, meta, name);
        return new FileReference(
                MetadataFields.whole(file, entry, "version", 1, Long.MAX_VALUE),
                MetadataFields.whole(file, entry, "length", 1, lengthMax),
                MetadataFields.sha256(file, entry));
    }

    /**
     * Checks length and digest.
     *
     * @throws RegistryException {@code MIXED} if these bytes are not those referred to
     */
    void verify(String file, byte[] bytes) {
        if (bytes.length != length || !MessageDigest.isEqual(Sha256.hash(bytes), sha256)) {
            throw new RegistryException(
                    RegistryFault.MIXED,
                    file
                            + ": not the file that belongs to this issue ("
                            + bytes.length
                            + " bytes, "
                            + length
                            + " signed)");
        }
    }

    JsonObject json() {
        return JsonObject.builder()
                .put("hashes", JsonObject.builder().put("sha256", Hex.encode(sha256)).build())
                .put("length", length)
                .put("version", version)
                .build();
    }
}
