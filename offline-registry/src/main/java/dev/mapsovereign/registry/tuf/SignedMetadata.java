package dev.mapsovereign.registry.tuf;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.SigningKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One metadata file: the signed part and the signatures over its canonical form (TUF 1.0, 4.2).
 *
 * @param signed the signed part, unknown members included
 * @param signatures by key id, in file order
 */
public record SignedMetadata(JsonObject signed, Map<String, byte[]> signatures) {
    private static final int DEPTH_MAX = 12;
    private static final int SIGNATURES_MAX = 64;

    public SignedMetadata {
        signatures = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(signatures));
    }

    /**
     * Reads a metadata file of at most {@code bytesMax} bytes.
     *
     * @param file its name, for messages
     * @throws RegistryException {@code MALFORMED}
     */
    public static SignedMetadata parse(String file, byte[] bytes, int bytesMax) {
        try {
            JsonObject envelope =
                    JsonReader.parseObject(bytes, new JsonReader.Limits(DEPTH_MAX, bytesMax));
            JsonObject signed =
                    envelope.object("signed").orElseThrow(() -> missing(file, "signed"));
            JsonArray list =
                    envelope.array("signatures").orElseThrow(() -> missing(file, "signatures"));
            return new SignedMetadata(signed, signatures(file, list));
        } catch (JsonException e) {
            throw new RegistryException(
                    RegistryFault.MALFORMED, file + ": not JSON: " + e.getMessage(), e);
        }
    }

    private static Map<String, byte[]> signatures(String file, JsonArray list) {
        if (list.values().size() > SIGNATURES_MAX) {
            throw new RegistryException(
                    RegistryFault.MALFORMED, file + ": " + list.values().size() + " signatures");
        }
        Map<String, byte[]> signatures = new LinkedHashMap<>();
        for (JsonValue value : list.values()) {
            if (!(value instanceof JsonObject entry)) {
                throw missing(file, "signatures[].keyid");
            }
            String id = entry.text("keyid").orElseThrow(() -> missing(file, "signatures[].keyid"));
            String hex = entry.text("sig").orElseThrow(() -> missing(file, "signatures[].sig"));
            if (signatures.put(id, signature(file, hex)) != null) {
                throw new RegistryException(
                        RegistryFault.MALFORMED, file + ": key " + id + " signs twice");
            }
        }
        return signatures;
    }

    /**
     * A signature of wrong length is kept and counts for nothing, as TUF asks of one that fails.
     */
    private static byte[] signature(String file, String hex) {
        try {
            return Hex.decode(hex);
        } catch (IllegalArgumentException e) {
            throw new RegistryException(
                    RegistryFault.MALFORMED, file + ": a signature is not lower-case hex", e);
        }
    }

    private static RegistryException missing(String file, String member) {
        return new RegistryException(
                RegistryFault.MALFORMED, file + ": the member " + member + " is missing");
    }

    /** {@code signed} with the signatures of all {@code signers}. */
    public static SignedMetadata sign(JsonObject signed, List<SigningKey> signers) {
        SignedMetadata metadata = new SignedMetadata(signed, Map.of());
        for (SigningKey signer : signers) {
            metadata = metadata.with(signer);
        }
        return metadata;
    }

    /**
     * This file with one more signature, so that a threshold can be collected over several
     * machines.
     */
    public SignedMetadata with(SigningKey signer) {
        Map<String, byte[]> more = new LinkedHashMap<>(signatures);
        more.put(MetadataKey.of(signer.publicKey()).id(), signer.sign(TufJson.encode(signed)));
        return new SignedMetadata(signed, more);
    }

    /**
     * Checks that at least the role's threshold of its keys signed these bytes.
     *
     * @param file its name, for messages
     * @throws RegistryException {@code UNKNOWN_KEY} if none of the role's keys signed, {@code
     *     THRESHOLD} if too few did
     */
    public void verify(String file, RoleName role, RoleKeys keys, Ed25519 ed25519) {
        byte[] message = encodeSigned(file);
        List<String> failed = new ArrayList<>();
        int known = 0;
        int valid = 0;
        for (Map.Entry<String, byte[]> entry : signatures.entrySet()) {
            Optional<MetadataKey> key = keys.find(entry.getKey());
            if (key.isEmpty()) {
                continue;
            }
            known++;
            byte[] signature = entry.getValue();
            if (signature.length == 64
                    && ed25519.verify(key.get().publicKey(), message, signature)) {
                valid++;
            } else {
                failed.add(entry.getKey());
            }
        }
        if (known == 0) {
            throw new RegistryException(
                    RegistryFault.UNKNOWN_KEY,
                    file + ": none of the " + role.wire() + " role's keys signed it");
        }
        if (valid < keys.threshold()) {
            throw new RegistryException(
                    RegistryFault.THRESHOLD,
                    file
                            + ": "
                            + valid
                            + " valid signatures of the "
                            + role.wire()
                            + " role, "
                            + keys.threshold()
                            + " needed"
                            + (failed.isEmpty() ? "" : "; wrong: " + failed));
        }
    }

    private byte[] encodeSigned(String file) {
        try {
            return TufJson.encode(signed);
        } catch (IllegalArgumentException e) {
            throw new RegistryException(RegistryFault.MALFORMED, file + ": " + e.getMessage(), e);
        }
    }

    /** The file's bytes. */
    public byte[] bytes() {
        List<JsonValue> list = new ArrayList<>();
        signatures.forEach((id, signature) ->
                list.add(
                        JsonObject.builder()
                                .put("keyid", id)
                                .put("sig", Hex.encode(signature))
                                .build()));
        return CanonicalJson.encode(
                JsonObject.builder()
                        .put("signatures", new JsonArray(list))
                        .put("signed", signed)
                        .build());
    }
}
