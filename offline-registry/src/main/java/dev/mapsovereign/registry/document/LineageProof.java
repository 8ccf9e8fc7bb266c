package dev.mapsovereign.registry.document;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Multikey;
import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.registry.SigningKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Set;

/**
 * {@code AgentLineageProof2025}: the parent's signature that binds a child's key to the child's
 * DID. The signed bytes are a compact JWS whose payload the verifier builds itself from the fields
 * below and from the child's own DID and kind; a field outside of it decides nothing.
 *
 * @param creator the parent
 * @param created when the parent signed
 * @param parentKey the parent's key, multibase
 * @param childKey the child's key, multibase
 * @param jws {@code <header>.<payload>.<signature>}
 */
public record LineageProof(
        AgentDid creator, Instant created, String parentKey, String childKey, String jws) {
    static final String TYPE = "AgentLineageProof2025";
    static final String METHOD = "HKDF-SHA256";
    private static final String HEADER =
            StrictBase64.encodeUrl("{\"alg\":\"EdDSA\"}".getBytes(StandardCharsets.US_ASCII));
    private static final Set<String> MEMBERS =
            Set.of("type", "creator", "created", "proofPurpose", "derivation", "jws");
    private static final Set<String> DERIVATION_MEMBERS = Set.of("method", "parentKey", "childKey");

    static LineageProof parse(Fields fields) {
        fields.onlyKnown(MEMBERS);
        fields.constant("type", TYPE);
        fields.constant("proofPurpose", DocumentProof.PURPOSE);
        Fields derivation = fields.object("derivation");
        derivation.onlyKnown(DERIVATION_MEMBERS);
        derivation.textIfPresent("method");
        return new LineageProof(
                fields.did("creator"),
                fields.time("created"),
                key(derivation, "parentKey"),
                key(derivation, "childKey"),
                fields.text("jws"));
    }

    private static String key(Fields fields, String name) {
        String key = fields.text(name);
        try {
            Multikey.decode(key);
            return key;
        } catch (IllegalArgumentException e) {
            throw new DocumentException(
                    DocumentFault.MALFORMED, fields.at(name) + ": " + e.getMessage(), e);
        }
    }

    /** The parent signs that {@code childKey} is the key of {@code child}. */
    static LineageProof sign(
            AgentDid creator,
            SigningKey parentKey,
            AgentDid child,
            String childKey,
            Instant created) {
        String parent = Multikey.encode(parentKey.publicKey());
        LineageProof unsigned = new LineageProof(creator, created, parent, childKey, "");
        String signed = unsigned.signingInput(child);
        byte[] signature = parentKey.sign(signed.getBytes(StandardCharsets.US_ASCII));
        String jws = signed + "." + StrictBase64.encodeUrl(signature);
        return new LineageProof(creator, created, parent, childKey, jws);
    }

    /** Whether {@link #parentKey} signed exactly these fields for {@code child}. */
    public boolean verifies(AgentDid child, Ed25519 ed25519) {
        String signed = signingInput(child);
        int end = signed.length();
        if (!jws.startsWith(signed) || jws.length() == end || jws.charAt(end) != '.') {
            return false;
        }
        byte[] signature;
        try {
            signature = StrictBase64.decodeUrl(jws.substring(end + 1));
        } catch (IllegalArgumentException e) {
            return false;
        }
        return ed25519.verify(
                Multikey.decode(parentKey), signed.getBytes(StandardCharsets.US_ASCII), signature);
    }

    private String signingInput(AgentDid child) {
        JsonObject payload =
                JsonObject.builder()
                        .put("child", child.text())
                        .put("childKey", childKey)
                        .put("childKind", child.kind().token())
                        .put("created", UtcSeconds.format(created))
                        .put("creator", creator.text())
                        .put("parentKey", parentKey)
                        .put("proofPurpose", DocumentProof.PURPOSE)
                        .put("type", TYPE)
                        .build();
        return HEADER + "." + StrictBase64.encodeUrl(CanonicalJson.encode(payload));
    }

    JsonObject json() {
        JsonObject derivation =
                JsonObject.builder()
                        .put("childKey", childKey)
                        .put("method", METHOD)
                        .put("parentKey", parentKey)
                        .build();
        return JsonObject.builder()
                .put("created", UtcSeconds.format(created))
                .put("creator", creator.text())
                .put("derivation", derivation)
                .put("jws", jws)
                .put("proofPurpose", DocumentProof.PURPOSE)
                .put("type", TYPE)
                .build();
    }
}
