package dev.mapsovereign.registry.tuf;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;

/**
 * An Ed25519 key of a role, with its TUF key id (SHA-256 of the key object's canonical JSON).
 *
 * @param id 64 lower-case hex digits
 * @param hex the public key as 64 lower-case hex digits
 */
public record MetadataKey(String id, String hex) {
    private static final String ED25519 = "ed25519";

    /** The key with these 32 bytes. */
    public static MetadataKey of(byte[] publicKey) {
        if (publicKey.length != 32) {
            throw new IllegalArgumentException(
                    "an Ed25519 key has 32 bytes, not " + publicKey.length);
        }
        String hex = Hex.encode(publicKey);
        return new MetadataKey(Hex.encode(Sha256.hash(TufJson.encode(json(hex)))), hex);
    }

    static MetadataKey parse(String id, JsonObject json) {
        String keyType = json.text("keytype").orElse("");
        String scheme = json.text("scheme").orElse("");
        if (!keyType.equals(ED25519) || !scheme.equals(ED25519)) {
            throw new RegistryException(
                    RegistryFault.MALFORMED,
                    "root metadata: key " + id + " is " + keyType + "/" + scheme + ", not ed25519");
        }
        String hex = json.object("keyval").flatMap(keyval -> keyval.text("public")).orElse("");
        MetadataKey key;
        try {
            key = of(Hex.decode(hex));
        } catch (IllegalArgumentException e) {
            throw new RegistryException(
                    RegistryFault.MALFORMED, "root metadata: key " + id + " is not a key", e);
        }
        if (!key.id.equals(id)) {
            throw new RegistryException(
                    RegistryFault.MALFORMED,
                    "root metadata: key " + key.id + " stands under the id " + id);
        }
        return key;
    }

    /** The 32 bytes of the key. */
    public byte[] publicKey() {
        return Hex.decode(hex);
    }

    JsonObject json() {
        return json(hex);
    }

    private static JsonObject json(String hex) {
        return JsonObject.builder()
                .put("keytype", ED25519)
                .put("keyval", JsonObject.builder().put("public", hex).build())
                .put("scheme", ED25519)
                .build();
    }
}
